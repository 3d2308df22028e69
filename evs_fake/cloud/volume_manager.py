# SPDX-License-Identifier: Apache-2.0
"""Cinder's cinder-volume, which counts a retype as done when it is."""

from __future__ import annotations

from typing import Any

from cinder import context as cinder_context
from cinder import exception
from cinder import objects
from cinder import quota
from cinder.volume import manager


class VolumeManager(manager.VolumeManager):
    """All is Cinder's but for what is said here."""

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
