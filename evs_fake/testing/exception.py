# SPDX-License-Identifier: Apache-2.0
"""What can go wrong between a test and its cloud."""


class Error(Exception):
    """The cloud is not what a test needs."""


class NotStarted(Error):
    """The cloud did not start; says what it said."""


class Refused(Error):
    """The cloud refused what a test asked of it, or does not answer."""


class InVain(AssertionError):
    """What a test waited for did not happen in time."""
