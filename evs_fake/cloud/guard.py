# SPDX-License-Identifier: Apache-2.0
"""The door between clients and a world that may be exchanged behind it."""

import functools
from collections.abc import Callable
from collections.abc import Iterable
from http import HTTPStatus

from evs_fake.api import control
from evs_fake.api.control import fault
from evs_fake.api.evs import fault as evs_fault
from evs_fake.api.routing import router
from evs_fake.cloud import refusal
from evs_fake.cloud import work

#: Seconds for which a request waits for a reset to end.
_PATIENCE = 60

#: Requests that may last a minute, and do nothing but look.
_FOLLOWED = '/%s/history' % control.VERSION


#: Versions whose errors all look like EVS's. In Cinder's own version, those of
#: EVS's routes do.
_EVS_VERSIONS = ('v1', 'v2', 'v2.1', 'v5')


def shape(path: str) -> router.Fault:
    """How an error looks, on the port of Cinder and EVS."""
    version, _, rest = path.lstrip('/').partition('/')
    if version in _EVS_VERSIONS or version == 'v3' and (
            rest.partition('/')[2].partition('/')[0] in _collections()):
        return evs_fault.body
    return fault.body


@functools.cache
def _collections() -> frozenset[str]:
    """What of EVS's follows the project in a path of Cinder's version."""
    # Needs Cinder's objects, which are registered after this was imported.
    from evs_fake.api.evs import routes
    return frozenset(route.path.partition('/{project_id}/')[2].split('/')[0]
                     for route in routes.ROUTES if route.version == 'v3')


class Guard:
    """Counts requests, and has them wait while the world is stopped.

    A request that was cut off by a reset is answered 503, as one that waited
    in vain; so is, by the APIs behind, a reset that was not possible. All
    say when to come again.

    :param shape: how an error of a path looks.
    """

    def __init__(self, application: Callable,
                 shape: refusal.Shape = shape,
                 counted: work.Work = work.WORK,
                 patience: float = _PATIENCE) -> None:
        self._application = application
        self._shape = shape
        self._work = counted
        self._patience = patience

    def __call__(self, environ: dict, start_response: Callable
                 ) -> Iterable[bytes]:
        if environ['REQUEST_METHOD'] == 'GET' and (
                environ['PATH_INFO'].startswith(_FOLLOWED)):
            return self._application(environ, start_response)
        if not self._work.admit(self._patience):
            return self._unavailable(environ, start_response)
        answer = _Answer()
        try:
            body = self._application(environ, answer.start)
            if self._work.is_cut_off() and not answer.status.startswith(
                    ('2', '4')):
                return self._unavailable(environ, start_response)
        except Exception:
            if not self._work.is_cut_off():
                raise
            return self._unavailable(environ, start_response)
        finally:
            self._work.leave()
        if answer.status.startswith('503'):
            answer.headers.append(('Retry-After', '1'))
        start_response(answer.status, answer.headers)
        return body

    def _unavailable(self, environ: dict, start_response: Callable
                     ) -> list[bytes]:
        return refusal.answer(
            environ, start_response, self._shape,
            HTTPStatus.SERVICE_UNAVAILABLE,
            'The cloud is being reset; try again.', [('Retry-After', '1')])


class _Answer:
    """What the application begins its answer with, kept for a moment."""

    status = ''
    headers: list[tuple[str, str]] = []

    def start(self, status: str, headers: list[tuple[str, str]],
              exc_info: object = None) -> None:
        self.status, self.headers = status, list(headers)
