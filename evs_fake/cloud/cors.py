# SPDX-License-Identifier: Apache-2.0
"""Which web pages may use the embedded cloud, as its own cinder.conf says.

In Cinder's api-paste.ini, the filter looks for a cinder.conf itself: one in
/etc that is another cloud's.
"""

from collections.abc import Callable

from oslo_config import cfg
from oslo_middleware import cors

CONF = cfg.CONF


def filter_factory(global_conf: dict[str, str]) -> Callable:
    """Paste filter."""
    return lambda application: cors.CORS(application, CONF)


def origins() -> list[str]:
    """Whose pages may, once the filter was made; ``*`` is everybody's."""
    CONF.register_opts(cors.CORS_OPTS, 'cors')
    return CONF.cors.allowed_origin or []
