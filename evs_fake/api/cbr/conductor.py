# SPDX-License-Identifier: Apache-2.0
"""What CBR does by itself, in a thread of the process that serves it.

Executes policies when they are due, deletes what expired or is kept no
longer, goes on with deletions that had to wait, and writes down how
operations ended. Several processes take turns. Times of a schedule at which
none ran are not made up for.
"""

from __future__ import annotations

import datetime
import os
import threading
from collections.abc import Callable

import webob
import webob.dec
from cinder import context as cinder_context
from oslo_log import log as logging
from oslo_utils import timeutils

from evs_fake.api.cbr import deletion
from evs_fake.api.cbr import execution
from evs_fake.api.cbr import locks
from evs_fake.api.cbr import oplog
from evs_fake.api.cbr import schedule
from evs_fake.db.cbr import backups as backups_db
from evs_fake.db.cbr import operation_logs
from evs_fake.db.cbr import policies as policies_db
from evs_fake.db.cbr import vaults as vaults_db

LOG = logging.getLogger(__name__)

#: Seconds between two looks: while something is under way, and else.
_BUSY = 0.5
_IDLE = 2.0


class Conductor:
    """One pass over all projects at a time.

    :ivar since: executed policies up to then; UTC.
    """

    def __init__(self) -> None:
        self.since = timeutils.utcnow()

    def run(self) -> bool:
        """Do what there is to do now.

        :returns: whether something is under way.
        """
        with locks.periodic():
            admin = cinder_context.get_admin_context()
            running = self._settle(admin)
            self._delete(admin)
            now = timeutils.utcnow()
            for policy in policies_db.scheduled(admin):
                self._execute(policy, now)
            self.since = now
        return running

    @staticmethod
    def _settle(admin: cinder_context.RequestContext) -> bool:
        running = 0
        for log in operation_logs.running(admin):
            running += oplog.settle(_of(log.project_id), [log])
        return bool(running)

    @staticmethod
    def _delete(admin: cinder_context.RequestContext) -> None:
        for backup in backups_db.expired(admin):
            context = _of(backup.project_id, backup.user_id)
            with locks.vault(backup.vault_id):
                deletion.delete(context, next(iter(vaults_db.find(
                    context, [backup.vault_id])), None), backup)
        for backup in backups_db.to_delete(admin):
            deletion.ask(_of(backup.project_id, backup.user_id), [backup])

    def _execute(self, policy: policies_db.Policy,
                 now: datetime.datetime) -> None:
        context = _of(policy.project_id, policy.user_id)
        due = schedule.last_due(
            policy.pattern, policy.start_time,
            max(self.since, policy.start_time), now)
        if due is not None and policies_db.claim(context, policy, due):
            execution.run(context, policy)
        execution.retain(context, policy)


class ConductorFilter:
    """Starts a conductor at the first request.

    A server may load the application before it forks, and threads do not
    outlive that.
    """

    def __init__(self, application: Callable) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._pid: int | None = None

    @webob.dec.wsgify
    def __call__(self, request: webob.Request):
        if self._pid != os.getpid():
            with self._lock:
                if self._pid != os.getpid():
                    self._pid = os.getpid()
                    threading.Thread(target=_loop, daemon=True,
                                     name='cbr-conductor').start()
        return self._application


def filter_factory(global_conf: dict[str, str]) -> Callable:
    """Paste filter."""
    return ConductorFilter


def _loop() -> None:
    never = threading.Event()
    conductor = Conductor()
    while True:
        pause = _IDLE
        try:
            if conductor.run():
                pause = _BUSY
        except Exception:
            # The next pass may do better: nobody is there to tell.
            LOG.exception('CBR could not do its periodic work.')
        never.wait(pause)


def _of(project_id: str, user_id: str | None = None
        ) -> cinder_context.RequestContext:
    """A context for what belongs to a project, without its user."""
    return cinder_context.RequestContext(
        user_id=user_id, project_id=project_id, is_admin=True,
        roles=['admin', 'member', 'reader'], overwrite=False)
