# SPDX-License-Identifier: Apache-2.0
"""What came of many requests."""

import collections
import dataclasses
from collections.abc import Collection
from collections.abc import Mapping
from typing import Any

#: Requests whose 5xx are Cinder's own, and what is wrong there. Listed, and
#: not counted as ours.
CINDERS = {
    ('DELETE', '/consistencygroups/{id}'):
        'Its handler is that of POST, which has a body.',
    ('GET', '/volumes/{id}/encryption/{key}'):
        'It takes for granted that there is a key of the name (KeyError).',
}


@dataclasses.dataclass(frozen=True)
class Sent:
    """One request.

    :ivar api: whose it is, for the table.
    :ivar route: method and path with variables in braces: as one, for all
        requests that are of a kind.
    :ivar what: the request itself, for people.
    """

    api: str
    route: tuple[str, str]
    what: Any


@dataclasses.dataclass
class _Kind:
    count: int
    first: Sent
    text: str


class Tally:
    """Counts of statuses, and an example of each kind that is wrong."""

    def __init__(self) -> None:
        self._statuses: dict[str, collections.Counter[int]] = (
            collections.defaultdict(collections.Counter))
        self._wrong: dict[tuple, _Kind] = {}

    def note(self, sent: Sent, status: int, text: str,
             documented: Collection[int]) -> None:
        """Count an answer.

        :param documented: statuses that the route may have.
        """
        self._statuses[sent.api][status] += 1
        if status >= 500 and status != 503:
            what = ('5xx of Cinder' if sent.route in CINDERS else '5xx')
        elif status not in documented:
            what = 'undocumented'
        else:
            return
        kind = self._wrong.setdefault(
            (what, sent.api, *sent.route, status), _Kind(0, sent, text[:300]))
        kind.count += 1

    @property
    def total(self) -> int:
        """Of all requests."""
        return sum(counter.total() for counter in self._statuses.values())

    def wrong(self) -> list[str]:
        """A line for each kind of what may not be."""
        return [line for what, line in self._lines()
                if what != '5xx of Cinder']

    def of_cinder(self) -> list[str]:
        """The same of what is known of Cinder."""
        return [line for what, line in self._lines()
                if what == '5xx of Cinder']

    def classes(self) -> Mapping[str, Mapping[str, int]]:
        """By API and class of status (``2xx``), how many answers."""
        found: dict[str, dict[str, int]] = {}
        for api, counter in self._statuses.items():
            classes = found.setdefault(api, dict.fromkeys(
                ('2xx', '3xx', '4xx', '5xx'), 0))
            for status, count in counter.items():
                classes['%dxx' % (status // 100)] += count
        return found

    def _lines(self) -> list[tuple[str, str]]:
        return [(key[0], '%d x %s: %s %s %s answered %d: %s; as in %s' % (
            kind.count, *key, ' '.join(kind.text.split()),
            str(kind.first.what)[:2000]))
            for key, kind in self._wrong.items()]
