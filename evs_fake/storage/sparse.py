# SPDX-License-Identifier: Apache-2.0
"""Operations of engines that keep every object in a sparse file.

An engine says how a file is opened, put in place, replaced and removed;
what then happens to its bytes is the same wherever the file is.
"""

import abc
import contextlib
import os
from collections import abc as collections_abc

from evs_fake import exception
from evs_fake.storage import base
from evs_fake.storage import extents

VOLUMES = 'volumes'
SNAPSHOTS = 'snapshots'


@contextlib.contextmanager
def reported(operation: str, *ids: str) -> collections_abc.Iterator[None]:
    """Check ids, then turn an OSError into a StorageError that names them.

    :raises StorageError: an id is not one, or the body raised OSError.
    """
    for object_id in ids:
        base.checked_id(object_id)
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        if isinstance(error.filename, str):
            reason = f'{error.filename}: {reason}'
        raise exception.StorageError(data='{}: {}'.format(
            ' '.join([operation, *ids]), reason)) from error


def not_found(kind: str, object_id: str) -> exception.StorageObjectNotFound:
    """The error for an object that is not there."""
    return exception.StorageObjectNotFound(
        data=f'{object_id} is not in {kind}')


def exists(kind: str, object_id: str) -> exception.StorageObjectExists:
    """The error for an object that is there already."""
    return exception.StorageObjectExists(
        data=f'{object_id} is in {kind} already')


class SparseEngine(base.StorageEngine):
    """The operations, in terms of what a subclass does with a file.

    The context managers may raise OSError, which callers here report.
    """

    @abc.abstractmethod
    def _opened(self, kind: str, object_id: str,
                writable: bool = False) -> contextlib.AbstractContextManager:
        """Gives a descriptor of an object, with a file offset of its own.

        :raises StorageObjectNotFound: there is no such object.
        """

    @abc.abstractmethod
    def _created(self, kind: str,
                 object_id: str) -> contextlib.AbstractContextManager:
        """Gives a descriptor of an empty file that becomes a new object.

        It does so when the body ends; it is dropped when the body fails.

        :raises StorageObjectExists: there is an object of that id.
        """

    @abc.abstractmethod
    def _replaced(self, kind: str,
                  object_id: str) -> contextlib.AbstractContextManager:
        """As _created(), for a file that takes an object's place.

        The file gets the object's size if that is greater.

        :raises StorageObjectNotFound: the object is not there, or went
            away before the file was ready.
        """

    @abc.abstractmethod
    def _locked(self) -> contextlib.AbstractContextManager:
        """Excludes the short steps that change an object in place."""

    @abc.abstractmethod
    def _remove(self, kind: str, object_id: str) -> None:
        """Remove an object, or do nothing if there is none."""

    @abc.abstractmethod
    def _path(self, kind: str, object_id: str) -> str:
        """A path that other processes can open."""

    @abc.abstractmethod
    def _ids(self, kind: str) -> set[str]:
        """Ids of all objects of a kind."""

    @abc.abstractmethod
    def _has(self, kind: str, object_id: str) -> bool:
        """Whether there is an object."""

    def create_volume(self, volume_id: str, size_gb: int) -> None:
        size = base.size_bytes(size_gb)
        with (reported('create_volume', volume_id),
              self._created(VOLUMES, volume_id) as target):
            os.ftruncate(target, size)

    def delete_volume(self, volume_id: str) -> None:
        with reported('delete_volume', volume_id):
            self._remove(VOLUMES, volume_id)

    def extend_volume(self, volume_id: str, size_gb: int) -> None:
        size = base.size_bytes(size_gb)
        with (reported('extend_volume', volume_id), self._locked(),
              self._opened(VOLUMES, volume_id, writable=True) as volume):
            self._refuse_to_shrink(volume_id, volume, size)
            os.ftruncate(volume, size)
            os.fsync(volume)

    def clone_volume(self, volume_id: str, source_id: str,
                     size_gb: int) -> None:
        with reported('clone_volume', volume_id, source_id):
            self._create_from(VOLUMES, source_id, volume_id, size_gb)

    def create_snapshot(self, snapshot_id: str, volume_id: str) -> None:
        with (reported('create_snapshot', snapshot_id, volume_id),
              self._opened(VOLUMES, volume_id) as source,
              self._created(SNAPSHOTS, snapshot_id) as target):
            extents.copy(source, target)

    def delete_snapshot(self, snapshot_id: str) -> None:
        with reported('delete_snapshot', snapshot_id):
            self._remove(SNAPSHOTS, snapshot_id)

    def create_volume_from_snapshot(self, volume_id: str, snapshot_id: str,
                                    size_gb: int) -> None:
        with reported('create_volume_from_snapshot', volume_id, snapshot_id):
            self._create_from(SNAPSHOTS, snapshot_id, volume_id, size_gb)

    def rollback(self, volume_id: str, snapshot_id: str) -> None:
        with (reported('rollback', volume_id, snapshot_id),
              self._opened(SNAPSHOTS, snapshot_id) as source,
              self._replaced(VOLUMES, volume_id) as target):
            extents.copy(source, target)

    def volume_path(self, volume_id: str) -> str:
        with reported('volume_path', volume_id):
            return self._path(VOLUMES, volume_id)

    def snapshot_path(self, snapshot_id: str) -> str:
        with reported('snapshot_path', snapshot_id):
            return self._path(SNAPSHOTS, snapshot_id)

    def volume_size(self, volume_id: str) -> int:
        with (reported('volume_size', volume_id),
              self._opened(VOLUMES, volume_id) as volume):
            return os.fstat(volume).st_size

    def has_volume(self, volume_id: str) -> bool:
        with reported('has_volume', volume_id):
            return self._has(VOLUMES, volume_id)

    def has_snapshot(self, snapshot_id: str) -> bool:
        with reported('has_snapshot', snapshot_id):
            return self._has(SNAPSHOTS, snapshot_id)

    def volume_ids(self) -> set[str]:
        with reported('volume_ids'):
            return self._ids(VOLUMES)

    def snapshot_ids(self) -> set[str]:
        with reported('snapshot_ids'):
            return self._ids(SNAPSHOTS)

    def _create_from(self, source_kind: str, source_id: str, volume_id: str,
                     size_gb: int) -> None:
        size = base.size_bytes(size_gb)
        with self._opened(source_kind, source_id) as source:
            self._refuse_to_shrink(source_id, source, size)
            with self._created(VOLUMES, volume_id) as target:
                extents.copy(source, target)
                # Also shortens: the source may have been extended
                # between the check and the copy.
                os.ftruncate(target, size)

    @staticmethod
    def _refuse_to_shrink(object_id: str, fd: int, size: int) -> None:
        present = os.fstat(fd).st_size
        if size < present:
            raise exception.StorageError(
                data=f'{object_id}: has {present} bytes, not less: {size}')
