# SPDX-License-Identifier: Apache-2.0
"""Pages of lists: by offset, and by the id of the last item seen."""

from __future__ import annotations

import dataclasses
import operator
import urllib.parse
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from evs_fake.api.routing import exception

#: Items of a page, where the query does not say.
DEFAULT_LIMIT = 1000


@dataclasses.dataclass(frozen=True)
class Page:
    """What part of a list a query asks for.

    :ivar limit: items at most; None if the query has none, which is
        :data:`DEFAULT_LIMIT`.
    :ivar offset: items to leave out, after the marker.
    :ivar marker: id of the item before the page.
    """

    limit: int | None
    offset: int
    marker: str | None

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> Page:
        """The page of a query checked by ``fields.PAGE``."""
        return cls(query.get('limit'), query.get('offset', 0),
                   query.get('marker'))

    def arguments(self) -> dict[str, Any]:
        """What Cinder's lists take for it."""
        return {'marker': self.marker, 'limit': self.limit or DEFAULT_LIMIT,
                'offset': self.offset}

    def cut(self, items: Sequence[Any],
            identify: Callable[[Any], str] = operator.attrgetter('id')
            ) -> list[Any]:
        """The page's part of a whole list.

        :param identify: tells an item's id.
        :raises Refused: (400, EVS.1024) no item has the marker for its id.
        """
        first = self.offset
        if self.marker is not None:
            ids = [identify(item) for item in items]
            if self.marker not in ids:
                raise no_marker(self.marker)
            first += ids.index(self.marker) + 1
        return list(items[first:first + (self.limit or DEFAULT_LIMIT)])

    def count(self, found: int, ask: Callable[[], int]) -> int:
        """How many items there are on all pages.

        :param found: items on this one.
        :param ask: counts them; not called where the page tells.
        """
        if self.marker is None and self.offset == 0 and (
                found < (self.limit or DEFAULT_LIMIT)):
            return found
        return ask()

    def links(self, url: str, ids: Sequence[str], count: int
              ) -> list[dict[str, str]]:
        """The link to the next page, if the query had a limit."""
        if self.limit is None or len(ids) < self.limit or (
                self.marker is None and self.offset + len(ids) >= count):
            return []
        query = urllib.parse.urlencode(
            {'limit': self.limit, 'marker': ids[-1]})
        return [{'href': '%s?%s' % (url, query), 'rel': 'next'}]


def no_marker(marker: str) -> exception.Refused:
    """What refuses a query whose marker is not there."""
    return exception.Refused('marker: %s is not in the list.' % marker,
                             'EVS.1024')
