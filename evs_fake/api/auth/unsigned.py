# SPDX-License-Identifier: Apache-2.0
"""Filters that authenticate, for requests that no signature did.

A paste filter around any other: what is signed goes past it. So every
pipeline stays one list, whatever it authenticates with::

    [filter:authtoken]
    paste.filter_factory = evs_fake.api.auth.unsigned:filter_factory
    authentication = keystonemiddleware.auth_token:filter_factory
"""

import pkgutil
from collections.abc import Callable
from typing import Any

#: Of the WSGI environment, where no header of a client's can get.
_KEY = 'evs_fake.authenticated'


def skip(environ: dict[str, Any]) -> None:
    """Have a request that was authenticated pass by what else does it."""
    environ[_KEY] = True


def filter_factory(global_conf: dict[str, str], authentication: str,
                   **local_conf: str) -> Callable:
    """Paste filter.

    :param authentication: the factory of the filter for other requests, as
        ``module:function``; it gets all other settings.
    """
    make = pkgutil.resolve_name(authentication)(global_conf, **local_conf)

    def filter_app(application: Callable) -> Callable:
        authenticate = make(application)

        def choose(environ: dict[str, Any], start_response: Callable):
            chosen = application if environ.get(_KEY) else authenticate
            return chosen(environ, start_response)

        return choose

    return filter_app
