# SPDX-License-Identifier: Apache-2.0
"""Bytes of other origin that become volumes and snapshots, and back.

A reference is ``source-name``, the name of a file among the pool's unmanaged
ones, or ``source-id``, which stands for the name that an unmanaged volume or
snapshot of that id gets.

While something is taken over, its ``provider_id`` is the name that it had: as
long as it says so, the bytes are not Cinder's to delete.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from cinder import exception as cinder_exception
from cinder import objects
from cinder.volume import volume_utils

from evs_fake import exception
from evs_fake.faults.operations import Operation
from evs_fake.faults.resource import Resource
from evs_fake.storage import base
from evs_fake.volume import replication

_NAME = 'source-name'
_ID = 'source-id'
_VOLUME_PREFIX = 'volume-'
_SNAPSHOT_PREFIX = 'snapshot-'


class Manageable(replication.Replication):

    def manage_existing(self, volume, existing_ref):
        """Have a file become a volume.

        :raises ManageExistingInvalidReference: it cannot become one.
        """
        name = _name(existing_ref, _VOLUME_PREFIX)
        engine = self._engine(volume)
        with (self._gate.around(Resource(volume), Operation.VOLUME_MANAGE),
              _refused(existing_ref)):
            self._remember(volume, name)
            engine.manage_volume(volume.name_id, name)
            update = self._begin_replication(volume)
        return {'provider_id': None, **update}

    def manage_existing_get_size(self, volume, existing_ref):
        """Size of a file in GiB.

        :raises ManageExistingInvalidReference: it cannot become a volume.
        :raises ManageExistingAlreadyManaged: it is one.
        """
        engine = self._engine(volume)
        name = _name(existing_ref, _VOLUME_PREFIX)
        if _is_there(name, _VOLUME_PREFIX, engine.has_volume):
            raise cinder_exception.ManageExistingAlreadyManaged(
                volume_ref=name)
        return _size(engine.unmanaged_volumes(), name, existing_ref)

    def unmanage(self, volume):
        """Take a volume's file out, as ``volume-<id>``."""
        with self._gate.around(Resource(volume), Operation.VOLUME_UNMANAGE):
            self._engine(volume).unmanage_volume(
                volume.name_id, _VOLUME_PREFIX + volume.name_id)
            self._end_replication(volume)

    def get_manageable_volumes(self, cinder_volumes, marker, limit, offset,
                               sort_keys, sort_dirs):
        entries = [
            _taken(_VOLUME_PREFIX + volume.name_id, volume)
            for volume in cinder_volumes if self._is_reachable(volume)
            and self._engine(volume).has_volume(volume.name_id)]
        for pool, engine in self._replicas.pools(self._active_id).items():
            entries += [_offered(found, pool)
                        for found in engine.unmanaged_volumes()]
        return volume_utils.paginate_entries_list(
            entries, marker, limit, offset, sort_keys, sort_dirs)

    def manage_existing_snapshot(self, snapshot, existing_ref):
        """Have a file become a snapshot of a volume.

        :raises ManageExistingInvalidReference: it cannot become one.
        """
        name = _name(existing_ref, _SNAPSHOT_PREFIX)
        engine = self._snapshot_engine(snapshot)
        with (self._gate.around(Resource(snapshot),
                                Operation.SNAPSHOT_MANAGE),
              _refused(existing_ref)):
            self._remember(snapshot, name)
            engine.manage_snapshot(snapshot.id, name)
        self._replicate_snapshot(snapshot)
        return {'provider_id': None}

    def manage_existing_snapshot_get_size(self, snapshot, existing_ref):
        """Size of a file in GiB.

        :raises ManageExistingInvalidReference: it cannot become a snapshot
            of the volume.
        """
        engine, volume_id = self._source(snapshot)
        name = _name(existing_ref, _SNAPSHOT_PREFIX)
        if _is_there(name, _SNAPSHOT_PREFIX, engine.has_snapshot):
            raise _invalid(existing_ref, 'it is managed already')
        size = _size(engine.unmanaged_snapshots(), name, existing_ref)
        if base.size_bytes(size) > engine.volume_size(volume_id):
            # A rollback to it would need a larger volume.
            raise _invalid(existing_ref, 'it is larger than the volume')
        return size

    def unmanage_snapshot(self, snapshot):
        """Take a snapshot's file out, as ``snapshot-<id>``."""
        with self._gate.around(Resource(snapshot),
                               Operation.SNAPSHOT_UNMANAGE):
            self._snapshot_engine(snapshot).unmanage_snapshot(
                snapshot.id, _SNAPSHOT_PREFIX + snapshot.id)
            self._end_snapshot_replication(snapshot)

    def get_manageable_snapshots(self, cinder_snapshots, marker, limit,
                                 offset, sort_keys, sort_dirs):
        """Snapshots, and files that could be any volume's.

        Nothing tells of which volume an unmanaged snapshot once was.
        """
        entries = []
        for snapshot in cinder_snapshots:
            if not self._is_reachable(self._place(snapshot)):
                continue
            engine, volume_id = self._source(snapshot)
            if engine.has_snapshot(snapshot.id):
                entries.append({
                    **_taken(_SNAPSHOT_PREFIX + snapshot.id, snapshot),
                    'source_reference': {_NAME: _VOLUME_PREFIX + volume_id}})
        for pool, engine in self._replicas.pools(self._active_id).items():
            entries += [{**_offered(found, pool), 'source_reference': {}}
                        for found in engine.unmanaged_snapshots()]
        return volume_utils.paginate_entries_list(
            entries, marker, limit, offset, sort_keys, sort_dirs)

    @staticmethod
    def _remember(item: objects.Volume | objects.Snapshot, name: str
                  ) -> None:
        item.provider_id = name
        item.save()


def _name(reference: Any, prefix: str) -> str:
    """The file's name in a reference.

    :raises ManageExistingInvalidReference: it has none, or more.
    """
    if not isinstance(reference, Mapping) or set(reference) not in (
            {_NAME}, {_ID}):
        raise _invalid(reference, f'it takes either {_NAME} or {_ID}')
    (kind, name), = reference.items()
    with _refused(reference):
        return (base.checked_name(name) if kind == _NAME
                else prefix + base.checked_id(name))


def _is_there(name: str, prefix: str, has: Any) -> bool:
    object_id = name.removeprefix(prefix)
    return (object_id != name and base.is_id(object_id)
            and has(object_id))


def _size(offered: Iterable[base.Unmanaged], name: str, reference: Any
          ) -> int:
    for found in offered:
        if found.name == name:
            if found.reason is not None:
                raise _invalid(reference, found.reason)
            return found.size // base.GIB
    raise _invalid(reference, 'there is no such file in the pool')


def _offered(found: base.Unmanaged, pool: str) -> dict[str, Any]:
    return {'reference': {_NAME: found.name},
            'size': -(-found.size // base.GIB),
            'safe_to_manage': found.reason is None,
            'reason_not_safe': found.reason,
            'cinder_id': None,
            'extra_info': {'pool': pool}}


def _taken(name: str, item: objects.Volume | objects.Snapshot
           ) -> dict[str, Any]:
    return {'reference': {_NAME: name},
            'size': (item.volume_size if isinstance(item, objects.Snapshot)
                     else item.size),
            'safe_to_manage': False,
            'reason_not_safe': 'already managed',
            'cinder_id': item.id,
            'extra_info': None}


@contextlib.contextmanager
def _refused(reference: Any) -> Iterator[None]:
    """Says what the pool refuses as Cinder says it."""
    try:
        yield
    except exception.StorageError as error:
        raise _invalid(reference, str(error)) from error


def _invalid(reference: Any, reason: str
             ) -> cinder_exception.ManageExistingInvalidReference:
    return cinder_exception.ManageExistingInvalidReference(
        existing_ref=reference, reason=reason)
