# SPDX-License-Identifier: Apache-2.0
"""When an automatic snapshot policy is due.

EVS's time points are hours of UTC+8, and so are its days.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection
from collections.abc import Iterator

#: Of EVS's hours and days.
_ZONE = datetime.timedelta(hours=8)
_DAY = datetime.timedelta(days=1)


def next_run(after: datetime.datetime, *, hours: Collection[int],
             weekdays: Collection[int] = (), interval: int | None = None,
             first_day: datetime.datetime | None = None
             ) -> datetime.datetime:
    """The first time a policy is due after a moment.

    :param after: UTC without a zone, as all times here.
    :param hours: of the day, at least one.
    :param weekdays: 1 (Monday) to 7. Or else:
    :param interval: days from one day with runs to the next.
    :param first_day: a moment of the first such day.
    """
    local = after + _ZONE
    for day in _days(local):
        if weekdays:
            is_due = day.isoweekday() in weekdays
        else:
            is_due = (day.date() - (first_day + _ZONE).date()
                      ).days % interval == 0
        if is_due:
            for hour in sorted(hours):
                moment = day.replace(hour=hour)
                if moment > local:
                    return moment - _ZONE


def _days(moment: datetime.datetime) -> Iterator[datetime.datetime]:
    """The day of a moment, and those after it."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    while True:
        yield day
        day += _DAY
