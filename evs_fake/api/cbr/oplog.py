# SPDX-License-Identifier: Apache-2.0
"""Writing operation logs, and finding out how operations ended.

A log says ``running`` until somebody looks after the end: the state of the
backups tells, whoever or whatever ended the operation.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection
from collections.abc import Sequence
from typing import Any

from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects
from oslo_utils import timeutils
from oslo_utils import uuidutils

from evs_fake.api.cbr import status
from evs_fake.db.cbr import backups as backups_db
from evs_fake.db.cbr import models
from evs_fake.db.cbr import operation_logs
from evs_fake.db.cbr import vaults as vaults_db

_FAILED = 'BackupService.9910'


@dataclasses.dataclass(frozen=True)
class End:
    """How an operation stands.

    :ivar failed: how many backups it failed for.
    """

    status: str
    code: str | None = None
    message: str | None = None
    ended_at: datetime.datetime | None = None
    failed: int = 0


def values(context: cinder_context.RequestContext, operation: str,
           vault: vaults_db.Vault | None, **more: Any) -> dict[str, Any]:
    """Columns of a new log.

    :param operation: as CBR names it: ``backup``, ``restore`` ...
    :param vault: None if the operation is about none that is left.
    """
    return {
        'id': uuidutils.generate_uuid(), 'operation_type': operation,
        'status': operation_logs.RUNNING,
        'vault_id': vault.id if vault else None,
        'vault_name': vault.name if vault else None,
        'request_id': context.request_id, 'backup_ids': [], 'details': {},
        'created_at': timeutils.utcnow(), **more}


def stand(context: cinder_context.RequestContext,
          log: models.OperationLog) -> End:
    """How a log's operation stands now."""
    if log.status != operation_logs.RUNNING:
        return End(log.status, log.error_code, log.error_message,
                   log.ended_at, log.failed)
    found = backups_db.states_of(context, log.backup_ids)
    outcomes = {backup_id: _outcome(context, log, state)
                for backup_id, state in found.items()}
    if status.Outcome.RUNNING in outcomes.values():
        return End(operation_logs.RUNNING)
    failed = tuple(backup_id for backup_id, outcome in outcomes.items()
                   if outcome is status.Outcome.FAILED)
    now = timeutils.utcnow()
    if not failed:
        return End(str(status.Outcome.SUCCESS), ended_at=now)
    reason = found[failed[0]].fail_reason
    return End(str(status.Outcome.FAILED), _FAILED,
               reason or 'The operation failed; the log says more.',
               now, len(failed))


def settled(context: cinder_context.RequestContext,
            log: models.OperationLog) -> End:
    """How a log's operation stands, written down if it has ended.

    :param context: of the log's project.
    """
    end = stand(context, log)
    if log.status != operation_logs.RUNNING or (
            end.status == operation_logs.RUNNING):
        return end
    if not operation_logs.settle(context, log.id, end.status, end.code,
                                 end.message, end.ended_at, end.failed):
        return stand(context, operation_logs.find(context, id=log.id)[0])
    return end


def settle(context: cinder_context.RequestContext,
           logs: Sequence[models.OperationLog]) -> None:
    """Write the ends of operations down."""
    for log in logs:
        settled(context, log)


def settle_of(context: cinder_context.RequestContext,
              backup_ids: Collection[str]) -> None:
    """Write down how operations on backups ended, before the next begins.

    Afterwards, their states speak of that one.
    """
    settle(context, [
        log for log in operation_logs.find(
            context, status=operation_logs.RUNNING)
        if not set(backup_ids).isdisjoint(log.backup_ids)])


def _outcome(context, log, state):
    match log.operation_type:
        case 'backup':
            return status.creation(state)
        case 'restore':
            try:
                volume = objects.Volume.get_by_id(
                    context, log.details['restore']['target_resource_id'])
            except cinder_exception.VolumeNotFound:
                return status.restoration(state, None)
            return status.restoration(state, volume.status)
    return status.deletion(state)
