# SPDX-License-Identifier: Apache-2.0
"""Checkpoints and backups; the latter joined with Cinder's."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from cinder import context as cinder_context
from oslo_utils import timeutils
from sqlalchemy import orm

from evs_fake import db
from evs_fake import states
from evs_fake.db import cinder_models
from evs_fake.db.cbr import models


@dataclasses.dataclass(frozen=True)
class Backup:
    """A backup of CBR's that Cinder has.

    From ``resource_id`` on, Cinder's columns; ``status`` is Cinder's word,
    ``size`` GiB.
    """

    id: str
    vault_id: str
    checkpoint_id: str
    policy_id: str | None
    auto_trigger: bool
    resource_name: str | None
    resource_az: str | None
    bootable: bool
    expired_at: datetime.datetime | None
    delete_requested: bool
    resource_id: str
    project_id: str
    user_id: str | None
    name: str | None
    description: str | None
    status: str
    fail_reason: str | None
    size: int
    parent_id: str | None
    created_at: datetime.datetime
    updated_at: datetime.datetime | None
    protected_at: datetime.datetime | None
    restore_volume_id: str | None


@dataclasses.dataclass(frozen=True)
class State:
    """What became of a backup, though it may be gone.

    ``status`` is Cinder's word; None if Cinder has it no more.
    """

    status: str | None
    fail_reason: str | None
    delete_requested: bool


@dataclasses.dataclass(frozen=True)
class Unrecorded:
    """A backup of Cinder's for a vault that does not know of it."""

    id: str
    project_id: str
    user_id: str | None
    vault_id: str


#: Key of the metadata, in Cinder, that names the vault a backup is made for.
VAULT_KEY = 'evs_fake:cbr-vault'

_OURS = ('id', 'vault_id', 'checkpoint_id', 'policy_id', 'auto_trigger',
         'resource_name', 'resource_az', 'bootable', 'expired_at',
         'delete_requested')
#: Names in :class:`Backup` -> Cinder's.
_CINDERS = {
    'resource_id': 'volume_id', 'project_id': 'project_id',
    'user_id': 'user_id', 'name': 'display_name',
    'description': 'display_description', 'status': 'status',
    'fail_reason': 'fail_reason', 'size': 'size', 'parent_id': 'parent_id',
    'created_at': 'created_at', 'updated_at': 'updated_at',
    'protected_at': 'data_timestamp',
    'restore_volume_id': 'restore_volume_id',
}


def find(context: cinder_context.RequestContext,
         **criteria: str | Collection[str]) -> list[Backup]:
    """Backups of the context's project that Cinder still has, newest first.

    :param criteria: one value or several, by column of ours;
        ``resource_id`` too.
    """
    query = _query().where(
        models.Backup.project_id == context.project_id)
    for name, wanted in criteria.items():
        column = (cinder_models.Backup.volume_id if name == 'resource_id'
                  else getattr(models.Backup, name))
        query = query.where(column == wanted if isinstance(wanted, str)
                            else column.in_(list(wanted)))
    return _read(context, query)


def to_delete(context: cinder_context.RequestContext,
              statuses: Collection[str]) -> list[Backup]:
    """Backups of all projects whose deletion Cinder has yet to be asked for.

    Those that others are incremental to are left out: Cinder keeps them.

    :param statuses: in which they are, Cinder's words.
    """
    child = orm.aliased(cinder_models.Backup)
    return _read(context, _query().where(
        models.Backup.delete_requested,
        cinder_models.Backup.status.in_(list(statuses)),
        ~sa.exists().where(child.parent_id == models.Backup.id,
                           ~child.deleted)))


def expired(context: cinder_context.RequestContext) -> list[Backup]:
    """Backups of all projects whose time is over, not being deleted."""
    return _read(context, _query().where(
        ~models.Backup.delete_requested,
        models.Backup.expired_at <= timeutils.utcnow(),
        cinder_models.Backup.status.in_(['available', 'error'])))


def unrecorded(context: cinder_context.RequestContext) -> list[Unrecorded]:
    """Backups that a checkpoint made, in all projects, and did not record.

    It may be about to, as long as it has the vault's lock.
    """
    cinder, marks = cinder_models.Backup, cinder_models.BackupMetadata
    query = sa.select(
        cinder.id, cinder.project_id, cinder.user_id, marks.value).join(
            marks, marks.backup_id == cinder.id).where(
                marks.key == VAULT_KEY, ~marks.deleted, ~cinder.deleted,
                cinder.status.in_(['available', 'error']),
                ~sa.exists().where(models.Backup.id == cinder.id))
    with db.main_context_manager.reader.using(context):
        return [Unrecorded(*row) for row in context.session.execute(query)]


def snapshot_ids(context: cinder_context.RequestContext,
                 backups: Iterable[Backup]) -> dict[str, str]:
    """The system's snapshot of each backup, by the backup's id.

    Found after it is gone, too: Cinder keeps the row of a deleted snapshot
    until it is purged. No tenant makes one outside the quota.
    """
    wanted = {(backup.resource_id, states.system_snapshot_name(backup.id)):
              backup.id for backup in backups}
    snapshot = cinder_models.Snapshot
    query = sa.select(
        snapshot.id, snapshot.volume_id, snapshot.display_name).where(
            snapshot.volume_id.in_({volume for volume, _name in wanted}),
            snapshot.display_name.in_({name for _volume, name in wanted}),
            ~snapshot.use_quota)
    with db.main_context_manager.reader.using(context):
        return {
            wanted[volume_id, name]: snapshot_id
            for snapshot_id, volume_id, name in context.session.execute(query)
            if (volume_id, name) in wanted}


def states_of(context: cinder_context.RequestContext,
              backup_ids: Collection[str]) -> dict[str, State]:
    """The state of backups by id, of those that Cinder has purged too."""
    cinder = cinder_models.Backup
    found = {backup_id: State(None, None, True) for backup_id in backup_ids}
    query = sa.select(
        cinder.id, cinder.status, cinder.deleted, cinder.fail_reason,
        models.Backup.delete_requested).join(
            models.Backup, models.Backup.id == cinder.id).where(
                cinder.id.in_(list(backup_ids)),
                models.Backup.project_id == context.project_id)
    with db.main_context_manager.reader.using(context):
        for backup_id, status, deleted, reason, requested in (
                context.session.execute(query)):
            found[backup_id] = State(
                None if deleted else status, reason, requested)
    return found


def record(context: cinder_context.RequestContext,
           checkpoint: Mapping[str, Any],
           backups: Iterable[Mapping[str, Any]],
           logs: Iterable[Mapping[str, Any]]) -> None:
    """Write a checkpoint, its backups and their logs down, all in one."""
    with db.main_context_manager.writer.using(context):
        context.session.add(models.Checkpoint(**checkpoint))
        for backup in backups:
            context.session.add(models.Backup(
                project_id=context.project_id, delete_requested=False,
                **backup))
        for log in logs:
            context.session.add(models.OperationLog(
                project_id=context.project_id, **log))


def request_deletion(context: cinder_context.RequestContext,
                     backup_ids: Collection[str]) -> None:
    """Note that backups are to be deleted."""
    _update(context, backup_ids, delete_requested=True)


def set_expiry(context: cinder_context.RequestContext,
               backup_ids: Collection[str],
               expired_at: datetime.datetime) -> None:
    """Set when backups are to be deleted."""
    _update(context, backup_ids, expired_at=expired_at)


def checkpoint(context: cinder_context.RequestContext, checkpoint_id: str
               ) -> dict[str, Any] | None:
    """A checkpoint's columns, or None if the project has none of that id."""
    with db.main_context_manager.reader.using(context):
        row = context.session.query(models.Checkpoint).filter_by(
            id=checkpoint_id, project_id=context.project_id).first()
        return None if row is None else {
            column.name: getattr(row, column.name)
            for column in models.Checkpoint.__table__.columns}


def _query():
    cinder = cinder_models.Backup
    return sa.select(
        *(getattr(models.Backup, name).label(name) for name in _OURS),
        *(getattr(cinder, name).label(label)
          for label, name in _CINDERS.items())).join(
              cinder, cinder.id == models.Backup.id).where(
                  ~cinder.deleted).order_by(
                      cinder.created_at.desc(), models.Backup.id.desc())


def _read(context, query):
    with db.main_context_manager.reader.using(context):
        return [Backup(**row) for row
                in context.session.execute(query).mappings()]


def _update(context, backup_ids, **values):
    with db.main_context_manager.writer.using(context):
        context.session.query(models.Backup).filter(
            models.Backup.project_id == context.project_id,
            models.Backup.id.in_(list(backup_ids))).update(
                values, synchronize_session=False)
