# SPDX-License-Identifier: Apache-2.0
"""What tests write to and read from sparse files, at the cost of its data."""

import os

from evs_fake.storage import extents

PAGE = 4096


def write(path: str, *pieces: tuple[int, bytes]) -> None:
    """Write pieces (offset, data) as a client would, without a flush."""
    fd = os.open(path, os.O_RDWR)
    try:
        for offset, data in pieces:
            assert os.pwrite(fd, data, offset) == len(data)
    finally:
        os.close(fd)


def read(path: str, offset: int, count: int) -> bytes:
    fd = os.open(path, os.O_RDONLY)
    try:
        return os.pread(fd, count, offset)
    finally:
        os.close(fd)


def size(path: str) -> int:
    return os.stat(path).st_size


def allocated(path: str) -> int:
    return os.stat(path).st_blocks * 512


def data_extents(path: str) -> list[tuple[int, int]]:
    """Where a file has data, in whole pages."""
    fd = os.open(path, os.O_RDONLY)
    try:
        return list(extents.extents(fd, os.fstat(fd).st_size))
    finally:
        os.close(fd)


def content(path: str) -> tuple[int, dict[int, bytes]]:
    """Size, and every page that is not zero: equal iff the bytes are."""
    pages = {}
    for start, end in data_extents(path):
        for offset in range(start - start % PAGE, end, PAGE):
            page = read(path, offset, PAGE)
            if page.strip(b'\0'):
                pages[offset] = page
    return size(path), pages
