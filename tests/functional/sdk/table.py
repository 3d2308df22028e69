# SPDX-License-Identifier: Apache-2.0
"""Tables of the documentation that tests make, and compare."""

import csv
import io
import os
import pathlib
from collections.abc import Iterable

#: Set to anything, tests write their tables instead of comparing them.
WRITE = 'EVS_FAKE_WRITE_TABLES'

_DIRECTORY = (pathlib.Path(__file__).parents[3]
              / 'doc' / 'source' / 'reference' / 'tables')


def check(name: str, header: tuple[str, ...],
          rows: Iterable[tuple[str, ...]]) -> None:
    """Compare a table with the one that is committed, or write it.

    :raises AssertionError: if it is not the same.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(header)
    writer.writerows(rows)
    path = _DIRECTORY / (name + '.csv')
    if os.environ.get(WRITE):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.getvalue())
        return
    made, committed = (set(table.splitlines()) for table in (
        text.getvalue(), path.read_text()))
    assert made == committed, (
        '%s is not what was seen; "tox -e sdk-table" writes it. Now: %s; '
        'committed: %s' % (path, sorted(made - committed),
                           sorted(committed - made)))
