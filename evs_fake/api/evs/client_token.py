# SPDX-License-Identifier: Apache-2.0
"""``X-Client-Token``: a request that is done once, however often it is sent.

A UUID of the client's own. Within eight hours, the same request with the
same token of the same project gets the first one's answer again, and nothing
is done. Source: EVS's "Creating Disks", and its error codes EVS.2218 to
EVS.2222; that a refused request leaves its token free for another, and how
long a token that is too old is told from a new one, are this project's
choices.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable
from typing import Any

from cinder import context as cinder_context
from cinder import coordination
from oslo_utils import timeutils
from oslo_utils import uuidutils

from evs_fake.api import periodic
from evs_fake.api.evs import fields
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.db import client_tokens
from evs_fake.db import models

HEADER = 'X-Client-Token'

_VALIDITY = datetime.timedelta(hours=8)
#: For how long a token is known at all.
_MEMORY = datetime.timedelta(days=7)
#: Seconds that a request waits for another one with its token.
_PATIENCE = 30


def once(handler: Callable[[route.Request], dict[str, Any]]
         ) -> Callable[[route.Request], dict[str, Any]]:
    """A handler that heeds the token.

    It raises, besides what the handler does, Refused: (400) the token is
    none, of another request, too old, or of one whose answer is not known.
    """
    def handle(request: route.Request) -> dict[str, Any]:
        token = request.headers.get(HEADER)
        if not token:
            return handler(request)
        if not uuidutils.is_uuid_like(token):
            raise exception.Refused('%s: must be a UUID.' % HEADER,
                                    'EVS.2218')
        token = str(uuidutils.uuid.UUID(token))
        lock = coordination.COORDINATOR.get_lock(_lock_name(request, token))
        if not lock.acquire(blocking=_PATIENCE):
            raise exception.Refused(
                '%s: another request with it has not been answered yet.'
                % HEADER, 'EVS.2221')
        try:
            return _do(handler, request, token)
        finally:
            lock.release()

    return handle


def purge(context: cinder_context.RequestContext, now: datetime.datetime
          ) -> None:
    """Forget tokens that nobody can mean any more."""
    client_tokens.purge(context, now - _MEMORY)


def _do(handler, request, token) -> dict[str, Any]:
    fingerprint = _fingerprint(request)
    known = client_tokens.get(request.context, token)
    if known is not None:
        _check(known, fingerprint)
        return known.answer
    # Before anything is done: should the process die meanwhile, nobody will
    # do it a second time.
    client_tokens.begin(request.context, token, fingerprint)
    try:
        answer = handler(request)
    except Exception:
        client_tokens.forget(request.context, token)
        raise
    client_tokens.end(request.context, token, answer)
    return answer


def _check(known: models.ClientToken, fingerprint: str) -> None:
    if known.created_at + _VALIDITY < timeutils.utcnow():
        raise exception.Refused(
            '%s: was first used more than 8 hours ago.' % HEADER, 'EVS.2220')
    if known.fingerprint != fingerprint:
        raise exception.Refused(
            '%s: was used with another URL or body.' % HEADER, 'EVS.2219')
    if not known.answer:
        raise exception.Refused(
            '%s: what became of the request at %s UTC is not known. Look for '
            'what it was to make, and use another token.' % (
                HEADER, fields.time(known.created_at)), 'EVS.2222')


def _fingerprint(request: route.Request) -> str:
    return hashlib.sha256(json.dumps(
        [request.path, request.body], sort_keys=True).encode()).hexdigest()


def _lock_name(request: route.Request, token: str) -> str:
    """One of a few: what locks leave on disk stays there."""
    digest = hashlib.sha256(
        (request.context.project_id + token).encode()).hexdigest()
    return 'evs-fake-client-token-' + digest[:2]


TASKS = (periodic.Task('client-token-purge', 600, purge),)
