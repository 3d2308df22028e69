# SPDX-License-Identifier: Apache-2.0
"""Cinder's cinder-volume, which counts a retype as done when it is.

And which deletes a source only when it has made what is made from it.
"""

from __future__ import annotations

import threading
from typing import Any

from cinder import context as cinder_context
from cinder import exception
from cinder import objects
from cinder import quota
from cinder.volume import manager

from evs_fake.cloud import work
from evs_fake.db import volumes

#: Seconds between two looks at whether a volume has been made.
_PAUSE = 0.05


class VolumeManager(manager.VolumeManager):
    """All is Cinder's but for what is said here."""

    def delete_snapshot(self, context: cinder_context.RequestContext,
                        snapshot: objects.Snapshot, *args: Any,
                        **kwargs: Any) -> bool | None:
        """Delete a snapshot, after the volumes that are made from it.

        Cinder keeps it from the moment at which it begins to make one. A
        request for one that was accepted before has yet to pass the
        scheduler: it would find no snapshot any more.
        """
        _wait_for_copies(context, snapshot_id=snapshot.id)
        return super().delete_snapshot(context, snapshot, *args, **kwargs)

    def delete_volume(self, context: cinder_context.RequestContext,
                      volume: objects.Volume, *args: Any, **kwargs: Any
                      ) -> bool | None:
        """Delete a volume, in the same way after its clones."""
        _wait_for_copies(context, source_volid=volume.id)
        return super().delete_volume(context, volume, *args, **kwargs)

    def retype(self, context: cinder_context.RequestContext,
               volume: objects.Volume, new_type_id: str,
               host: dict[str, Any], migration_policy: str = 'never',
               reservations: list[str] | None = None,
               old_reservations: list[str] | None = None) -> None:
        """Change a volume's type.

        At the end, Cinder gives the new type to the volume's snapshots, and
        stumbles over one that is deleted meanwhile: what it had reserved of
        the quota stays so for a day, and is never counted.
        """
        project_id = volume.project_id
        try:
            super().retype(context, volume, new_type_id, host,
                           migration_policy, reservations, old_reservations)
        except exception.SnapshotNotFound:
            for snapshot in objects.SnapshotList.get_all_for_volume(
                    context, volume.id):
                if snapshot.volume_type_id != new_type_id:
                    snapshot.volume_type_id = new_type_id
                    snapshot.save()
            for each in (old_reservations, reservations):
                if each:
                    quota.QUOTAS.commit(context, each, project_id=project_id)


def _wait_for_copies(context: cinder_context.RequestContext, **source: str
                     ) -> None:
    """Wait until no accepted request for a copy of a source is left.

    There will be no other: Cinder's API refuses copies of what is deleted.

    :raises Ended: the cloud is being reset.
    """
    while volumes.is_being_copied(context, **source):
        threading.Event().wait(_PAUSE)
        work.WORK.check()
