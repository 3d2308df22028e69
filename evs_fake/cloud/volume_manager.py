# SPDX-License-Identifier: Apache-2.0
"""Cinder's cinder-volume, where two operations at once meet in it.

It counts a retype as what it is when it is done, and deletes a source only
when it has made what is made from it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from cinder import context as cinder_context
from cinder import exception
from cinder import objects
from cinder import quota
from cinder.objects import fields
from cinder.volume import manager
from oslo_config import cfg

from evs_fake.api import volumes as volumes_api
from evs_fake.cloud import quota as usage
from evs_fake.cloud import work
from evs_fake.db import volumes

CONF = cfg.CONF

#: Seconds between two looks at whether something has ended.
_PAUSE = 0.05
#: Seconds for which a retype waits for deletions. One that takes longer is
#: held: what it gives back, it then takes from the new type.
_PATIENCE = 2
#: Of snapshots that are about to leave the quota.
_LEAVING = (fields.SnapshotStatus.DELETING, fields.SnapshotStatus.UNMANAGING)


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

        Cinder reserves for the snapshots that the volume has when this is
        asked for. One that is deleted before it is done has left the former
        type's usage by itself: it must not do so once more.

        At the end, Cinder gives the new type to the volume's snapshots, and
        stumbles over one that is deleted meanwhile: what it had reserved of
        the quota stays so for a day, and is never counted.
        """
        project_id = volume.project_id
        try:
            with _counted_anew(context, volume, [
                    *(reservations or ()), *(old_reservations or ())]):
                super().retype(
                    context, volume, new_type_id, host, migration_policy,
                    reservations, old_reservations)
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


@contextlib.contextmanager
def _counted_anew(context: cinder_context.RequestContext,
                  volume: objects.Volume, reservations: Sequence[str]
                  ) -> Iterator[None]:
    """Has reservations be right when the volume is given another type.

    Until then deletions of its snapshots give back the former type's quota,
    from then on the new type's.
    """
    save = volume.save

    def save_counted() -> None:
        if 'volume_type_id' not in volume.obj_what_changed():
            save()
            return
        _wait_for_deletions(context, volume)
        # Amid a request for a snapshot, one could be there that is refused.
        with volumes_api.lock(volume.id):
            snapshots = objects.SnapshotList.get_all_for_volume(
                context, volume.id)
            counted = [each for each in snapshots if each.use_quota]
            size = volume.size
            if not CONF.no_snapshot_gb_quota:
                size += sum(each.volume_size for each in counted)
            usage.amend(context, reservations, {
                'volumes': 1, 'gigabytes': size, 'snapshots': len(counted)})
            save()
        # Cinder listed those that are to have the new type when it was asked
        # for it; more could be made until the volume said that it has begun.
        volume.snapshots = snapshots
        volume.obj_reset_changes(['snapshots'])

    volume.save = save_counted
    try:
        yield
    finally:
        # A refresh has taken it already.
        vars(volume).pop('save', None)


def _wait_for_deletions(context: cinder_context.RequestContext,
                        volume: objects.Volume) -> None:
    """Wait for those of its snapshots that are on the quota, for a while."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and any(
            each.use_quota and each.status in _LEAVING
            for each in objects.SnapshotList.get_all_for_volume(
                context, volume.id)):
        threading.Event().wait(_PAUSE)
        work.WORK.check()
