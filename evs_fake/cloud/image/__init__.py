# SPDX-License-Identifier: Apache-2.0
"""The embedded cloud's images: Glance, in a process of its own."""
