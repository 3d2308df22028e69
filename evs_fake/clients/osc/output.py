# SPDX-License-Identifier: Apache-2.0
"""What commands hand to cliff, which prints it."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from osc_lib import exceptions
from osc_lib.cli import format_columns

from evs_fake.clients import exception
from evs_fake.clients import heading


def one(what: Mapping[str, Any], fields: Sequence[str]
        ) -> tuple[Sequence[str], list[Any]]:
    """For a ShowOne."""
    return fields, _row(what, fields)


def several(things: Iterable[Mapping[str, Any]], fields: Sequence[str]
            ) -> tuple[list[str], list[list[Any]]]:
    """For a Lister."""
    return ([heading.heading(field) for field in fields],
            [_row(each, fields) for each in things])


def _row(what: Mapping[str, Any], fields: Sequence[str]) -> list[Any]:
    return [format_columns.DictColumn(what[field])
            if isinstance(what[field], dict) else what[field]
            for field in fields]


def delete_all(delete: Callable[[str], None], what: str,
               names: Sequence[str], complain: Callable[..., None]) -> None:
    """Delete what is named, as much of it as possible.

    :param what: kind of the things, in the plural.
    :param complain: told of each that failed.
    :raises CommandError: if one failed.
    """
    failed = 0
    for name in names:
        try:
            delete(name)
        except exception.ClientError as error:
            failed += 1
            complain('%s: %s', name, error)
    if failed:
        raise exceptions.CommandError('%d of %d %s failed to delete.' % (
            failed, len(names), what))
