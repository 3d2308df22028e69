# SPDX-License-Identifier: Apache-2.0
"""What is in volumes, in snapshots and in backups.

A content is a set of places and what was written there, by number: all else
reads as zeros. It is compared by the checksum of every page that is not zero.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import pathlib
import random

import zstd

PAGE = 4096
#: Bytes of what is written at a time: more than one page.
BLOCK = 3 * PAGE
GIB = 1 << 30
#: Where it is written in a volume of 1 GiB: its ends, and between.
PLACES = (0, 64 * BLOCK, 40_000 * BLOCK, GIB // BLOCK * BLOCK - BLOCK)

#: Numbers by place.
Content = frozenset[tuple[int, int]]
EMPTY: Content = frozenset()
#: Checksum by offset, of each page that is not zero.
Pages = dict[int, bytes]


@functools.lru_cache(maxsize=4096)
def _block(number: int) -> bytes:
    return random.Random(number).randbytes(BLOCK)


def write(path: pathlib.Path, place: int, number: int) -> None:
    """Write a block as an attached client does, and flush it."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(descriptor, _block(number), place)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def changed(content: Content, place: int, number: int) -> Content:
    """A content after a :func:`write`."""
    return frozenset((dict(content) | {place: number}).items())


def pages(content: Content) -> Pages:
    """What a content should read as."""
    found: Pages = {}
    for place, number in content:
        _sum(_block(number), place, found)
    return found


def read(path: pathlib.Path) -> Pages:
    """What a file reads as; costs what its data cost."""
    found: Pages = {}
    descriptor = os.open(path, os.O_RDONLY)
    try:
        size, end = os.fstat(descriptor).st_size, 0
        while end < size:
            try:
                start = os.lseek(descriptor, end, os.SEEK_DATA)
            except OSError:
                break
            end = os.lseek(descriptor, start, os.SEEK_HOLE)
            start -= start % PAGE
            _sum(os.pread(descriptor, end - start, start), start, found)
    finally:
        os.close(descriptor)
    return found


def read_backup(store: pathlib.Path, containers: list[str]) -> Pages:
    """What a backup would be restored as, without restoring it.

    Every object is there and has the checksum of the backup's own record.

    :param containers: of it and of those it is an increment of, the first
        one first.
    :raises AssertionError: it is not whole.
    """
    found: Pages = {}
    for container in containers:
        directory = store / container
        record, = directory.glob('*_metadata')
        for entry in json.loads(record.read_text())['objects']:
            (name, stored), = entry.items()
            offset, length = stored['offset'], stored['length']
            path = directory / name
            if not path.exists():
                raise AssertionError('object %s is missing' % path)
            for place in [each for each in found
                          if offset <= each < offset + length]:
                del found[place]
            if stored['md5'] == _md5_of_zeros(length):
                continue
            data = path.read_bytes()
            if stored['compression'] == 'zstd':
                data = zstd.decompress(data)
            if hashlib.md5(data).hexdigest() != stored['md5']:
                raise AssertionError('object %s has other bytes' % path)
            _sum(data, offset, found)
    return found


def _sum(data: bytes, offset: int, found: Pages) -> None:
    zeros = bytes(PAGE)
    for start in range(0, len(data), PAGE):
        page = data[start:start + PAGE]
        if page != zeros[:len(page)]:
            found[offset + start] = hashlib.sha256(page).digest()


@functools.lru_cache(maxsize=64)
def _md5_of_zeros(length: int) -> str:
    return hashlib.md5(bytes(length)).hexdigest()
