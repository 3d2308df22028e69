# SPDX-License-Identifier: Apache-2.0
"""Settling on start-up what a dead cinder-volume left half-way.

Cinder itself settles a ``creating`` volume or snapshot and a ``deleting``
volume through its workers table. It knows no such thing for a rollback and
for the deletion of a snapshot: those stay as they were for ever. Of a cluster
:mod:`evs_fake.volume.manager` says which are settled.
"""

from __future__ import annotations

from collections.abc import Iterable

from cinder import context as cinder_context
from cinder import objects
from cinder.objects import fields
from cinder.volume import rpcapi
from oslo_log import log as logging

from evs_fake import states
from evs_fake.storage import base
from evs_fake.volume import removal
from evs_fake.volume import restored
from evs_fake.volume import system_snapshot

LOG = logging.getLogger(__name__)


def settle(find: system_snapshot.FindEngine,
           volumes: Iterable[objects.Volume],
           snapshots: Iterable[objects.Snapshot]) -> None:
    """Move volumes and snapshots out of what nobody works on any more.

    * a rollback: the bytes are the old or the new ones, whole (one rename);
      the volume becomes ``error_rollbacking``, from where a rollback is
      allowed again, and the snapshot ``available``;
    * taking over a file as a volume: ``error_managing``, which lets it go
      again when it is deleted; as a snapshot, which Cinder takes for a
      creation, lets it go at once;
    * a restore of a backup: the file has the volume's size again; Cinder
      sets the status;
    * an extension: ``error_extending``, of the old size or the new one;
    * an attachment without a reservation: there is none;
    * a creation: the bytes go; Cinder sets the status to ``error``;
    * the deletion of a snapshot is asked for again, unless it is part of its
      volume's deletion: Cinder takes that up as a whole; so is that of a
      volume that could not be taken over;
    * a snapshot whose bytes a deletion had removed already becomes
      ``error``, from where it can be deleted again.

    :param find: tells the engine that has a volume's bytes.
    """
    for volume in volumes:
        _settle_volume(find, volume)
    # A look into the database for each snapshot would make the start slow.
    sources = {volume.id: volume for volume in volumes}
    for snapshot in snapshots:
        # They may come in batches.
        source = sources.get(snapshot.volume_id) or snapshot.volume
        _settle_snapshot(find(source), snapshot, source)


def settle_work(find: system_snapshot.FindEngine,
                item: objects.Volume | objects.Snapshot) -> None:
    """The same for one of a cluster, on which a host died.

    Of the others' resources nobody knows whether a host is at work on them.
    """
    if isinstance(item, objects.Snapshot):
        _settle_snapshot(find(item.volume), item, item.volume)
        return
    # Before the volume, whose status says that it is not over.
    for snapshot in item.snapshots:
        if (item.status == 'deleting'
                or snapshot.status == fields.SnapshotStatus.RESTORING):
            _settle_snapshot(find(item), snapshot, item)
    _settle_volume(find, item)


def regain_sizes(find: system_snapshot.FindEngine,
                 volumes: Iterable[objects.Volume]) -> None:
    """Of volumes that backups were restored to, whoever works on them."""
    for volume in volumes:
        if volume.status in restored.STATUSES:
            restored.regain_size(find(volume), volume)


def _settle_volume(find: system_snapshot.FindEngine,
                   volume: objects.Volume) -> None:
    if volume.status == 'creating':
        find(volume).delete_volume(volume.name_id)
    elif volume.status in restored.STATUSES:
        restored.regain_size(find(volume), volume)
    elif volume.status == fields.VolumeStatus.MANAGING:
        volume.update_single_status_where(
            fields.VolumeStatus.ERROR_MANAGING,
            fields.VolumeStatus.MANAGING)
    elif volume.status == 'error_managing_deleting':
        # Cinder takes up other deletions of a volume, but not this one.
        rpcapi.VolumeAPI().delete_volume(
            cinder_context.get_admin_context(), volume)
    elif (volume.status == 'attaching'
          and volume.previous_status == states.UNRESERVED):
        _undo_attachment(volume)
    elif volume.status == 'extending':
        volume.update_single_status_where('error_extending', 'extending')
    elif (volume.status == states.CINDER_VOLUME_REVERTING
          and volume.update_single_status_where(
              states.VOLUME_ERROR_ROLLBACKING,
              states.CINDER_VOLUME_REVERTING)):
        LOG.warning('The rollback of volume %s was interrupted.', volume.id)


def _undo_attachment(volume: objects.Volume) -> None:
    for attachment in volume.volume_attachment:
        if attachment.attach_status == fields.VolumeAttachStatus.ATTACHING:
            attachment.destroy()
    volume.conditional_update(
        {'status': 'available', 'previous_status': None},
        {'status': 'attaching', 'previous_status': states.UNRESERVED})


def _settle_snapshot(engine: base.StorageEngine, snapshot: objects.Snapshot,
                     source: objects.Volume) -> None:
    match snapshot.status:
        case _ if source.status == 'deleting':
            # The request died before it had marked all of them, without
            # which Cinder gives up the volume's deletion.
            snapshot.update_single_status_where(
                fields.SnapshotStatus.DELETING, snapshot.status)
        case fields.SnapshotStatus.CREATING:
            removal.remove_snapshot(engine, snapshot)
        case fields.SnapshotStatus.RESTORING:
            snapshot.update_single_status_where(
                fields.SnapshotStatus.AVAILABLE,
                fields.SnapshotStatus.RESTORING)
        case fields.SnapshotStatus.DELETING:
            # Deleted only once this service listens: through its queue, so
            # that quota and database are settled by Cinder's own code.
            rpcapi.VolumeAPI().delete_snapshot(
                cinder_context.get_admin_context(), snapshot)
        case (fields.SnapshotStatus.AVAILABLE
              | fields.SnapshotStatus.BACKING_UP) if (
                  not engine.has_snapshot(snapshot.id)
                  and engine.has_volume(source.name_id)):
            # A backup may be asked for amid a deletion, whose status it
            # overwrites. (Without the volume, it is the pool that is away.)
            snapshot.update_single_status_where(
                fields.SnapshotStatus.ERROR, snapshot.status)
            LOG.error('Snapshot %s has no bytes.', snapshot.id)
