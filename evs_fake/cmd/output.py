# SPDX-License-Identifier: Apache-2.0
"""What commands print: for people, for programs, for shells."""

import argparse
import json
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any


def add_format(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        '-f', '--format', choices=['table', 'json', 'value'],
        default='table',
        help='of what is printed; "value" is bare values, apart by blanks '
             '(default: %(default)s)')


def one(what: Mapping[str, Any], fields: Sequence[str], form: str) -> None:
    """Print one thing.

    :param fields: those to show; ``json`` has all.
    :param form: as ``--format`` has it.
    """
    if form == 'json':
        print(json.dumps(what, indent=2))
    elif form == 'value':
        for name in fields:
            print(_text(what[name]))
    else:
        _print_table(('field', 'value'), [
            (name, _text(what[name])) for name in fields])


def several(things: Sequence[Mapping[str, Any]], fields: Sequence[str],
            form: str) -> None:
    """Print a list; parameters as of :func:`one`."""
    rows = [[_text(each[name]) for name in fields] for each in things]
    if form == 'json':
        print(json.dumps(things, indent=2))
    elif form == 'value':
        for row in rows:
            print(*row)
    else:
        _print_table(fields, rows)


def _text(value: Any) -> str:
    match value:
        case None:
            return ''
        case list():
            return ', '.join(map(str, value))
        case dict():
            return ', '.join('%s=%s' % (name, _text(each))
                             for name, each in value.items())
    return str(value)


def _print_table(names: Sequence[str], rows: Sequence[Sequence[str]]
                 ) -> None:
    # Here, as "serve" prints none.
    import prettytable
    table = prettytable.PrettyTable(names, align='l')
    table.add_rows(rows)
    print(table)
