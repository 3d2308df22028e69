# SPDX-License-Identifier: Apache-2.0
"""What CBR does by itself.

Executes policies when they are due, deletes what expired or is kept no
longer, goes on with deletions that had to wait, deletes what a checkpoint
made that died before it was answered, and writes down how operations ended.
Times of a schedule at which nobody served CBR are not made up for.
"""

from __future__ import annotations

import datetime

from cinder import context as cinder_context
from oslo_utils import timeutils

from evs_fake.api import periodic
from evs_fake.api.cbr import deletion
from evs_fake.api.cbr import execution
from evs_fake.api.cbr import locks
from evs_fake.api.cbr import oplog
from evs_fake.api.cbr import schedule
from evs_fake.db.cbr import backups as backups_db
from evs_fake.db.cbr import operation_logs
from evs_fake.db.cbr import policies as policies_db
from evs_fake.db.cbr import vaults as vaults_db


class Conductor:
    """One pass over all projects at a time.

    :ivar since: executed policies up to then; UTC.
    """

    def __init__(self) -> None:
        self.since = timeutils.utcnow()
        # Of a backup in error, nothing tells whether Cinder failed to delete
        # it or was never asked to, by a process that died: asked once.
        self._to_delete = ['available', 'error']

    def run(self, admin: cinder_context.RequestContext,
            now: datetime.datetime) -> None:
        """Do what there is to do now."""
        if vaults_db.is_used(admin):
            self._run(admin, now)
        # What comes later, this process has seen the beginning of.
        self._to_delete = ['available']
        self.since = now

    def _run(self, admin: cinder_context.RequestContext,
             now: datetime.datetime) -> None:
        for log in operation_logs.running(admin):
            oplog.settle(periodic.tenant(log.project_id), [log])
        self._delete(admin)
        for policy in policies_db.scheduled(admin):
            self._execute(policy, now)

    def _delete(self, admin: cinder_context.RequestContext) -> None:
        for backup in backups_db.expired(admin):
            context = periodic.tenant(backup.project_id, backup.user_id)
            with locks.vault(backup.vault_id):
                deletion.delete(context, next(iter(vaults_db.find(
                    context, [backup.vault_id])), None), backup)
        for backup in backups_db.to_delete(admin, self._to_delete):
            context = periodic.tenant(backup.project_id, backup.user_id)
            deletion.ask(context, [backup])
        for found in backups_db.unrecorded(admin):
            context = periodic.tenant(found.project_id, found.user_id)
            with locks.vault(found.vault_id):
                # It may have been recorded meanwhile.
                if found in backups_db.unrecorded(admin):
                    deletion.ask(context, [found])

    def _execute(self, policy: policies_db.Policy,
                 now: datetime.datetime) -> None:
        context = periodic.tenant(policy.project_id, policy.user_id)
        due = schedule.last_due(
            policy.pattern, policy.start_time,
            max(self.since, policy.start_time), now)
        if due is not None and policies_db.claim(context, policy, due):
            execution.run(context, policy)
        execution.retain(context, policy)


TASKS = (periodic.Task('cbr', 1, Conductor().run),)
