# SPDX-License-Identifier: Apache-2.0
"""How much of the same a test does: a part of it, or all on demand."""

import os
from typing import TypeVar

_Amount = TypeVar('_Amount')

#: In the environment, and not empty: all.
FULL = bool(os.environ.get('EVS_FAKE_TEST_FULL'))


def full_or(full: _Amount, part: _Amount) -> _Amount:
    """The amount, in this run, of what shows more only by being more."""
    return full if FULL else part
