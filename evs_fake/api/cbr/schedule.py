# SPDX-License-Identifier: Apache-2.0
"""When a policy is due: iCalendar's rules, as far as CBR takes them.

Times of rules are UTC, as CBR has them.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from dateutil import rrule

from evs_fake.api.routing import exception

_DAY = '(MO|TU|WE|TH|FR|SA|SU)'
_PARTS = {
    'FREQ': re.compile('DAILY|WEEKLY'),
    'INTERVAL': re.compile('[1-9][0-9]?'),
    'BYDAY': re.compile('%s(,%s)*' % (_DAY, _DAY)),
    'BYHOUR': re.compile('[0-9]{1,2}(,[0-9]{1,2})*'),
    'BYMINUTE': re.compile('[0-9]{1,2}'),
}
_REQUIRED = {'FREQ', 'BYHOUR', 'BYMINUTE'}


def check(patterns: Sequence[str]) -> None:
    """See that every rule of a policy is one that CBR takes.

    :raises Refused: (400) naming the first that is not.
    """
    for pattern in patterns:
        parts = [part.partition('=') for part in pattern.split(';')]
        names = [name for name, _equals, _value in parts]
        if (len(set(names)) < len(names) or not set(names) >= _REQUIRED
                or not all(name in _PARTS and _PARTS[name].fullmatch(value)
                           for name, _equals, value in parts)):
            raise _bad(pattern)
        try:
            _rule(pattern, datetime.datetime(2000, 1, 1))
        except ValueError as error:
            raise _bad(pattern) from error


def last_due(patterns: Sequence[str], start: datetime.datetime,
             after: datetime.datetime, until: datetime.datetime
             ) -> datetime.datetime | None:
    """The latest time of some rules in ``(after, until]``, if there is one.

    :param start: when the policy was made; intervals count from its day.
    """
    begin = start.replace(hour=0, minute=0, second=0, microsecond=0)
    due = [time for pattern in patterns
           if (time := _rule(pattern, begin).before(until, inc=True))
           is not None and time > after]
    return max(due, default=None)


def _rule(pattern: str, begin: datetime.datetime) -> rrule.rrule:
    return rrule.rrulestr(pattern + ';BYSECOND=0', dtstart=begin)


def _bad(pattern: str) -> exception.Refused:
    return exception.Refused(
        'pattern: "%s" is no rule such as "FREQ=DAILY;INTERVAL=1;'
        'BYHOUR=14;BYMINUTE=00" or "FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=02,14;'
        'BYMINUTE=30".' % pattern[:200])
