# SPDX-License-Identifier: Apache-2.0
"""Operations of engines that keep every object in a sparse file.

An engine says how a file is opened, put in place, replaced and removed;
what then happens to its bytes is the same wherever the file is.
"""

import abc
import contextlib
import os
import stat
from collections import abc as collections_abc

from evs_fake import exception
from evs_fake.storage import base
from evs_fake.storage import extents
from evs_fake.storage import moment

VOLUMES = 'volumes'
SNAPSHOTS = 'snapshots'
REPLICAS = 'replicas'

#: A copy for a replica is made again only once if somebody wrote meanwhile:
#: there is a next time.
_REPLICA_ATTEMPTS = 2


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


def unfit(info: os.stat_result, owner: int) -> str | None:
    """Why a file cannot become a volume or a snapshot, or None.

    :param owner: whose it has to be.
    """
    if not stat.S_ISREG(info.st_mode):
        return 'is not a regular file'
    if info.st_uid != owner:
        return f'belongs to user {info.st_uid}, not {owner}'
    if info.st_nlink > 1:
        return 'has other names (hard links), by which it would change'
    if not info.st_size or info.st_size % base.GIB:
        return f'has {info.st_size} bytes, which is not a size in whole GiB'
    return None


@contextlib.contextmanager
def _source(path: str) -> collections_abc.Iterator[int]:
    # A path in /proc is a link, so links are followed here.
    source = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(source).st_mode):
            raise exception.StorageError(
                data=f'{path} is not a regular file')
        yield source
    finally:
        os.close(source)


_Place = collections_abc.Callable[
    [str, str], contextlib.AbstractContextManager]


class SparseEngine(base.StorageEngine):
    """The operations, in terms of what a subclass does with a file.

    The context managers may raise OSError, which callers here report.
    """

    @abc.abstractmethod
    def _opened(self, kind: str, object_id: str,
                writable: bool = False) -> contextlib.AbstractContextManager:
        """Gives a descriptor of an object, with a file offset of its own.

        :param writable: the caller has the lock.
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
    def _outside(self, kind: str) -> list[base.Unmanaged]:
        """What could become an object of a kind."""

    @abc.abstractmethod
    def _bring_in(self, kind: str, object_id: str, name: str) -> None:
        """Make an object of what is outside, in one step."""

    @abc.abstractmethod
    def _let_go(self, kind: str, object_id: str, name: str) -> None:
        """Undo _bring_in()."""

    @abc.abstractmethod
    def _moved(self, kind: str, object_id: str, other: str) -> None:
        """Make an object one of another kind, in one step, or leave it one.

        :raises StorageObjectExists: there is one of either kind.
        :raises StorageObjectNotFound: there is none of either.
        """

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

    def clone_volumes(self, volumes: collections_abc.Mapping[str, str]
                      ) -> None:
        with reported('clone_volumes', *volumes, *volumes.values()):
            self._create_together(VOLUMES, volumes)

    def create_snapshot(self, snapshot_id: str, volume_id: str) -> None:
        with (reported('create_snapshot', snapshot_id, volume_id),
              self._opened(VOLUMES, volume_id) as source,
              self._created(SNAPSHOTS, snapshot_id) as target):
            extents.copy(source, target)

    def create_snapshots(self, snapshots: collections_abc.Mapping[str, str]
                         ) -> None:
        with reported('create_snapshots', *snapshots, *snapshots.values()):
            self._create_together(SNAPSHOTS, snapshots)

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

    def import_volume(self, volume_id: str, path: str) -> None:
        with reported('import_volume', volume_id):
            self._import(VOLUMES, volume_id, path)

    def import_snapshot(self, snapshot_id: str, path: str) -> None:
        with reported('import_snapshot', snapshot_id):
            self._import(SNAPSHOTS, snapshot_id, path)

    def create_replica(self, volume_id: str, path: str) -> None:
        with (reported('create_replica', volume_id),
              _source(path) as source):
            self._replicate(volume_id, source)

    def update_replica(self, volume_id: str, path: str) -> bool:
        with (reported('update_replica', volume_id),
              _source(path) as source):
            # A mapping's writes leave no trace before they are flushed.
            os.fsync(source)
            now = os.fstat(source)
            with self._opened(REPLICAS, volume_id) as replica:
                then = os.fstat(replica)
            if (now.st_size, now.st_mtime_ns) == (
                    then.st_size, then.st_mtime_ns):
                return False
            self._replicate(volume_id, source, self._replaced)
            return True

    def delete_replica(self, volume_id: str) -> None:
        with reported('delete_replica', volume_id):
            self._remove(REPLICAS, volume_id)

    def promote_replica(self, volume_id: str) -> None:
        with reported('promote_replica', volume_id):
            self._moved(REPLICAS, volume_id, VOLUMES)

    def demote_volume(self, volume_id: str) -> None:
        with reported('demote_volume', volume_id):
            self._moved(VOLUMES, volume_id, REPLICAS)

    def replica_ids(self) -> set[str]:
        with reported('replica_ids'):
            return self._ids(REPLICAS)

    def unmanaged_volumes(self) -> list[base.Unmanaged]:
        with reported('unmanaged_volumes'):
            return self._outside(VOLUMES)

    def unmanaged_snapshots(self) -> list[base.Unmanaged]:
        with reported('unmanaged_snapshots'):
            return self._outside(SNAPSHOTS)

    def manage_volume(self, volume_id: str, name: str) -> None:
        with reported('manage_volume', volume_id):
            self._bring_in(VOLUMES, volume_id, base.checked_name(name))

    def manage_snapshot(self, snapshot_id: str, name: str) -> None:
        with reported('manage_snapshot', snapshot_id):
            self._bring_in(SNAPSHOTS, snapshot_id, base.checked_name(name))

    def unmanage_volume(self, volume_id: str, name: str) -> None:
        with reported('unmanage_volume', volume_id):
            self._let_go(VOLUMES, volume_id, base.checked_name(name))

    def unmanage_snapshot(self, snapshot_id: str, name: str) -> None:
        with reported('unmanage_snapshot', snapshot_id):
            self._let_go(SNAPSHOTS, snapshot_id, base.checked_name(name))

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

    def snapshot_size(self, snapshot_id: str) -> int:
        with (reported('snapshot_size', snapshot_id),
              self._opened(SNAPSHOTS, snapshot_id) as snapshot):
            return os.fstat(snapshot).st_size

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

    def _create_together(self, kind: str,
                         volumes: collections_abc.Mapping[str, str]) -> None:
        none_was_there = False
        try:
            with contextlib.ExitStack() as opened:
                sources = [opened.enter_context(self._opened(VOLUMES, each))
                           for each in volumes.values()]
                targets = [opened.enter_context(self._created(kind, each))
                           for each in volumes]
                none_was_there = True
                moment.copy(sources, targets)
        except BaseException:
            if none_was_there:
                for each in volumes:
                    self._remove(kind, each)
            raise

    def _import(self, kind: str, object_id: str, path: str) -> None:
        with (_source(path) as source,
              self._placed(kind, object_id) as target):
            extents.copy(source, target)

    def _placed(self, kind: str, object_id: str
                ) -> contextlib.AbstractContextManager:
        place = self._replaced if self._has(kind, object_id) else (
            self._created)
        return place(kind, object_id)

    def _replicate(self, volume_id: str, source: int,
                   place: _Place | None = None) -> None:
        """Copy an open file, and keep the time of its last write."""
        with (place or self._placed)(REPLICAS, volume_id) as target:
            (_size, written, _changed), = moment.copy(
                [source], [target], _REPLICA_ATTEMPTS)
            os.utime(target, ns=(written, written))

    @staticmethod
    def _refuse_to_shrink(object_id: str, fd: int, size: int) -> None:
        present = os.fstat(fd).st_size
        if size < present:
            raise exception.StorageError(
                data=f'{object_id}: has {present} bytes, not less: {size}')
