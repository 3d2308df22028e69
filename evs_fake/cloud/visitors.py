# SPDX-License-Identifier: Apache-2.0
"""Whom a cloud answers that believes every request.

Not the pages in its user's browser. There are two ways for one to speak to
127.0.0.1 that browsers do not close by themselves:

- A page sends a request to another site, in a form that a browser sends
  without having asked. It says whose page that was: ``Origin``, or (with what
  pages embed) ``Sec-Fetch-Site``.
- The owner of a page's name has the name lead to 127.0.0.1 a moment later
  (DNS rebinding). To the browser it is the same site still, but its name is
  in ``Host``.

With Keystone, none of that matters: a request is nobody's without a token,
and there is no cookie or the like which a browser would add by itself.
"""

import ipaddress
import re
import socket
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from evs_fake.cloud import refusal

#: ``Host``: an address of IPv6, or what else stands before the port.
_HOST = re.compile(r'(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:/@?#,\s]+))(?::\d{1,5})?')

#: What browsers say of requests that no other site's page made.
_OF_NO_OTHER = ('same-origin', 'none')


class Visitors:
    """Answers 403 to what comes from foreign pages, and nothing else."""

    def __init__(self, application: Callable, shape: refusal.Shape,
                 names: Collection[str],
                 origins: Collection[str] = ()) -> None:
        """Set up.

        :param names: by which clients reach the cloud, besides
            ``localhost``, the machine's own name and addresses.
        :param origins: whose pages are not foreign; ``*`` for all.
        """
        self._application = application
        self._shape = shape
        self._names = {name.lower() for name in (
            'localhost', socket.gethostname(), *names)}
        self._origins = frozenset(origins)

    def __call__(self, environ: dict[str, Any], start_response: Callable
                 ) -> Iterable[bytes]:
        reason = self._refusal(environ)
        if reason is None:
            return self._application(environ, start_response)
        return refusal.answer(environ, start_response, self._shape,
                              HTTPStatus.FORBIDDEN, reason)

    def _refusal(self, environ: Mapping[str, Any]) -> str | None:
        host = environ.get('HTTP_HOST')
        # HTTP/1.0 has none, and no browser speaks that.
        if host is not None and not self._is_ours(host):
            return ('Without Keystone, this cloud answers to its own names '
                    'only; "evs-fake serve --public-host" gives it one more.')
        origin = environ.get('HTTP_ORIGIN')
        if origin is None:
            is_foreign = environ.get(
                'HTTP_SEC_FETCH_SITE', 'none') not in _OF_NO_OTHER
        else:
            is_foreign = not self._is_admitted(origin, host)
        if is_foreign:
            return ('Without Keystone, this cloud answers to no web page but '
                    'those of [cors] allowed_origin.')
        return None

    def _is_ours(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        address, name = found.groups()
        try:
            # No name led here that could have led elsewhere before.
            ipaddress.ip_address(address or name)
            return True
        except ValueError:
            return name is not None and (
                name.lower().removesuffix('.') in self._names)

    def _is_admitted(self, origin: str, host: str | None) -> bool:
        if '*' in self._origins or origin in self._origins:
            return True
        scheme, _colon, place = origin.partition('://')
        return (scheme in ('http', 'https') and host is not None
                and place.lower() == host.lower())
