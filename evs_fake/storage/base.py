# SPDX-License-Identifier: Apache-2.0
"""What the driver asks of the place where volumes' bytes are."""

import abc
import dataclasses
import re
from collections.abc import Mapping

from evs_fake import exception

GIB = 1 << 30

# Every id becomes a file name: only the form in which Cinder writes its
# UUIDs may pass, so no separator, NUL or dot ever reaches a path.
_ID = re.compile(r'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}')
# What Linux takes for a file's name, in bytes.
_NAME_MAX = 255
# A file offset is a signed 64-bit number (``off_t``).
_MAX_SIZE_GB = ((1 << 63) - 1) // GIB


def is_id(name: str) -> bool:
    """Whether a name has the canonical, lowercase form of a UUID."""
    return _ID.fullmatch(name) is not None


def checked_id(object_id: str) -> str:
    """The id itself, once it is known to be safe as a file name.

    :raises StorageError: for anything but a canonical lowercase UUID.
    """
    if not isinstance(object_id, str) or not is_id(object_id):
        raise exception.StorageError(
            data=f'not a canonical UUID: {str(object_id)[:80]!a}')
    return object_id


def checked_name(name: str) -> str:
    """The name of what is not managed, once it is known to be one.

    :raises StorageError: it is no name of a file in a directory.
    """
    if (not isinstance(name, str) or name in ('', '.', '..')
            or '/' in name or '\0' in name
            or len(name.encode(errors='replace')) > _NAME_MAX):
        raise exception.StorageError(
            data=f'not the name of a file: {str(name)[:80]!a}')
    return name


def size_bytes(size_gb: int) -> int:
    """GiB as bytes.

    :raises StorageError: not a whole, positive number that a file can have.
    """
    if (not isinstance(size_gb, int) or isinstance(size_gb, bool)
            or not 0 < size_gb <= _MAX_SIZE_GB):
        raise exception.StorageError(
            data=f'not a size in whole GiB: {str(size_gb)[:80]}')
    return size_gb * GIB


@dataclasses.dataclass(frozen=True)
class Usage:
    """Space of a pool, in bytes.

    :ivar total_bytes: size of the pool.
    :ivar free_bytes: what can still be written; never negative.
    :ivar used_bytes: what the pool's objects have truly allocated. Bytes
        that reflinks share are counted once for every object.
    :ivar provisioned_bytes: what all volumes and snapshots could grow to.
    """

    total_bytes: int
    free_bytes: int
    used_bytes: int
    provisioned_bytes: int

    @classmethod
    def within(cls, capacity_gb: int | None, sizes: tuple[int, int],
               total: int, free: int) -> 'Usage':
        """Usage of a pool on a medium of ``total`` and ``free`` bytes.

        A capacity replaces the medium's size, but it cannot create space:
        no more is free than the medium has.

        :param sizes: allocated and provisioned bytes of the pool's objects.
        """
        used, provisioned = sizes
        if capacity_gb is not None:
            total = size_bytes(capacity_gb)
            free = max(0, min(free, total - used))
        return cls(total, free, used, provisioned)


@dataclasses.dataclass(frozen=True)
class Unmanaged:
    """Bytes of the pool that are no volume or snapshot, but could be one.

    :ivar name: by which they can be had.
    :ivar size: in bytes.
    :ivar reason: why they cannot be had as they are; None if they can.
    """

    name: str
    size: int
    reason: str | None = None


class StorageEngine(abc.ABC):
    """Bytes of volumes and snapshots, each known by its Cinder UUID.

    Engines may be called by several threads at once. Every method that
    takes an id raises StorageError, before it touches anything, for an id
    that is not a canonical lowercase UUID; and StorageError, with the
    operation, the id and the reason, for whatever the medium refuses. A
    failed call leaves no half-made object behind.

    :param pool_dir: directory of the pool.
    :param capacity_gb: size in GiB that usage() reports and counts down
        from; None is the size of the medium. It is what the scheduler is
        told, not a quota: objects are thin and what an attached client
        writes is not stopped.
    """

    #: Whether the bytes outlive the process, and another one that has the
    #: directory has them too.
    IS_SHARED = False

    def __init__(self, pool_dir: str, capacity_gb: int | None = None) -> None:
        if capacity_gb is not None:
            size_bytes(capacity_gb)
        self.pool_dir = pool_dir
        self.capacity_gb = capacity_gb

    @abc.abstractmethod
    def setup(self) -> None:
        """Make the pool usable; calling it again checks it again.

        :raises StorageError: the pool cannot be made or written to.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Give up what setup() took; no other call may be under way."""

    @abc.abstractmethod
    def create_volume(self, volume_id: str, size_gb: int) -> None:
        """Make a volume of ``size_gb`` GiB that reads as zeros.

        :raises StorageObjectExists: there is one of that id.
        """

    @abc.abstractmethod
    def delete_volume(self, volume_id: str) -> None:
        """Remove a volume; one that is gone already is no error."""

    @abc.abstractmethod
    def extend_volume(self, volume_id: str, size_gb: int) -> None:
        """Grow a volume to ``size_gb`` GiB; what is new reads as zeros.

        Its present size is accepted and changes nothing.

        :raises StorageError: ``size_gb`` is less than the present size.
        :raises StorageObjectNotFound: there is no such volume.
        """

    @abc.abstractmethod
    def clone_volume(self, volume_id: str, source_id: str,
                     size_gb: int) -> None:
        """Make a volume of ``size_gb`` GiB that starts with another's bytes.

        :raises StorageError: ``size_gb`` is less than the source's size.
        :raises StorageObjectExists: there is one of that id.
        :raises StorageObjectNotFound: there is no such source.
        """

    @abc.abstractmethod
    def clone_volumes(self, volumes: Mapping[str, str]) -> None:
        """Make volumes that start with others' bytes as of one moment.

        All of them are made, or none; as create_snapshots() otherwise.

        :param volumes: ids of the others by the new ones'.
        """

    @abc.abstractmethod
    def create_snapshot(self, snapshot_id: str, volume_id: str) -> None:
        """Keep a volume's bytes as they are now.

        All that was written before the call is in the snapshot, flushed
        or not. What an attached client writes during the call is in it or
        not, block by block, unless the medium clones files atomically.

        :raises StorageObjectExists: there is one of that id.
        :raises StorageObjectNotFound: there is no such volume.
        """

    @abc.abstractmethod
    def create_snapshots(self, snapshots: Mapping[str, str]) -> None:
        """Keep the bytes of several volumes as they were at one moment.

        All of the snapshots are made, or none. Unlike create_snapshot(),
        this fails if clients write to the volumes all the time, rather than
        make snapshots of different moments.

        :param snapshots: volumes' ids by the ids of their snapshots.
        :raises StorageError: no moment was found in which nobody wrote.
        :raises StorageObjectExists: there is one of these snapshots.
        :raises StorageObjectNotFound: there is no such volume.
        """

    @abc.abstractmethod
    def delete_snapshot(self, snapshot_id: str) -> None:
        """Remove a snapshot; one that is gone already is no error."""

    @abc.abstractmethod
    def create_volume_from_snapshot(self, volume_id: str, snapshot_id: str,
                                    size_gb: int) -> None:
        """Make a volume of ``size_gb`` GiB that starts with a snapshot.

        :raises StorageError: ``size_gb`` is less than the snapshot's size.
        :raises StorageObjectExists: there is one of that id.
        :raises StorageObjectNotFound: there is no such snapshot.
        """

    @abc.abstractmethod
    def rollback(self, volume_id: str, snapshot_id: str) -> None:
        """Make a volume's bytes a snapshot's, in one step or not at all.

        A volume that was extended since keeps its size, and the rest of it
        reads as zeros. The snapshot stays. A client that had opened the
        volume before still sees the old bytes, so roll back what is
        detached.

        :raises StorageObjectNotFound: volume or snapshot is not there.
        """

    @abc.abstractmethod
    def import_volume(self, volume_id: str, path: str) -> None:
        """Make a volume of a file's bytes, in one step or not at all.

        One of that id is replaced, and keeps its size if that is greater.

        :param path: what another engine's volume_path() or snapshot_path()
            returned.
        """

    @abc.abstractmethod
    def import_snapshot(self, snapshot_id: str, path: str) -> None:
        """As import_volume(), for a snapshot."""

    # A replica is what another pool's volume had at some moment. It is no
    # volume of this pool until it is promoted.

    @abc.abstractmethod
    def create_replica(self, volume_id: str, path: str) -> None:
        """Have a replica of another engine's volume, whole or not at all.

        One that is there is replaced.

        :param path: what the other engine's volume_path() returned.
        :raises StorageError: also if clients write to the volume all the
            time, unless the medium clones files atomically.
        """

    @abc.abstractmethod
    def update_replica(self, volume_id: str, path: str) -> bool:
        """Bring a replica up to date, in one step or not at all.

        :returns: whether the volume was written to since the last time.
        :raises StorageError: as create_replica().
        :raises StorageObjectNotFound: there is no such replica, or no longer
            when the copy was ready.
        """

    @abc.abstractmethod
    def delete_replica(self, volume_id: str) -> None:
        """Remove a replica; one that is gone already is no error."""

    @abc.abstractmethod
    def promote_replica(self, volume_id: str) -> None:
        """Make a replica a volume, in one step; or leave it one.

        :raises StorageObjectExists: both are there.
        :raises StorageObjectNotFound: neither is.
        """

    @abc.abstractmethod
    def demote_volume(self, volume_id: str) -> None:
        """Undo promote_replica()."""

    @abc.abstractmethod
    def replica_ids(self) -> set[str]:
        """Ids of all volumes of which there is a replica."""

    # What a crash amid a migration leaves, two pools have.

    @abc.abstractmethod
    def begin_move(self, volume_id: str, is_arriving: bool) -> None:
        """Remember that a volume is about to come or to go."""

    @abc.abstractmethod
    def end_move(self, volume_id: str) -> None:
        """Forget it; if that is done already it is no error."""

    @abc.abstractmethod
    def moves(self) -> dict[str, bool]:
        """Moves that did not end, as of begin_move(); those under way too.
        """

    @abc.abstractmethod
    def is_alone(self) -> bool:
        """Whether no other engine that lives has the pool set up."""

    @abc.abstractmethod
    def unmanaged_volumes(self) -> list[Unmanaged]:
        """What could become volumes."""

    @abc.abstractmethod
    def unmanaged_snapshots(self) -> list[Unmanaged]:
        """What could become snapshots."""

    @abc.abstractmethod
    def manage_volume(self, volume_id: str, name: str) -> None:
        """Make a volume of what unmanaged_volumes() tells, in one step.

        :raises StorageError: it cannot be one; this says why.
        :raises StorageObjectExists: there is a volume of that id.
        :raises StorageObjectNotFound: there is nothing of that name.
        """

    @abc.abstractmethod
    def manage_snapshot(self, snapshot_id: str, name: str) -> None:
        """As manage_volume(), for a snapshot."""

    @abc.abstractmethod
    def unmanage_volume(self, volume_id: str, name: str) -> None:
        """Take a volume out, so that manage_volume() can have it by name.

        It is no error if that was done already.

        :raises StorageObjectExists: there is another of that name.
        :raises StorageObjectNotFound: there is no such volume.
        """

    @abc.abstractmethod
    def unmanage_snapshot(self, snapshot_id: str, name: str) -> None:
        """As unmanage_volume(), for a snapshot."""

    @abc.abstractmethod
    def volume_path(self, volume_id: str) -> str:
        """A path by which any process of this user can open the volume.

        :raises StorageObjectNotFound: there is no such volume.
        """

    @abc.abstractmethod
    def snapshot_path(self, snapshot_id: str) -> str:
        """As volume_path(), for reading a snapshot."""

    @abc.abstractmethod
    def volume_size(self, volume_id: str) -> int:
        """Size of a volume in bytes.

        :raises StorageObjectNotFound: there is no such volume.
        """

    @abc.abstractmethod
    def snapshot_size(self, snapshot_id: str) -> int:
        """As volume_size(), for a snapshot."""

    @abc.abstractmethod
    def has_volume(self, volume_id: str) -> bool:
        """Whether the pool holds the volume."""

    @abc.abstractmethod
    def has_snapshot(self, snapshot_id: str) -> bool:
        """Whether the pool holds the snapshot."""

    @abc.abstractmethod
    def volume_ids(self) -> set[str]:
        """Ids of all volumes of the pool."""

    @abc.abstractmethod
    def snapshot_ids(self) -> set[str]:
        """Ids of all snapshots of the pool."""

    @abc.abstractmethod
    def usage(self) -> Usage:
        """Space of the pool; cheap enough for a periodic report."""

    @abc.abstractmethod
    def recover(self) -> list[str]:
        """Remove what processes that died left half-made.

        What a live process is making is left alone.

        :returns: names of what was removed.
        """
