# SPDX-License-Identifier: Apache-2.0
"""Errors of the embedded cloud. Imports nothing: they come before Cinder."""


class CloudError(Exception):
    """One line for the terminal: what is wrong and what to do about it."""
