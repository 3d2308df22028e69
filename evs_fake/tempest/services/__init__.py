# SPDX-License-Identifier: Apache-2.0
"""Clients of the APIs that tempest has none for."""
