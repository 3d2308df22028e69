# SPDX-License-Identifier: Apache-2.0
"""Volumes and snapshots as anonymous files in memory."""

import contextlib
import os
import threading
from collections import abc

from evs_fake.storage import base
from evs_fake.storage import sparse


def _available() -> int:
    """Bytes that can be had without swapping, by proc(5)."""
    with open('/proc/meminfo', encoding='ascii') as meminfo:
        for line in meminfo:
            name, _, value = line.partition(':')
            if name == 'MemAvailable':
                return int(value.split()[0]) * 1024
    raise OSError('MemAvailable is not in /proc/meminfo')


class MemoryEngine(sparse.SparseEngine):
    """An engine for tests and demonstrations: bytes die with the process.

    Every object is a memfd: sparse, and open to other processes of the
    user, while this process lives, as ``/proc/<pid>/fd/<number>``. Ask for
    the path when it is needed and open it then: once the object is
    deleted, its number can become another object's.

    An object takes one of the process's file descriptors, so RLIMIT_NOFILE
    bounds how many there can be. ``pool_dir`` is not used. Nothing outlives
    the process, so recover() has nothing to do.
    """

    def __init__(self, pool_dir: str, capacity_gb: int | None = None) -> None:
        super().__init__(pool_dir, capacity_gb)
        # extend_volume() opens the object while it holds the lock.
        self._mutex = threading.RLock()
        self._objects: dict[str, dict[str, int]] = {
            sparse.VOLUMES: {}, sparse.SNAPSHOTS: {}, sparse.REPLICAS: {}}
        self._moves: dict[str, bool] = {}
        self._unmanaged: dict[str, dict[str, int]] = {
            sparse.VOLUMES: {}, sparse.SNAPSHOTS: {}}

    def setup(self) -> None:
        with sparse.reported('setup of pool in memory'):
            os.close(os.memfd_create('evs-fake'))

    def close(self) -> None:
        with self._mutex:
            for objects in (*self._objects.values(),
                            *self._unmanaged.values()):
                while objects:
                    os.close(objects.popitem()[1])

    def usage(self) -> base.Usage:
        """As its base says; the medium is what memory is available."""
        with sparse.reported('usage'), self._mutex:
            # st_blocks counts units of 512 bytes on Linux.
            stats = [os.fstat(fd)
                     for all_of in (self._objects, self._unmanaged)
                     for objects in all_of.values()
                     for fd in objects.values()]
            used = sum(stat.st_blocks * 512 for stat in stats)
            provisioned = sum(stat.st_size for stat in stats)
            free = _available()
            return base.Usage.within(
                self.capacity_gb, (used, provisioned), used + free, free)

    def recover(self) -> list[str]:
        return []

    def _find(self, kind: str, object_id: str) -> int:
        try:
            return self._objects[kind][object_id]
        except KeyError:
            raise sparse.not_found(kind, object_id) from None

    @contextlib.contextmanager
    def _opened(self, kind: str, object_id: str,
                writable: bool = False) -> abc.Iterator[int]:
        flags = os.O_CLOEXEC | (os.O_RDWR if writable else os.O_RDONLY)
        with self._mutex:
            # Not a duplicate, which would share the file offset. It keeps
            # the bytes when the object is deleted meanwhile.
            fd = os.open(f'/proc/self/fd/{self._find(kind, object_id)}',
                         flags)
        try:
            yield fd
        finally:
            os.close(fd)

    @contextlib.contextmanager
    def _created(self, kind: str, object_id: str) -> abc.Iterator[int]:
        self._require_absent(kind, object_id)
        with self._new_file(object_id) as fd:
            yield fd
            with self._mutex:
                self._require_absent(kind, object_id)
                self._objects[kind][object_id] = os.dup(fd)

    @contextlib.contextmanager
    def _replaced(self, kind: str, object_id: str) -> abc.Iterator[int]:
        self._find(kind, object_id)
        with self._new_file(object_id) as fd:
            yield fd
            with self._mutex:
                # Deleted or extended meanwhile: neither may be undone.
                present = self._find(kind, object_id)
                size = os.fstat(present).st_size
                if size > os.fstat(fd).st_size:
                    os.ftruncate(fd, size)
                self._objects[kind][object_id] = os.dup(fd)
                os.close(present)

    @contextlib.contextmanager
    def _new_file(self, object_id: str) -> abc.Iterator[int]:
        fd = os.memfd_create(object_id)
        try:
            yield fd
        finally:
            os.close(fd)

    def _locked(self) -> contextlib.AbstractContextManager:
        return self._mutex

    def _require_absent(self, kind: str, object_id: str) -> None:
        if object_id in self._objects[kind]:
            raise sparse.exists(kind, object_id)

    def _remove(self, kind: str, object_id: str) -> None:
        with self._mutex:
            fd = self._objects[kind].pop(object_id, None)
            if fd is not None:
                os.close(fd)

    def _outside(self, kind: str) -> list[base.Unmanaged]:
        with self._mutex:
            return [base.Unmanaged(name, os.fstat(fd).st_size)
                    for name, fd in self._unmanaged[kind].items()]

    def _bring_in(self, kind: str, object_id: str, name: str) -> None:
        with self._mutex:
            if name not in self._unmanaged[kind]:
                raise sparse.not_found(f'unmanaged {kind}', name)
            self._require_absent(kind, object_id)
            self._objects[kind][object_id] = self._unmanaged[kind].pop(name)

    def _let_go(self, kind: str, object_id: str, name: str) -> None:
        with self._mutex:
            taken = name in self._unmanaged[kind]
            if taken and object_id not in self._objects[kind]:
                return
            fd = self._find(kind, object_id)
            if taken:
                raise sparse.exists(f'unmanaged {kind}', name)
            del self._objects[kind][object_id]
            self._unmanaged[kind][name] = fd

    def _moved(self, kind: str, object_id: str, other: str) -> None:
        with self._mutex:
            is_there = object_id in self._objects[other]
            if is_there and object_id not in self._objects[kind]:
                return
            fd = self._find(kind, object_id)
            if is_there:
                raise sparse.exists(other, object_id)
            self._objects[other][object_id] = fd
            del self._objects[kind][object_id]

    def begin_move(self, volume_id: str, is_arriving: bool) -> None:
        self._moves[base.checked_id(volume_id)] = is_arriving

    def end_move(self, volume_id: str) -> None:
        self._moves.pop(base.checked_id(volume_id), None)

    def moves(self) -> dict[str, bool]:
        return dict(self._moves)

    def is_alone(self) -> bool:
        return True

    def _path(self, kind: str, object_id: str) -> str:
        with self._mutex:
            return f'/proc/{os.getpid()}/fd/{self._find(kind, object_id)}'

    def _ids(self, kind: str) -> set[str]:
        with self._mutex:
            return set(self._objects[kind])

    def _has(self, kind: str, object_id: str) -> bool:
        return object_id in self._objects[kind]
