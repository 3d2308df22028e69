# SPDX-License-Identifier: Apache-2.0
"""Deleting bytes, unless they are somebody else's.

While bytes of other origin become a volume or a snapshot, its ``provider_id``
is the name that they had. If that fails half-way, the record is deleted, and
by that nobody means to delete the bytes: they get their name back.
"""

from __future__ import annotations

from cinder import context as cinder_context
from cinder import objects

from evs_fake.db import volumes
from evs_fake.storage import base


def remove_volume(engine: base.StorageEngine, volume: objects.Volume
                  ) -> None:
    """Remove a volume's bytes from its pool, if there are any."""
    if not volume.provider_id:
        engine.delete_volume(volume.name_id)
    elif engine.has_volume(volume.name_id):
        engine.unmanage_volume(volume.name_id, volume.provider_id)


def remove_snapshot(engine: base.StorageEngine, snapshot: objects.Snapshot
                    ) -> None:
    """Remove a snapshot's bytes from its pool, if there are any."""
    if not snapshot.provider_id:
        engine.delete_snapshot(snapshot.id)
    elif engine.has_snapshot(snapshot.id):
        engine.unmanage_snapshot(snapshot.id, snapshot.provider_id)


def remove_deleted(context: cinder_context.RequestContext,
                   engine: base.StorageEngine) -> None:
    """Remove what was deleted while the pool could not be reached."""
    for volume_id in volumes.deleted(
            context, engine.volume_ids() | engine.replica_ids()):
        engine.delete_volume(volume_id)
        engine.delete_replica(volume_id)
    for snapshot_id in volumes.deleted_snapshots(
            context, engine.snapshot_ids()):
        engine.delete_snapshot(snapshot_id)
