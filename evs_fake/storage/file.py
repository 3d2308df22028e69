# SPDX-License-Identifier: Apache-2.0
"""Volumes and snapshots as sparse files of a directory."""

import contextlib
import os
import stat
from collections import abc

from evs_fake import exception
from evs_fake.storage import base
from evs_fake.storage import pool
from evs_fake.storage import sparse


class FileEngine(sparse.SparseEngine):
    """An engine whose pool outlives it and may be shared by processes.

    ``pool_dir`` is made if it is missing; what is inside is private to the
    user (mode 0700 and 0600). Its file system needs hard links and flock.
    """

    IS_SHARED = True

    def __init__(self, pool_dir: str, capacity_gb: int | None = None) -> None:
        super().__init__(os.path.abspath(pool_dir), capacity_gb)
        self._open_pool: pool.Pool | None = None

    def setup(self) -> None:
        with sparse.reported(f'setup of pool {self.pool_dir}'):
            if self._open_pool is None:
                self._open_pool = pool.Pool(self.pool_dir)
            else:
                self._open_pool.check()

    def close(self) -> None:
        if self._open_pool is not None:
            self._open_pool.close()
            self._open_pool = None

    def usage(self) -> base.Usage:
        """As its base says.

        Costs one stat() for each object: a few milliseconds for a thousand
        of them. Files that are still being made count too.
        """
        with sparse.reported('usage'):
            total, free = self._pool.medium()
            return base.Usage.within(self.capacity_gb,
                                     self._pool.sizes(), total, free)

    def recover(self) -> list[str]:
        with sparse.reported('recover'):
            return self._pool.recover()

    @property
    def _pool(self) -> pool.Pool:
        if self._open_pool is None:
            raise exception.StorageError(
                data=f'pool {self.pool_dir} is not set up')
        return self._open_pool

    def _entry(self, kind: str, object_id: str) -> os.stat_result | None:
        try:
            return os.stat(object_id, dir_fd=self._pool.fd(kind),
                           follow_symlinks=False)
        except FileNotFoundError:
            return None

    def _stat_any(self, kind: str, object_id: str) -> os.stat_result:
        info = self._entry(kind, object_id)
        if info is None:
            raise sparse.not_found(kind, object_id)
        return info

    def _stat(self, kind: str, object_id: str) -> os.stat_result:
        info = self._stat_any(kind, object_id)
        self._require_file(kind, object_id, info)
        return info

    @staticmethod
    def _require_file(kind: str, object_id: str,
                      info: os.stat_result) -> None:
        if not stat.S_ISREG(info.st_mode):
            raise exception.StorageError(
                data=f'{object_id} in {kind} is not a regular file')

    def _require_own(self, kind: str, object_id: str,
                     info: os.stat_result) -> None:
        """Refuse a file by which somebody else could change an object.

        Or by which clients of a volume could change what else it is.
        """
        self._require_file(kind, object_id, info)
        if info.st_uid != os.geteuid():
            raise exception.StorageError(
                data=f'{object_id} in {kind} belongs to user {info.st_uid}, '
                     f'not {os.geteuid()}')
        # Snapshots are not written to: a saved state has a name for them.
        if kind == sparse.VOLUMES and info.st_nlink > 1:
            raise exception.StorageError(
                data=f'{object_id} in {kind} has other names (hard links), '
                     'by which it would change')

    @contextlib.contextmanager
    def _opened(self, kind: str, object_id: str,
                writable: bool = False) -> abc.Iterator[int]:
        self._require_own(kind, object_id, self._stat(kind, object_id))
        # What a name means may change after stat(): a link is not
        # followed, a FIFO does not block, and the open file is what counts.
        flags = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        flags |= os.O_RDWR if writable else os.O_RDONLY
        try:
            fd = os.open(object_id, flags, dir_fd=self._pool.fd(kind))
        except FileNotFoundError:
            raise sparse.not_found(kind, object_id) from None
        with pool.closing(fd):
            self._require_own(kind, object_id, os.fstat(fd))
            yield fd

    @contextlib.contextmanager
    def _created(self, kind: str, object_id: str) -> abc.Iterator[int]:
        # Looked at again below; this saves a copy in vain.
        if self._entry(kind, object_id) is not None:
            raise sparse.exists(kind, object_id)
        place = self._pool.fd(kind)
        with self._pool.temporary(object_id) as (fd, directory, name):
            yield fd
            os.fsync(fd)
            with self._locked():
                if self._entry(kind, object_id) is not None:
                    raise sparse.exists(kind, object_id)
                # A link would not need the lock, but leave a volume with two
                # names if this process died before it took one away.
                os.rename(name, object_id, src_dir_fd=directory,
                          dst_dir_fd=place)
            os.fsync(place)

    @contextlib.contextmanager
    def _replaced(self, kind: str, object_id: str) -> abc.Iterator[int]:
        self._stat(kind, object_id)
        place = self._pool.fd(kind)
        with self._pool.temporary(object_id) as (fd, directory, name):
            yield fd
            os.fsync(fd)
            with self._locked():
                # Deleted or extended meanwhile: neither may be undone.
                size = self._stat(kind, object_id).st_size
                if size > os.fstat(fd).st_size:
                    os.ftruncate(fd, size)
                    os.fsync(fd)
                os.rename(name, object_id, src_dir_fd=directory,
                          dst_dir_fd=place)
            os.fsync(place)

    def _locked(self) -> contextlib.AbstractContextManager:
        return self._pool.locked()

    def _remove(self, kind: str, object_id: str) -> None:
        place = self._pool.fd(kind)
        with self._locked():
            try:
                self._stat(kind, object_id)
                os.unlink(object_id, dir_fd=place)
            except exception.StorageObjectNotFound:
                # Perhaps a removal that was cut short: flush that one.
                pass
        os.fsync(place)

    def _outside(self, kind: str) -> list[base.Unmanaged]:
        place = self._pool.fd(pool.UNMANAGED[kind])
        found = []
        for name in self._pool.names(pool.UNMANAGED[kind]):
            try:
                info = os.stat(name, dir_fd=place, follow_symlinks=False)
            except FileNotFoundError:
                continue
            found.append(base.Unmanaged(
                name, info.st_size, sparse.unfit(info, os.geteuid())))
        return found

    def _bring_in(self, kind: str, object_id: str, name: str) -> None:
        outside = self._pool.fd(pool.UNMANAGED[kind])
        place = self._pool.fd(kind)
        with self._outside_file(kind, name) as fd:
            os.fchmod(fd, 0o600)
            os.fsync(fd)
            with self._locked():
                if self._entry(kind, object_id) is not None:
                    raise sparse.exists(kind, object_id)
                os.rename(name, object_id, src_dir_fd=outside,
                          dst_dir_fd=place)
                if not os.path.samestat(os.fstat(fd),
                                        self._stat_any(kind, object_id)):
                    # It is not what was looked at: undo that.
                    os.rename(object_id, name, src_dir_fd=place,
                              dst_dir_fd=outside)
                    raise exception.StorageError(
                        data=f'{name} was replaced meanwhile')
        os.fsync(place)
        os.fsync(outside)

    @contextlib.contextmanager
    def _outside_file(self, kind: str, name: str) -> abc.Iterator[int]:
        where = pool.UNMANAGED[kind]
        place = self._pool.fd(where)
        flags = (os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
                 | os.O_CLOEXEC)
        try:
            # Opening a device may do something; it may be swapped, too.
            self._require_fit(name, os.stat(
                name, dir_fd=place, follow_symlinks=False))
            fd = os.open(name, flags, dir_fd=place)
        except FileNotFoundError:
            raise sparse.not_found(where, name) from None
        with pool.closing(fd):
            self._require_fit(name, os.fstat(fd))
            yield fd

    @staticmethod
    def _require_fit(name: str, info: os.stat_result) -> None:
        reason = sparse.unfit(info, os.geteuid())
        if reason is not None:
            raise exception.StorageError(data=f'{name} {reason}')

    def _let_go(self, kind: str, object_id: str, name: str) -> None:
        outside = self._pool.fd(pool.UNMANAGED[kind])
        place = self._pool.fd(kind)
        with self._locked():
            taken = name in self._pool.names(pool.UNMANAGED[kind])
            if self._entry(kind, object_id) is None and taken:
                # It was done already, but perhaps not flushed.
                pass
            else:
                self._stat(kind, object_id)
                if taken:
                    raise sparse.exists(pool.UNMANAGED[kind], name)
                os.rename(object_id, name, src_dir_fd=place,
                          dst_dir_fd=outside)
        os.fsync(outside)
        os.fsync(place)

    def _moved(self, kind: str, object_id: str, other: str) -> None:
        source, target = self._pool.fd(kind), self._pool.fd(other)
        with self._locked():
            is_there = self._entry(other, object_id) is not None
            if self._entry(kind, object_id) is None and is_there:
                # It was done already, but perhaps not flushed.
                pass
            else:
                self._stat(kind, object_id)
                if is_there:
                    raise sparse.exists(other, object_id)
                os.rename(object_id, object_id, src_dir_fd=source,
                          dst_dir_fd=target)
        os.fsync(target)
        os.fsync(source)

    def begin_move(self, volume_id: str, is_arriving: bool) -> None:
        with sparse.reported('begin_move', volume_id):
            self._pool.mark(pool.MOVES[is_arriving], volume_id)

    def end_move(self, volume_id: str) -> None:
        with sparse.reported('end_move', volume_id):
            for kind in pool.MOVES.values():
                self._pool.unmark(kind, volume_id)

    def moves(self) -> dict[str, bool]:
        with sparse.reported('moves'):
            return {name: is_arriving
                    for is_arriving, kind in pool.MOVES.items()
                    for name in self._pool.names(kind) if base.is_id(name)}

    def is_alone(self) -> bool:
        with sparse.reported('is_alone'):
            return self._pool.is_alone()

    def _path(self, kind: str, object_id: str) -> str:
        self._require_own(kind, object_id, self._stat(kind, object_id))
        return os.path.join(self.pool_dir, kind, object_id)

    def _ids(self, kind: str) -> set[str]:
        return {name for name in self._pool.names(kind)
                if base.is_id(name) and self._has(kind, name)}

    def _has(self, kind: str, object_id: str) -> bool:
        info = self._entry(kind, object_id)
        return info is not None and stat.S_ISREG(info.st_mode)
