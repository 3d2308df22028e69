# SPDX-License-Identifier: Apache-2.0
"""The snapshot that the system makes to back up a volume.

EVS shows it to the tenant as ``autobk_snapshot_vbs_...`` in ``backing-up``.
Its link to the backup is Cinder's own ``backups.temp_snapshot_id``, by which
cinder-backup removes it at the end, and after a crash too.
"""

from __future__ import annotations

from collections.abc import Callable

from cinder import context as cinder_context
from cinder import exception
from cinder import objects
from cinder.db import api as db_api
from cinder.objects import fields
from cinder.volume import rpcapi
from cinder.volume import volume_utils
from oslo_log import log as logging
from oslo_utils import uuidutils

from evs_fake import exception as evs_exception
from evs_fake import states
from evs_fake.storage import base

LOG = logging.getLogger(__name__)

#: Tells the engine that has a volume's bytes.
FindEngine = Callable[['objects.Volume'], base.StorageEngine]


def is_named_so(snapshot: objects.Snapshot) -> bool:
    """Whether a snapshot was made by :func:`create`.

    Holds after its link to the backup is gone. A tenant may give the name,
    but no tenant makes a snapshot outside the quota.
    """
    return not snapshot.use_quota and (snapshot.display_name or '').startswith(
        states.SYSTEM_SNAPSHOT_PREFIX)


def create(context: cinder_context.RequestContext, backup: objects.Backup,
           find: FindEngine) -> objects.Snapshot:
    """Make the snapshot to read a volume's backup from, in ``backing-up``.

    The backup is linked before the snapshot exists: a crash in between
    leaves a link to nothing, which Cinder's clean-up passes over, rather
    than a snapshot that nobody owns.
    """
    volume = objects.Volume.get_by_id(context, backup.volume_id)
    backup.temp_snapshot_id = uuidutils.generate_uuid()
    backup.save()
    # ``Snapshot.create`` of the object takes no id; the database API does.
    db_api.snapshot_create(context, {
        'id': backup.temp_snapshot_id,
        'volume_id': volume.id,
        'user_id': backup.user_id,
        'project_id': volume.project_id,
        'status': fields.SnapshotStatus.CREATING,
        'progress': '0%',
        'volume_size': volume.size,
        'display_name': states.system_snapshot_name(backup.id),
        'volume_type_id': volume.volume_type_id,
        'encryption_key_id': volume.encryption_key_id,
        'use_quota': False,
        'metadata': {},
    })
    find(volume).create_snapshot(backup.temp_snapshot_id, volume.name_id)
    snapshot = objects.Snapshot.get_by_id(context, backup.temp_snapshot_id)
    snapshot.status = fields.SnapshotStatus.BACKING_UP
    snapshot.progress = '100%'
    snapshot.save()
    return snapshot


def backup_failed(context: cinder_context.RequestContext,
                  backup: objects.Backup, find: FindEngine,
                  error: Exception) -> None:
    """End a backup that failed before cinder-backup had a device to read.

    Cinder asks for the device by a cast: nobody waits for an error, and the
    backup would stay in ``creating``. So this leaves what cinder-backup
    leaves when it fails itself.
    """
    if backup.snapshot_id:
        snapshot = objects.Snapshot.get_by_id(context, backup.snapshot_id)
        snapshot.update_single_status_where(
            fields.SnapshotStatus.AVAILABLE, fields.SnapshotStatus.BACKING_UP)
    else:
        volume = objects.Volume.get_by_id(context, backup.volume_id)
        volume.status = volume.previous_status
        volume.previous_status = 'error_backing-up'
        volume.save()
        if backup.temp_snapshot_id:
            _remove(context, backup, find(volume))
    volume_utils.update_backup_error(backup, str(error))


def delete_again(context: cinder_context.RequestContext,
                 is_here: Callable[[objects.Volume], bool]) -> None:
    """Ask again for deletions that failed: no tenant can.

    Those that a backup is still made from, whatever their status is, go when
    that ends.

    :param is_here: whether a volume is the caller's.
    """
    found = [each for each in objects.SnapshotList.get_all(
        context, {'status': fields.SnapshotStatus.ERROR_DELETING,
                  'use_quota': False})
        if is_named_so(each) and is_here(each.volume)]
    for snapshot in found:
        if objects.BackupList.get_all(
                context, filters={'temp_snapshot_id': snapshot.id}, limit=1):
            continue
        # Another host of a cluster may do the same.
        if snapshot.update_single_status_where(
                fields.SnapshotStatus.DELETING,
                fields.SnapshotStatus.ERROR_DELETING):
            rpcapi.VolumeAPI().delete_snapshot(context, snapshot)


def _remove(context: cinder_context.RequestContext, backup: objects.Backup,
            engine: base.StorageEngine) -> None:
    try:
        snapshot = objects.Snapshot.get_by_id(
            context.elevated(), backup.temp_snapshot_id)
    except exception.SnapshotNotFound:
        snapshot = None
    try:
        engine.delete_snapshot(backup.temp_snapshot_id)
    except evs_exception.StorageError as error:
        LOG.error('Snapshot %(id)s, which the system made for backup '
                  '%(backup)s, will be deleted later: %(error)s',
                  {'id': backup.temp_snapshot_id, 'backup': backup.id,
                   'error': error})
        if snapshot is not None:
            snapshot.status = fields.SnapshotStatus.ERROR_DELETING
            snapshot.save()
    else:
        if snapshot is not None:
            snapshot.destroy()
    backup.temp_snapshot_id = None
