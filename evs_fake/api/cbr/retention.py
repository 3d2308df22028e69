# SPDX-License-Identifier: Apache-2.0
"""Which of a policy's backups of a resource are kept."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from evs_fake.db.cbr import backups

_TIMEZONE = re.compile(r'UTC([+-])(0[0-9]|1[0-4]):([0-5][0-9])')

#: Parts of a definition that keep one backup for each of so many periods.
_PERIODS: Mapping[str, Callable[[datetime.datetime], Any]] = {
    'day_backups': lambda time: time.date(),
    'week_backups': lambda time: time.isocalendar()[:2],
    'month_backups': lambda time: (time.year, time.month),
    'year_backups': lambda time: time.year,
}


def offset(text: str | None) -> datetime.timedelta | None:
    """How far a time zone such as ``UTC+08:00`` is from UTC.

    :returns: None if the text is no such zone.
    """
    found = _TIMEZONE.fullmatch(text or '')
    if found is None:
        return None
    distance = datetime.timedelta(
        hours=int(found[2]), minutes=int(found[3]))
    return -distance if found[1] == '-' else distance


def superfluous(definition: Mapping[str, Any],
                found: Sequence[backups.Backup]) -> list[backups.Backup]:
    """Backups that a policy keeps no longer.

    Those above ``max_backups``, but for the newest of each of the last
    ``day_backups`` days that have any, and so on.

    :param definition: the policy's ``operation_definition``.
    :param found: complete backups of one resource by the policy, newest
        first.
    """
    most = definition.get('max_backups')
    if most is None or most < 0:
        return []
    kept = {backup.id for backup in found[:most]}
    zone = offset(definition.get('timezone')) or datetime.timedelta()
    for name, period in _PERIODS.items():
        newest: dict[Any, str] = {}
        for backup in found:
            newest.setdefault(period(backup.created_at + zone), backup.id)
        kept.update(list(newest.values())[:definition.get(name) or 0])
    return [backup for backup in found if backup.id not in kept]
