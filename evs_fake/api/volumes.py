# SPDX-License-Identifier: Apache-2.0
"""Cinder's API of volumes, where two requests at once could both lose.

``volume_api_class`` names the class to be used.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from cinder import context as cinder_context
from cinder import coordination
from cinder import exception
from cinder import objects
from cinder.i18n import _
from cinder.objects import fields
from cinder.volume import api

from evs_fake import states
from evs_fake.api import status
from evs_fake.db import volumes as db

#: How often the deletion of a volume with its snapshots is tried: each time,
#: one of them ends.
_ATTEMPTS = 5
#: Of a volume that was reserved for an attachment, by either API of Cinder's,
#: and of one that may have several.
_RESERVED = ('attaching', 'reserved', 'in-use')


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
        sources = []
        if snapshot is not None:
            sources.append(snapshot.volume_id)
        if source_volume is not None:
            sources.append(source_volume.id)
        with lock(*sources):
            if snapshot is not None:
                snapshot.refresh()
            if source_volume is not None:
                source_volume.refresh()
            return super().create(context, size, name, description, snapshot,
                                  *args, source_volume=source_volume,
                                  **kwargs)

    def reserve_volume(self, context: cinder_context.RequestContext,
                       volume: objects.Volume) -> None:
        """Reserve a volume, before it is attached or after."""
        with lock(volume.id):
            super().reserve_volume(context, volume)

    def attach(self, context: cinder_context.RequestContext,
               volume: objects.Volume, *args: Any, **kwargs: Any
               ) -> objects.VolumeAttachment:
        """Put down that a volume is attached, not amid other work on it.

        Cinder trusts that its caller has reserved the volume. If nobody has,
        it says ``in-use`` in place of any status: of a rollback, say, which
        then cannot end, and writes to an attached volume.

        :raises InvalidVolume: (400) it is in no status for it.
        """
        with lock(volume.id), contextlib.ExitStack() as stack:
            volume.refresh()
            if volume.status == 'available':
                former = volume.previous_status
                stack.enter_context(status.taken(
                    volume, 'attaching', exception.InvalidVolume,
                    previous_status=states.UNRESERVED))
                attachment = super().attach(context, volume, *args, **kwargs)
                volume.conditional_update(
                    {'previous_status': former},
                    {'previous_status': states.UNRESERVED})
                return attachment
            if volume.status not in _RESERVED:
                raise exception.InvalidVolume(reason=_(
                    'volume %(volume)s is "%(status)s"; it can be attached '
                    'only while it is %(allowed)s.') % {
                        'volume': volume.id,
                        'status': states.volume_status(volume.status),
                        'allowed': ' or '.join(('available', *_RESERVED))})
            return super().attach(context, volume, *args, **kwargs)

    def create_snapshot_in_db(self, context: cinder_context.RequestContext,
                              volume: objects.Volume, *args: Any,
                              **kwargs: Any) -> objects.Snapshot:
        """Put down a snapshot, not amid another request about its volume.

        Cinder puts it down first, and then sees whether the volume is in a
        status for it: others see it until then, and a deletion of the volume
        with its snapshots gives up half-way. It is given the type that the
        volume had when it was read, which a retype may have changed since.

        :raises InvalidVolume: (400) it is in no status for it.
        :raises VolumeNotFound: (404)
        """
        with lock(volume.id):
            if db.type_id(context, volume.id) != volume.volume_type_id:
                volume.refresh()
            return super().create_snapshot_in_db(
                context, volume, *args, **kwargs)

    def delete_snapshot(self, context: cinder_context.RequestContext,
                        snapshot: objects.Snapshot, *args: Any,
                        **kwargs: Any) -> None:
        """Delete a snapshot, not amid a request for a volume from it."""
        with lock(snapshot.volume_id):
            super().delete_snapshot(context, snapshot, *args, **kwargs)

    def delete(self, context: cinder_context.RequestContext,
               volume: objects.Volume, force: bool = False,
               unmanage_only: bool = False, cascade: bool = False) -> None:
        """Delete a volume, not amid a request for a copy of it.

        With its snapshots, Cinder lists and then marks them: if one is gone
        in between, or has begun to be backed up, it refuses, and leaves the
        volume in ``error_deleting`` and others in ``deleting``.

        :raises InvalidVolume: (400) it is in no status for it.
        """
        with lock(volume.id):
            self._delete(context, volume, force=force,
                         unmanage_only=unmanage_only, cascade=cascade)

    def _delete(self, context: cinder_context.RequestContext,
                volume: objects.Volume, *, cascade: bool, **kwargs: Any
                ) -> None:
        former = volume.status
        for left in reversed(range(_ATTEMPTS)):
            unmarked = [] if not cascade else [
                (snapshot, snapshot.status)
                for snapshot in objects.SnapshotList.get_all_for_volume(
                    context, volume.id)]
            try:
                super().delete(context, volume, cascade=cascade, **kwargs)
                return
            except exception.InvalidVolume:
                if not cascade or not volume.update_single_status_where(
                        former, 'error_deleting'):
                    raise
                for snapshot, before in unmarked:
                    snapshot.update_single_status_where(
                        before, fields.SnapshotStatus.DELETING)
                if not left:
                    raise
                volume.refresh()


@contextlib.contextmanager
def lock(*volume_ids: str) -> Iterator[None]:
    """Keep other requests about volumes and their snapshots away.

    Those for their end, for a copy, a snapshot, a rollback, an attachment.
    ``cinder-manage util clean_locks`` removes what locks of such names leave.

    :param volume_ids: some may be the same.
    """
    with contextlib.ExitStack() as stack:
        # In one order: no two requests wait for each other.
        for volume_id in sorted(set(volume_ids)):
            stack.enter_context(coordination.COORDINATOR.get_lock(
                volume_id + '-evs_fake_use'))
        yield
