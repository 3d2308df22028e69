# SPDX-License-Identifier: Apache-2.0
"""Copies of several files as they were at one moment.

Nobody can be kept from writing to a file that he has open. But a file tells
when it was last written to: copies of files that nobody wrote to since before
the first copy began and until the last one ended are all of one moment.

That takes a time stamp for every write. The kernel gives one for write(2) and
its like, and for memory mappings that were flushed, except those of a memfd.
"""

import errno
import os
import time
from collections.abc import Sequence

from evs_fake.storage import extents

_ATTEMPTS = 10
# linux/time.h: the clock that time stamps are taken from; Python has no name
# for it.
_CLOCK_REALTIME_COARSE = 5
# A fraction of that clock's tick (1 to 10 ms), in seconds.
_PAUSE = 0.001


#: A file's size and the times of its last writes, as of :func:`_stamp`.
Stamp = tuple[int, int, int]


def copy(sources: Sequence[int], targets: Sequence[int],
         attempts: int = _ATTEMPTS) -> list[Stamp]:
    """Make empty files copies of others, all as of one moment.

    :param sources: descriptors, as of :func:`extents.copy`.
    :returns: the sources' stamps of that moment.
    :raises OSError: as of :func:`extents.copy`; EBUSY if somebody wrote to
        a source during each of several attempts.
    """
    for _attempt in range(attempts):
        before = _flushed(sources)
        for source, target in zip(sources, targets, strict=True):
            os.ftruncate(target, 0)
            extents.copy(source, target)
        if before == [_stamp(source) for source in sources]:
            return before
    raise OSError(errno.EBUSY, 'written to all the time')


def _flushed(sources: Sequence[int]) -> list[Stamp]:
    """Stamps that any write from now on changes."""
    for source in sources:
        os.fsync(source)
    while True:
        now = time.clock_gettime_ns(_CLOCK_REALTIME_COARSE)
        stamps = [_stamp(source) for source in sources]
        # A write in the tick of the last one has the same stamp.
        if all(now != changed for *_, changed in stamps):
            return stamps
        time.sleep(_PAUSE)


def _stamp(fd: int) -> Stamp:
    info = os.fstat(fd)
    return info.st_size, info.st_mtime_ns, info.st_ctime_ns
