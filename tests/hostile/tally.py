# SPDX-License-Identifier: Apache-2.0
"""What came of many requests."""

import collections
import dataclasses
from collections.abc import Collection
from collections.abc import Mapping
from typing import Any

#: In place of a status, where there was no answer.
NONE = 0


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

        :param status: that, or ``NONE``.
        :param text: the body of the answer, or why there was none.
        :param documented: statuses that the route may have.
        """
        self._statuses[sent.api][status] += 1
        if status == NONE:
            what = 'no answer'
        elif status >= 500 and status != 503:
            what = '5xx'
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
        """A line for each kind of what may not be, the latest last."""
        return ['%d x %s: %s %s %s answered %d: %s; as in %s' % (
            kind.count, *key, ' '.join(kind.text.split()),
            str(kind.first.what)[:2000])
            for key, kind in self._wrong.items()]

    def statuses(self) -> Mapping[str, Mapping[int, int]]:
        """By API and status, how many answers."""
        return {api: dict(sorted(counter.items()))
                for api, counter in self._statuses.items()}
