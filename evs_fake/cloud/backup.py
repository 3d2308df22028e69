# SPDX-License-Identifier: Apache-2.0
"""Cinder's posix backup driver, with less work for zeros.

Volumes of a fake cloud are nearly all zeros, and Cinder hashes every one of
them twice and compresses it, and writes them all when it restores: tens of
seconds for a few GiB on a laptop. Objects and metadata are what Cinder's
driver would write, byte for byte; either restores what the other backed up.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import os
import stat
from typing import Any
from typing import BinaryIO

from cinder import interface
from cinder import objects
from cinder.backup.drivers import posix

#: Bytes that a restored volume has or has not, as a whole.
_PIECE = 1024 * 1024


@functools.lru_cache(maxsize=4)
def _zeros(length: int) -> bytes:
    # Never written to, so the kernel backs it by its one page of zeros.
    return bytes(length)


def _is_zero(data: bytes) -> bool:
    zeros = _zeros(len(data))
    return data is zeros or data == zeros


@functools.lru_cache(maxsize=8)
def _md5(length: int) -> str:
    return hashlib.md5(_zeros(length), usedforsecurity=False).hexdigest()


class _SparseReader:
    """A volume that is being backed up: holes cost no reading."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._position = 0

    def tell(self) -> int:
        return self._position

    def read(self, size: int) -> bytes:
        left = os.fstat(self._descriptor).st_size - self._position
        size = max(0, min(size, left))
        if _has_data(self._descriptor, self._position, size):
            data = os.pread(self._descriptor, size, self._position)
        else:
            data = _zeros(size)
        self._position += len(data)
        return data


class _SparseWriter:
    """A volume that is being restored: zeros stay holes where it has some."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._position = self._end = 0

    def seek(self, offset: int) -> None:
        self._position = offset

    def write(self, data: bytes) -> None:
        # Bytes, since memoryviews are compared item by item.
        for piece in (data[start:start + _PIECE]
                      for start in range(0, len(data), _PIECE)):
            # What is buffered would be written to where a look moves to.
            self.flush()
            if not _is_zero(piece) or _has_data(
                    self.fileno(), self._position, len(piece)):
                self._file.seek(self._position)
                self._file.write(piece)
            self._position += len(piece)
        self._end = max(self._end, self._position)

    def flush(self) -> None:
        self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()

    def finish(self) -> None:
        """Have a file be as long as if its last zeros had been written."""
        self.flush()
        found = os.fstat(self.fileno())
        if stat.S_ISREG(found.st_mode) and found.st_size < self._end:
            os.ftruncate(self.fileno(), self._end)
            os.fsync(self.fileno())


def _has_data(descriptor: int, offset: int, length: int) -> bool:
    """Whether there may be data; moves the descriptor's offset."""
    try:
        start = os.lseek(descriptor, offset, os.SEEK_DATA)
    except OSError as error:
        # No data from here on; anything else is as good as data.
        return error.errno != errno.ENXIO
    return start < offset + length


@interface.backupdriver
class PosixBackupDriver(posix.PosixBackupDriver):
    """Backs up to a directory, as its base class.

    Cinder makes a driver for every backup: what zeros give is remembered on
    the class, by length. The compression does not change in a process.
    """

    _hashes: dict[tuple[int, int], list[str]] = {}
    _outputs: dict[int, tuple[str, bytes]] = {}

    def _calculate_sha(self, data: bytes) -> list[str]:
        if not _is_zero(data):
            return super()._calculate_sha(data)
        key = (len(data), self.sha_block_size_bytes)
        if key not in self._hashes:
            self._hashes[key] = super()._calculate_sha(data)
        return list(self._hashes[key])

    def _prepare_output_data(self, data: bytes) -> tuple[str, bytes]:
        if not _is_zero(data):
            return super()._prepare_output_data(data)
        if len(data) not in self._outputs:
            self._outputs[len(data)] = super()._prepare_output_data(data)
        return self._outputs[len(data)]

    def _backup_chunk(self, backup: Any, container: str, data: bytes,
                      data_offset: int, object_meta: dict[str, Any],
                      extra_metadata: Any) -> None:
        if not _is_zero(data):
            super()._backup_chunk(backup, container, data, data_offset,
                                  object_meta, extra_metadata)
            return
        # The base class leaves no room for another MD5 in here.
        name = '%s-%05d' % (object_meta['prefix'], object_meta['id'])
        algorithm, output = self._prepare_output_data(data)
        with self._get_object_writer(
                container, name, extra_metadata=extra_metadata) as writer:
            writer.write(output)
        object_meta['list'].append({name: {
            'offset': data_offset, 'length': len(data),
            'compression': algorithm, 'md5': _md5(len(data))}})
        object_meta['id'] += 1

    def backup(self, backup: objects.Backup, volume_file: BinaryIO,
               backup_metadata: bool = True) -> dict[str, Any] | None:
        """Back up a volume, or what has changed since another backup."""
        descriptor = volume_file.fileno()
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            volume_file = _SparseReader(descriptor)
        return super().backup(backup, volume_file, backup_metadata)

    def restore(self, backup: objects.Backup, volume_id: str,
                volume_file: BinaryIO, volume_is_new: bool) -> None:
        """Restore a backup, with those it is an increment of.

        Cinder itself leaves the last zeros of a new volume out, and the
        volume's file too short.
        """
        sparse = _SparseWriter(volume_file)
        super().restore(backup, volume_id, sparse, volume_is_new=False)
        sparse.finish()
