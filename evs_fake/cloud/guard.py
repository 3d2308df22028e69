# SPDX-License-Identifier: Apache-2.0
"""The door between clients and a world that may be exchanged behind it."""

import json
from collections.abc import Callable
from collections.abc import Iterable

from evs_fake.api import control
from evs_fake.api.control import fault
from evs_fake.cloud import work

#: Seconds for which a request waits for a reset to end.
_PATIENCE = 30

#: Requests that may last a minute, and do nothing but look.
_FOLLOWED = '/%s/history' % control.VERSION


class Guard:
    """Counts requests, and has them wait while the world is stopped.

    A request that was cut off by a reset is answered 503, as one that waited
    in vain; so is, by the APIs behind, a reset that was not possible. All
    say when to come again.
    """

    def __init__(self, application: Callable,
                 counted: work.Work = work.WORK) -> None:
        self._application = application
        self._work = counted

    def __call__(self, environ: dict, start_response: Callable
                 ) -> Iterable[bytes]:
        if environ['REQUEST_METHOD'] == 'GET' and (
                environ['PATH_INFO'].startswith(_FOLLOWED)):
            return self._application(environ, start_response)
        if not self._work.admit(_PATIENCE):
            return _unavailable(start_response)
        answer = _Answer()
        try:
            body = self._application(environ, answer.start)
            if self._work.is_cut_off() and not answer.status.startswith(
                    ('2', '4')):
                return _unavailable(start_response)
        except Exception:
            if not self._work.is_cut_off():
                raise
            return _unavailable(start_response)
        finally:
            self._work.leave()
        if answer.status.startswith('503'):
            answer.headers.append(('Retry-After', '1'))
        start_response(answer.status, answer.headers)
        return body


class _Answer:
    """What the application begins its answer with, kept for a moment."""

    status = ''
    headers: list[tuple[str, str]] = []

    def start(self, status: str, headers: list[tuple[str, str]],
              exc_info: object = None) -> None:
        self.status, self.headers = status, list(headers)


def _unavailable(start_response: Callable) -> list[bytes]:
    text = json.dumps(fault.body(
        503, 'The cloud is being reset; try again.')).encode()
    start_response('503 Service Unavailable', [
        ('Content-Type', 'application/json'),
        ('Content-Length', str(len(text))), ('Retry-After', '1')])
    return [text]
