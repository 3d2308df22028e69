# SPDX-License-Identifier: Apache-2.0
"""Settling what was under way when the cloud's one process died.

Its transport dies with it, so on start-up nothing at all is under way:
whatever is in a transitional status is there because its work was lost.
Cinder's services and the driver settle most of it when they start, given
that the work is put down as theirs; what they do not know is settled here.
"""

from __future__ import annotations

import collections
from collections.abc import Mapping

from cinder import context as cinder_context
from cinder import objects
from cinder.db import api as db_api
from cinder.objects import fields
from cinder.volume import volume_utils
from oslo_log import log as logging

from evs_fake.cloud import quota
from evs_fake.volume import system_snapshot

LOG = logging.getLogger(__name__)

#: Volumes that no worker of Cinder's settles, by what becomes of them.
_VOLUMES = {
    'extending': 'error_extending',
    'managing': 'error_managing',
    'unmanaging': 'error_unmanaging',
}
#: Volumes that wait for a scheduler or were never given to a back end.
_WITHOUT_HOST = {
    'creating': 'error',
    'downloading': 'error',
    'deleting': 'error_deleting',
    'error_managing_deleting': 'error_managing',
}
#: Volumes whose status depends on what is attached to them.
_BY_ATTACHMENT = ('attaching', 'detaching', 'retyping')
#: Groups and their snapshots: their members are settled one by one.
_GROUPS = {
    'creating': 'error',
    'updating': 'error',
    'deleting': 'error_deleting',
}
_MIGRATING = ('starting', 'migrating', 'completing')
#: Of the volume that Cinder makes to copy another one to.
_TARGET = 'target:'
_BACKUPS = (fields.BackupStatus.CREATING, fields.BackupStatus.RESTORING,
            fields.BackupStatus.DELETING)


def settle(volume_services: Mapping[str, int], backup_host: str) -> None:
    """Put lost work down as a service's or end it; before services start.

    What belongs to a back end that is not enabled waits until it is.

    :param volume_services: service id by host, of each cinder-volume.
    :param backup_host: host of the cinder-backup.
    """
    context = cinder_context.get_admin_context()
    backups = objects.BackupList.get_all(context)
    _settle_backups(backups, backup_host)
    _settle_volumes(context, backups)
    _settle_snapshots(context, backups)
    _settle_groups(context)
    _reassign_workers(context, volume_services)
    quota.settle()


def _settle_backups(backups: objects.BackupList, backup_host: str) -> None:
    for backup in backups:
        # No scheduler had given it a host yet; cinder-backup settles its own.
        if backup.host is None and backup.status in _BACKUPS:
            backup.host = backup_host
            backup.save()
    # Cinder counts an increment after it has made it.
    increments = collections.Counter(
        backup.parent_id for backup in backups
        if backup.status == fields.BackupStatus.AVAILABLE)
    for backup in backups:
        if (backup.num_dependent_backups or 0) != increments[backup.id]:
            backup.num_dependent_backups = increments[backup.id]
            backup.save()


def _settle_volumes(context: cinder_context.RequestContext,
                    backups: objects.BackupList) -> None:
    backed_up = {backup.volume_id for backup in backups
                 if backup.status == fields.BackupStatus.CREATING}
    restored = {backup.restore_volume_id for backup in backups
                if backup.status == fields.BackupStatus.RESTORING}
    for volume in objects.VolumeList.get_all(context):
        _settle_migration(volume)
        new = _VOLUMES.get(volume.status)
        if not volume.host:
            new = _WITHOUT_HOST.get(volume.status, new)
        if volume.status == 'restoring-backup' and volume.id not in restored:
            new = 'error_restoring'
        if new is not None:
            _log(volume)
            volume.update_single_status_where(new, volume.status)
        elif volume.status in _BY_ATTACHMENT or (
                # cinder-backup knows it by its backup only, which may not
                # have been made yet.
                volume.status == 'backing-up' and volume.id not in backed_up
                ) or (
                # Cinder reserves a volume before it makes the attachment.
                volume.status == 'reserved' and not any(
                    each.attach_status == fields.VolumeAttachStatus.RESERVED
                    for each in volume.volume_attachment)):
            _log(volume)
            db_api.volume_update_status_based_on_attachment(
                context, volume.id)


def _settle_migration(volume: objects.Volume) -> None:
    """End one that is under way, which Cinder never does.

    Until then the volume can be neither extended nor deleted nor migrated
    again. It is where its row says; what a driver's migration left in another
    pool, that pool's driver knows of.
    """
    migration = volume.migration_status or ''
    if migration.startswith(_TARGET):
        # The driver deletes it for good.
        volume.status = 'deleting'
        volume.save()
    elif migration in _MIGRATING:
        LOG.warning('The migration of volume %s was interrupted.', volume.id)
        volume.migration_status = 'error'
        volume.save()


def _settle_snapshots(context: cinder_context.RequestContext,
                      backups: objects.BackupList) -> None:
    backed_up = {backup.snapshot_id for backup in backups
                 if backup.status == fields.BackupStatus.CREATING}
    systems = {backup.temp_snapshot_id for backup in backups}
    for snapshot in objects.SnapshotList.get_all(context, {}):
        new = None
        if system_snapshot.is_named_so(snapshot):
            if snapshot.id not in systems:
                # The driver deletes it for good.
                new = fields.SnapshotStatus.DELETING
        elif (snapshot.status == fields.SnapshotStatus.BACKING_UP
                and snapshot.id not in backed_up):
            new = fields.SnapshotStatus.AVAILABLE
        elif snapshot.status == fields.SnapshotStatus.UNMANAGING:
            new = fields.SnapshotStatus.ERROR_DELETING
        if new is not None:
            _log(snapshot)
            snapshot.update_single_status_where(new, snapshot.status)


def _settle_groups(context: cinder_context.RequestContext) -> None:
    for group in (*objects.GroupList.get_all(context),
                  *objects.GroupSnapshotList.get_all(context)):
        if group.status in _GROUPS:
            _log(group)
            group.status = _GROUPS[group.status]
            group.save()


def _reassign_workers(context: cinder_context.RequestContext,
                      volume_services: Mapping[str, int]) -> None:
    """Write Cinder's table of work anew.

    The old one is no guide: it lacks what no service had received yet, and
    names one service for the work of all that shared its process.
    """
    db_api.worker_destroy(context)
    for resource in (*objects.VolumeList.get_all(context),
                     *objects.SnapshotList.get_all(context, {})):
        if not resource.is_cleanable():
            continue
        _log(resource)
        service_id = volume_services.get(
            volume_utils.extract_host(resource.host or '', 'backend'))
        if service_id is not None:
            db_api.worker_create(
                context, status=resource.status, service_id=service_id,
                resource_type=resource.obj_name(), resource_id=resource.id)


def _log(resource: objects.base.CinderObject) -> None:
    LOG.warning('%(kind)s %(id)s was left in "%(status)s".',
                {'kind': resource.obj_name(), 'id': resource.id,
                 'status': resource.status})
