# SPDX-License-Identifier: Apache-2.0
"""The embedded cloud's Identity: Keystone, in a process of its own."""
