# SPDX-License-Identifier: Apache-2.0
"""Rolling a volume back to a snapshot, as every API of ours starts it.

The document's two rules, and what EVS adds to them: only to the snapshot's
own source volume; only while that volume is ``available`` or
``error_rollbacking``; from a snapshot that is ``available`` and none of the
system's. Any snapshot of the volume will do, and a volume that was extended
since keeps its size.
"""

from __future__ import annotations

from cinder import context as cinder_context
from cinder import exception
from cinder import objects
from cinder.i18n import _
from cinder.volume import rpcapi
from oslo_utils import excutils

from evs_fake import policies
from evs_fake import states
from evs_fake.api import system_snapshot
from evs_fake.db import rollbacks as db
from evs_fake.policies import snapshots as policy


def start(context: cinder_context.RequestContext,
          snapshot: objects.Snapshot, volume_id: str) -> objects.Volume:
    """Accept a rollback and hand it to cinder-volume.

    Of racing requests, one wins: both statuses change by compare-and-swap,
    in one transaction.

    :param volume_id: the volume that the user wants rolled back.
    :returns: the volume, now ``rollbacking``.
    :raises InvalidVolume: it is not the snapshot's, or in no status for it.
    :raises InvalidSnapshot: it is the system's, or in no status for it.
    :raises PolicyNotAuthorized: if the rule forbids it.
    """
    policies.authorize(context, policy.ROLLBACK, snapshot)
    if volume_id != snapshot.volume_id:
        raise exception.InvalidVolume(reason=_(
            'snapshot %(snapshot)s can be rolled back only to its source '
            'volume %(source)s, not to %(volume)s.') % {
                'snapshot': snapshot.id, 'source': snapshot.volume_id,
                'volume': volume_id})
    system_snapshot.refuse(context, snapshot, 'rollback')
    if snapshot.display_name and snapshot.display_name.startswith(
            states.RESERVED_SNAPSHOT_PREFIXES):
        raise exception.InvalidSnapshot(reason=_(
            'snapshot %(snapshot)s has a name that is reserved for the '
            'system: "%(name)s". Rename it first.') % {
                'snapshot': snapshot.id, 'name': snapshot.display_name})
    volume = objects.Volume.get_by_id(context, volume_id)
    try:
        former = db.begin(context, volume.id, snapshot.id)
    except db.VolumeNotAllowed as error:
        raise exception.InvalidVolume(reason=_(
            'volume %(volume)s is "%(status)s"; it can be rolled back only '
            'while it is %(allowed)s.') % {
                'volume': volume.id,
                'status': states.volume_status(error.status),
                'allowed': ' or '.join(states.ROLLBACK_VOLUME_STATUSES)}
            ) from error
    except db.SnapshotNotAllowed as error:
        raise exception.InvalidSnapshot(reason=_(
            'snapshot %(snapshot)s is "%(status)s"; it can be rolled back '
            'only while it is %(allowed)s.') % {
                'snapshot': snapshot.id,
                'status': states.snapshot_status(error.status),
                'allowed': ' or '.join(states.ROLLBACK_SNAPSHOT_STATUSES)}
            ) from error
    try:
        volume.refresh()
        snapshot.refresh()
        rpcapi.VolumeAPI().revert_to_snapshot(context, volume, snapshot)
    except Exception:
        with excutils.save_and_reraise_exception():
            db.undo(context, volume.id, snapshot.id, former)
    return volume
