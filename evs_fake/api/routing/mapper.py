# SPDX-License-Identifier: Apache-2.0
"""A Routes mapper for tables as long as Cinder's."""

import itertools
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

import routes
from routes import route as routes_route


class Mapper(routes.Mapper):
    """Tries, for a path, only the routes whose last fixed word is in it.

    Routes compiles the regular expressions of the whole table, and one of
    them all, before its first answer, and then tries them one after the
    other: for Cinder's 1500 routes that is a tenth of a start, and much of a
    short request. Here a route is compiled when it is first tried. The
    answer is the same: of those that match, the route with the longest fixed
    prefix, and among those the one that was connected first.

    Of Routes' features, ``prefix``, ``always_scan`` and ``debug`` are not
    supported.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._by_word: dict[str, list[tuple[tuple, routes_route.Route]]] = {}
        self._indexed = 0

    def routematch(self, url: str | None = None,
                   environ: Mapping[str, Any] | None = None
                   ) -> tuple[dict[str, str], routes_route.Route] | None:
        """Find the route of a path.

        :param url: the path; None takes it from `environ`.
        :returns: the path's variables, and the route.
        """
        environ = environ or self.environ
        if url is None:
            url = environ['PATH_INFO']
        for route in self._candidates(url):
            # Two threads may both compile it, to the same end.
            if not hasattr(route, 'regmatch'):
                route.makeregexp([])
            match = route.match(url, environ, self.sub_domains,
                                self.sub_domains_ignore, self.domain_match)
            if match is not False:
                return match, route
        return None

    def _candidates(self, url: str) -> Iterator[routes_route.Route]:
        if self._indexed != len(self.matchlist):
            self._index()
        words = {''}
        for segment in url.split('/'):
            words.add(segment)
            # What may follow as ".json" is not of the word.
            words.add(segment.rpartition('.')[0])
        found = itertools.chain.from_iterable(
            self._by_word.get(word, ()) for word in words)
        return (route for _order, route in sorted(
            found, key=lambda entry: entry[0]))

    def _index(self) -> None:
        by_word = {}
        for number, route in enumerate(self.matchlist):
            if not route.static:
                fixed = itertools.takewhile(
                    lambda part: isinstance(part, str), route.routelist)
                prefix = ''.join(fixed).rstrip('/')
                by_word.setdefault(_last_word(route), []).append(
                    ((-len(prefix), number), route))
        self._by_word = by_word
        self._indexed = len(self.matchlist)


def _last_word(route: routes_route.Route) -> str:
    """The last segment without a variable in it, or ''."""
    path = ''.join(
        part if isinstance(part, str) else
        # "volumes.:(format)" is "volumes" with something that may follow.
        '' if part['type'] == '.' else '\0'
        for part in route.routelist)
    return next((segment for segment in reversed(path.split('/'))
                 if segment and '\0' not in segment), '')
