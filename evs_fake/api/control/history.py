# SPDX-License-Identifier: Apache-2.0
"""The history of statuses, to be read and to be waited for."""

from __future__ import annotations

import datetime
import math
import threading
import time
from typing import Any

from cinder import context as cinder_context
from oslo_config import cfg

from evs_fake import states
from evs_fake.api import control
from evs_fake.api import periodic
from evs_fake.api.routing import route
from evs_fake.conf import history as conf
from evs_fake.db import history as db
from evs_fake.db import models
from evs_fake.policies import history as policy

#: Seconds that a request may ask to wait.
_MAX_WAIT = 60
#: Seconds between two looks of a request that waits.
_PAUSE = 0.05
_MAX_LIMIT = 1000

_TEXT = {'type': 'string', 'minLength': 1, 'maxLength': 255}

#: From Cinder's words, by type of resource.
_WORDS = {'snapshot': states.snapshot_status,
          'volume': states.volume_status, 'backup': str}

_OWN = {
    'resource_type': {'enum': list(_WORDS)},
    'resource_id': _TEXT,
    'status': _TEXT,
    'after': {'type': 'integer', 'minimum': 0, 'maximum': 2 ** 63 - 1},
    'limit': {'type': 'integer', 'minimum': 1, 'maximum': _MAX_LIMIT},
    'wait': {'type': 'integer', 'minimum': 0, 'maximum': _MAX_WAIT},
}
_ALL_PROJECTS = {**_OWN, 'project_id': _TEXT}


class Newest:
    """The newest change, looked for on behalf of all that wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._never = threading.Event()
        self._number = 0
        self._at = -math.inf

    def wait(self, context: cinder_context.RequestContext, cursor: int,
             end: float) -> None:
        """Wait until there is a change behind a cursor.

        :param end: when to give up, as ``time.monotonic()`` has it.
        """
        while True:
            self._never.wait(_PAUSE)
            if time.monotonic() >= end or self._look(context) > cursor:
                return

    def _look(self, context: cinder_context.RequestContext) -> int:
        with self._lock:
            # Half: one that waits alone always looks for itself.
            if time.monotonic() >= self._at + _PAUSE / 2:
                self._number = db.last(context)
                self._at = time.monotonic()
            return self._number


_NEWEST = Newest()


def list_own(request: route.Request) -> dict[str, Any]:
    """List changes of the project's resources behind a cursor, oldest first.

    With ``wait``, an answer without any comes only after so many seconds: a
    client that asks again with the ``cursor`` of the answer before misses
    nothing, and need not poll.
    """
    return _list(request, request.context.project_id)


def list_all_projects(request: route.Request) -> dict[str, Any]:
    """The same of all projects, or of any one."""
    return _list(request, request.query.get('project_id'))


def _list(request: route.Request, project_id: str | None) -> dict[str, Any]:
    query = request.query
    criteria = db.Criteria(
        project_id=project_id, resource_type=query.get('resource_type'),
        resource_id=query.get('resource_id'))
    end = time.monotonic() + query.get('wait', 0)
    cursor = query.get('after', 0)
    while True:
        found, cursor = db.find(request.context, criteria, cursor,
                                query.get('limit', _MAX_LIMIT))
        found = [_show(change) for change in found]
        if 'status' in query:
            found = [change for change in found
                     if change['new_status'] == query['status']]
        if found or time.monotonic() >= end:
            return {'history': found, 'cursor': cursor}
        _NEWEST.wait(request.context, cursor, end)


def purge(context: cinder_context.RequestContext,
          now: datetime.datetime) -> None:
    """Forget what is more than the configuration has kept."""
    cfg.CONF.register_opts(conf.OPTS, conf.GROUP)
    kept = cfg.CONF[conf.GROUP]
    db.purge(context, now - datetime.timedelta(days=kept.history_max_days),
             kept.history_max_changes)


def _word(resource_type: str, status: str | None) -> str | None:
    return status and _WORDS[resource_type](status)


def _show(change: models.StatusChange) -> dict[str, Any]:
    return {
        'number': change.number, 'resource_type': change.resource_type,
        'resource_id': change.resource_id, 'project_id': change.project_id,
        'old_status': _word(change.resource_type, change.old_status),
        'new_status': _word(change.resource_type, change.new_status),
        'occurred_at': change.occurred_at.isoformat(
            timespec='microseconds'),
    }


TASKS = (periodic.Task('history', 60, purge),)

ROUTES = (
    route.Route('GET', control.VERSION, '/history', policy.LIST, list_own,
                query=_OWN),
    route.Route('GET', control.VERSION, '/history/all-projects',
                policy.LIST_ALL, list_all_projects, query=_ALL_PROJECTS),
)
