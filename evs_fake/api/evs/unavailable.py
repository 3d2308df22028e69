# SPDX-License-Identifier: Apache-2.0
"""The one answer to what this cloud does not have.

As EVS answers an account that has no right to it: 403. EVS documents no code
for most of these; EVS.1027 ("role not allowed") is this project's choice.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import NoReturn

from evs_fake.api.routing import exception
from evs_fake.api.routing import route

BILLING = ('orders and billing: everything is pay-per-use, and free')
DEDICATED_STORAGE = 'dedicated storage: every volume is in service EVS'
ENTERPRISE_PROJECTS = 'enterprise projects: all is in the default one, "0"'
ENCRYPTION = 'a key management service, hence no encrypted volumes'
SERVERS = 'servers: attach a volume through the Cinder API instead'


def refuse(what: str) -> NoReturn:
    """Refuse a request for one of these.

    :raises Refused: (403, EVS.1027) always.
    """
    raise exception.Refused('This cloud has no %s.' % what, 'EVS.1027',
                            HTTPStatus.FORBIDDEN)


def handler(what: str) -> Callable[[route.Request], NoReturn]:
    """The handler of a route that is only for one of these."""
    def refuse_request(_request: route.Request) -> NoReturn:
        refuse(what)

    return refuse_request
