# SPDX-License-Identifier: Apache-2.0
"""Back to an empty cloud, or to one that was saved."""

import time
from typing import Any

from evs_fake.api import control
from evs_fake.api.control import provider
from evs_fake.api.control import states
from evs_fake.api.routing import route
from evs_fake.policies import reset as policy

_RESET = {
    'type': 'object',
    'properties': {'reset': {
        'type': 'object',
        'properties': {'state': states.NAME},
        'additionalProperties': False,
    }},
    'required': ['reset'],
    'additionalProperties': False,
}


def reset(request: route.Request) -> dict[str, Any]:
    """Bring the cloud back to a saved state, or to that of a new one.

    Work under way is ended, and requests that come meanwhile wait.

    :raises Refused: (404) no such state; (409) it is not of this cloud;
        (503) work under way did not end.
    """
    start = time.monotonic()
    name = request.body['reset'].get('state')
    provider.get().reset(name)
    return {'reset': {'state': name,
                      'seconds': round(time.monotonic() - start, 3)}}


ROUTES = (
    route.Route('POST', control.VERSION, '/reset', policy.RESET, reset,
                body=_RESET),
)
