# SPDX-License-Identifier: Apache-2.0
"""Cinder's posix backup driver, with less work for zeros.

Volumes of a fake cloud are nearly all zeros, and Cinder hashes every one of
them twice and compresses it: tens of seconds for a few GiB on a laptop.
Objects and metadata are what Cinder's driver would write, byte for byte;
either restores what the other backed up.
"""

import functools
import hashlib
from typing import Any

from cinder.backup.drivers import posix


@functools.lru_cache(maxsize=2)
def _zeros(length: int) -> bytes:
    # Never written to, so the kernel backs it by its one page of zeros.
    return bytes(length)


def _is_zero(data: bytes) -> bool:
    return data == _zeros(len(data))


@functools.lru_cache(maxsize=8)
def _md5(length: int) -> str:
    return hashlib.md5(_zeros(length), usedforsecurity=False).hexdigest()


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
