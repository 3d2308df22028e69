# SPDX-License-Identifier: Apache-2.0
"""Cinder's API of backups, for whom a status is looked at and taken in one.

Cinder's own (``backup_api_class`` names the class to be used) reads the
status of a volume, of a snapshot or of a backup, and some transactions later
writes the next one, whatever is there by then. Of two requests made at once,
both may win: a volume that is being deleted becomes ``backing-up`` and stays
so for ever, two backups are made of one snapshot, and a backup is deleted
that another one is about to be an increment of.
"""

from __future__ import annotations

import contextlib
from typing import Any

from cinder import context as cinder_context
from cinder import coordination
from cinder import exception
from cinder import objects
from cinder.backup import api
from cinder.i18n import _
from cinder.objects import fields
from cinder.policies import backups as policy

from evs_fake.api import status

#: Of a volume that can be backed up, and of a backup that can be deleted.
_BACKED_UP = ('available', 'in-use')
_DELETED = (fields.BackupStatus.AVAILABLE, fields.BackupStatus.ERROR)


class API(api.API):
    """Takes statuses by compare-and-swap; all else is Cinder's."""

    def create(self, context: cinder_context.RequestContext,
               name: str | None, description: str | None, volume_id: str,
               container: str | None, incremental: bool = False,
               availability_zone: str | None = None, force: bool = False,
               snapshot_id: str | None = None,
               metadata: dict[str, str] | None = None) -> objects.Backup:
        """Back up a volume or a snapshot.

        :raises InvalidVolume: (400) the volume is in no status for it.
        :raises InvalidSnapshot: (400) the snapshot is in none.
        """
        arguments = (context, name, description, volume_id, container,
                     incremental, availability_zone, force, snapshot_id,
                     metadata)
        volume = self.volume_api.get(context, volume_id)
        context.authorize(policy.CREATE_POLICY, target_obj=volume)
        snapshot = None
        with contextlib.ExitStack() as stack:
            stack.enter_context(_lock(volume_id))
            as_before = {}
            if snapshot_id:
                snapshot = self.volume_api.get_snapshot(context, snapshot_id)
                if snapshot.status == fields.SnapshotStatus.AVAILABLE:
                    stack.enter_context(status.taken(
                        snapshot, fields.SnapshotStatus.BACKING_UP,
                        exception.InvalidSnapshot))
                    as_before[snapshot_id] = snapshot.status
            elif volume.status in _BACKED_UP:
                stack.enter_context(status.taken(
                    volume, 'backing-up', exception.InvalidVolume,
                    previous_status=volume.status))
                as_before[volume_id] = volume.status
            if incremental and as_before:
                _require_parent(context, volume, snapshot)
            return _AsBefore(as_before).create(*arguments)

    def restore(self, context: cinder_context.RequestContext,
                backup_id: str, volume_id: str | None = None,
                name: str | None = None) -> dict[str, Any]:
        """Restore a backup to a volume, a new one if none is given.

        :raises InvalidBackup: (400) the backup is in no status for it.
        :raises InvalidVolume: (400) the volume is in none, or too small.
        """
        backup = self.get(context, backup_id)
        context.authorize(policy.RESTORE_POLICY, target_obj=backup)
        with contextlib.ExitStack() as stack:
            as_before = {}
            if backup.status == fields.BackupStatus.AVAILABLE:
                stack.enter_context(status.taken(
                    backup, fields.BackupStatus.RESTORING,
                    exception.InvalidBackup, restore_volume_id=volume_id))
                as_before[backup_id] = fields.BackupStatus.AVAILABLE
            if volume_id is not None:
                volume = self.volume_api.get(context, volume_id)
                if volume.status == 'available':
                    stack.enter_context(status.taken(
                        volume, 'restoring-backup',
                        exception.InvalidVolume))
                    as_before[volume_id] = 'available'
            return _AsBefore(as_before).restore(
                context, backup_id, volume_id, name)

    def delete(self, context: cinder_context.RequestContext,
               backup: objects.Backup, force: bool = False) -> None:
        """Delete a backup.

        :raises InvalidBackup: (400) it is in no status for it, or others
            are increments of it.
        """
        with contextlib.ExitStack() as stack:
            # Else it could be about to be an increment's parent.
            stack.enter_context(_lock(backup.volume_id))
            backup.refresh()
            if force or backup.status in _DELETED:
                stack.enter_context(status.taken(
                    backup, fields.BackupStatus.DELETING,
                    exception.InvalidBackup))
            super().delete(context, backup, force=force)


def _require_parent(context: cinder_context.RequestContext,
                    volume: objects.Volume,
                    snapshot: objects.Snapshot | None) -> None:
    """See that there is a backup that another can be an increment of.

    Where there is none, Cinder takes any, and stumbles over one that failed
    before it had a service: a 500, and quota that stays reserved.

    :raises InvalidBackup: (400)
    """
    if not any(
            backup.status == fields.BackupStatus.AVAILABLE
            and (snapshot is None
                 or backup.data_timestamp < snapshot.created_at)
            for backup in objects.BackupList.get_all_by_volume(
                context, volume.id, volume.project_id,
                filters={'project_id': context.project_id})):
        raise exception.InvalidBackup(reason=_(
            'No backups available to do an incremental backup.'))


class _AsBefore(api.API):
    """Cinder's own, which finds things in statuses that they had."""

    def __init__(self, statuses: dict[str, str]) -> None:
        super().__init__()
        self._statuses = statuses
        self.volume_api = _Volumes(self.volume_api, statuses)

    def get(self, context, backup_id):
        return _shown(super().get(context, backup_id), self._statuses)


class _Volumes:
    """The API of volumes, likewise."""

    def __init__(self, wrapped: Any, statuses: dict[str, str]) -> None:
        self._wrapped = wrapped
        self._statuses = statuses

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)

    def get(self, context, volume_id):
        return _shown(self._wrapped.get(context, volume_id), self._statuses)

    def get_snapshot(self, context, snapshot_id):
        return _shown(self._wrapped.get_snapshot(context, snapshot_id),
                      self._statuses)


def _shown(found: Any, statuses: dict[str, str]) -> Any:
    if found.id in statuses:
        found.status = statuses[found.id]
        found.obj_reset_changes(['status'])
    return found


def _lock(volume_id: str) -> contextlib.AbstractContextManager:
    """One request about a volume's backups at a time.

    ``cinder-manage util clean_locks`` removes what locks of such names leave.
    """
    return coordination.COORDINATOR.get_lock(volume_id + '-evs_fake_backups')
