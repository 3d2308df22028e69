# SPDX-License-Identifier: Apache-2.0
"""Whether a command printed what the documentation shows."""

import doctest
import re

#: What is another at every run -> what it is taken for.
_CHANGING = (
    (re.compile(r'\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b'), 'UUID'),
    (re.compile(r'\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?'
                r'(?:\+00:00|Z)?'), 'TIME'),
    (re.compile(r'\b\d\d:\d\d:\d\d(?:\.\d+)?\b'), 'TIME'),
    (re.compile(r'(127\.0\.0\.1):\d+'), r'\1:PORT'),
    (re.compile(r'\d+\.\d+(?= ?s\b)'), 'SECONDS'),
    # Widths of tables follow what is in them.
    (re.compile(r'-{2,}|={2,}'), '--'),
)

_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def _plain(text: str) -> str:
    for pattern, stand_in in _CHANGING:
        text = pattern.sub(stand_in, text)
    return text.strip() + '\n'


def matches(shown: str, printed: str) -> bool:
    """Whether both are the same, but for ids, times, ports and blanks.

    :param shown: ``...`` in it stands for anything.
    """
    return doctest.OutputChecker().check_output(
        _plain(shown), _plain(printed), _FLAGS)


def difference(shown: str, printed: str) -> str:
    """Where they differ, for people."""
    return doctest.OutputChecker().output_difference(
        doctest.Example('', _plain(shown)), _plain(printed),
        _FLAGS | doctest.REPORT_NDIFF)
