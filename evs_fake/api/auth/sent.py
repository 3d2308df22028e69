# SPDX-License-Identifier: Apache-2.0
"""Headers as the client sent them, where a filter changes them.

A signature covers what was sent. Filters that run before it is checked, and
have to change a header for those behind them, do so here.
"""

from collections.abc import Mapping

import webob

#: Of the WSGI environment: what was sent, or None, by names in lower case.
_KEY = 'evs_fake.sent_headers'


def replace(request: webob.Request, name: str, value: str) -> None:
    """Change a header for all that is behind."""
    request.environ.setdefault(_KEY, {}).setdefault(
        name.lower(), request.headers.get(name))
    request.headers[name] = value


def headers(request: webob.Request) -> Mapping[str, str]:
    """All as they were sent, by names in lower case."""
    found = {name.lower(): value for name, value in request.headers.items()}
    for name, value in request.environ.get(_KEY, {}).items():
        if value is None:
            del found[name]
        else:
            found[name] = value
    return found
