# SPDX-License-Identifier: Apache-2.0
"""Copies of sparse files that cost what their data costs, not their size."""

import errno
import fcntl
import os
from collections import abc

# linux/fs.h: _IOW(0x94, 9, int). Python names it only since 3.12.
_FICLONE = getattr(fcntl, 'FICLONE', 0x40049409)
# The kernel copies without regard to signals that are pending: steps of
# this size (bytes) keep a process responsive to them.
_STEP = 64 << 20
_BUFFER = 1 << 20
# By copy_file_range(2), what other calls can still copy.
_NO_COPY_FILE_RANGE = frozenset({
    errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS, errno.EPERM})


def extents(fd: int, size: int) -> abc.Iterator[tuple[int, int]]:
    """Where the first ``size`` bytes of a file have data.

    Moves the descriptor's file offset, so it must not be shared.

    :returns: pairs of a first byte and the one behind the last.
    """
    end = 0
    while end < size:
        try:
            start = os.lseek(fd, end, os.SEEK_DATA)
        except OSError as error:
            # By lseek(2): the rest of the file is a hole.
            if error.errno == errno.ENXIO:
                return
            raise
        if start >= size:
            return
        end = min(os.lseek(fd, start, os.SEEK_HOLE), size)
        yield start, end


def copy(source: int, target: int) -> None:
    """Make an empty file a copy of another: same bytes, size and holes.

    Shares the blocks where the file system can (``FICLONE``, which is also
    atomic against writers), else copies the extents that hold data.

    :param source: descriptor open for reading, not shared.
    :param target: descriptor open for reading and writing, of an empty
        file. It is not flushed.
    :raises OSError: as the system calls do; EIO if the source shrinks.
    """
    # The page cache is coherent for reads, but not every file system knows
    # of a block that is dirty and not yet allocated when it is asked where
    # data is (FUSE with write-back, early OpenZFS 2.2): flushed, they all
    # do. It also keeps a crash from leaving a volume that is older than
    # its snapshot.
    os.fsync(source)
    try:
        fcntl.ioctl(target, _FICLONE, source)
        return
    except OSError:
        # File systems differ in how they say that they cannot; if the
        # cause is another, the copy meets it again and reports it.
        pass
    size = os.fstat(source).st_size
    os.ftruncate(target, size)
    in_kernel = True
    for start, end in extents(source, size):
        if in_kernel:
            start = _copy_in_kernel(source, target, start, end)
            in_kernel = start == end
        _copy_through_buffer(source, target, start, end)


def _copy_in_kernel(source: int, target: int, start: int, end: int) -> int:
    """Returns how far it came: short of ``end``, use another way."""
    while start < end:
        try:
            count = os.copy_file_range(
                source, target, min(end - start, _STEP), start, start)
        except OSError as error:
            if error.errno in _NO_COPY_FILE_RANGE:
                break
            raise
        # Some file systems claim an end of file where there are data.
        if not count:
            break
        start += count
    return start


def _copy_through_buffer(source: int, target: int, start: int,
                         end: int) -> None:
    while start < end:
        data = os.pread(source, min(end - start, _BUFFER), start)
        if not data:
            raise OSError(errno.EIO, 'the source became shorter')
        start += os.pwrite(target, data, start)
