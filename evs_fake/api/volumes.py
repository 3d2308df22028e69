# SPDX-License-Identifier: Apache-2.0
"""Cinder's API of volumes, where two requests at once could both lose.

``volume_api_class`` names the class to be used.
"""

from __future__ import annotations

import contextlib
from typing import Any

from cinder import context as cinder_context
from cinder import coordination
from cinder import exception
from cinder import objects
from cinder.volume import api

#: How often the deletion of a volume with its snapshots is tried: each time,
#: another request deletes one of them.
_ATTEMPTS = 5


class API(api.API):
    """All is Cinder's but for what is said here."""

    def create(self, context: cinder_context.RequestContext, size: int | str,
               name: str | None, description: str | None,
               snapshot: objects.Snapshot | None = None,
               *args: Any, source_volume: objects.Volume | None = None,
               **kwargs: Any) -> objects.Volume:
        """Make a volume.

        Cinder looks at its source and, when it has made the record of the
        volume, once more: if it is gone by then, the request is answered 404
        and the record stays in ``creating`` for ever.

        :raises SnapshotNotFound: (404)
        :raises InvalidSnapshot: (400) it is in no status for it.
        :raises VolumeNotFound: (404)
        :raises InvalidVolume: (400) the source is in no status for it.
        """
        sources = set()
        if snapshot is not None:
            # It may be deleted with its volume, too.
            sources |= {snapshot.volume_id, snapshot.id}
        if source_volume is not None:
            sources.add(source_volume.id)
        with contextlib.ExitStack() as stack:
            # Each once, and all requests in one order: Cinder refuses two
            # sources, but only later.
            for source_id in sorted(sources):
                stack.enter_context(_lock(source_id))
            if snapshot is not None:
                snapshot.refresh()
            if source_volume is not None:
                source_volume.refresh()
            return super().create(context, size, name, description, snapshot,
                                  *args, source_volume=source_volume,
                                  **kwargs)

    def delete_snapshot(self, context: cinder_context.RequestContext,
                        snapshot: objects.Snapshot, *args: Any,
                        **kwargs: Any) -> None:
        """Delete a snapshot, not amid a request for a volume from it."""
        with _lock(snapshot.id):
            super().delete_snapshot(context, snapshot, *args, **kwargs)

    def delete(self, context: cinder_context.RequestContext,
               volume: objects.Volume, force: bool = False,
               unmanage_only: bool = False, cascade: bool = False) -> None:
        """Delete a volume, not amid a request for a copy of it.

        With its snapshots, Cinder lists and then marks them: if another
        request has deleted one in between, it refuses, and leaves the volume
        in ``error_deleting``.

        :raises InvalidVolume: (400) it is in no status for it.
        """
        with _lock(volume.id):
            self._delete(context, volume, force=force,
                         unmanage_only=unmanage_only, cascade=cascade)

    def _delete(self, context: cinder_context.RequestContext,
                volume: objects.Volume, *, cascade: bool, **kwargs: Any
                ) -> None:
        former = volume.status
        for left in reversed(range(_ATTEMPTS)):
            try:
                super().delete(context, volume, cascade=cascade, **kwargs)
                return
            except exception.InvalidVolume:
                if not cascade or not volume.update_single_status_where(
                        former, 'error_deleting') or not left:
                    raise
                volume.refresh()


def _lock(source_id: str) -> contextlib.AbstractContextManager:
    """One request for a copy of it, or for its end, at a time.

    ``cinder-manage util clean_locks`` removes what locks of such names leave.
    """
    return coordination.COORDINATOR.get_lock(source_id + '-evs_fake_use')
