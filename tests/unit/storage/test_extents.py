# SPDX-License-Identifier: Apache-2.0

import errno
import fcntl
import os

import fixtures
import testtools

from evs_fake.storage import extents
from tests.unit.storage import sparsefile


def failing(target, code):
    def call(*_):
        raise OSError(code, os.strerror(code))

    return fixtures.MonkeyPatch(target, call)


class CopyTest(testtools.TestCase):
    """Small files of sizes that are no multiple of anything."""

    #: Size and pieces: the shapes in which a copy can go wrong.
    SHAPES = {
        'empty': (0, []),
        'one byte': (1, [(0, b'x')]),
        'only a hole': (1_000_003, []),
        'only data': (10_001, [(0, bytes(range(251)) * 39 + b'x' * 212)]),
        'leading hole': (300_001, [(200_000, b'x' * 100_001)]),
        'trailing hole': (300_001, [(0, b'x' * 5)]),
        'holes between': (9_000_001, [(3, b'a'), (1_000_000, b'b' * 70_001),
                                      (5_000_001, b'c' * 4095)]),
        'very end': (9_000_001, [(9_000_000, b'e')]),
    }

    def setUp(self):
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).path

    def new_file(self, name, size, pieces):
        path = os.path.join(self.directory, name)
        with open(path, 'wb') as file:
            file.truncate(size)
        sparsefile.write(path, *pieces)
        return path

    def copy(self, source):
        target = source + '.copy'
        with open(source, 'rb') as read, open(target, 'w+b') as written:
            extents.copy(read.fileno(), written.fileno())
        return target

    def assertCopies(self):
        for shape, (size, pieces) in self.SHAPES.items():
            source = self.new_file(shape, size, pieces)
            target = self.copy(source)
            with open(source, 'rb') as read, open(target, 'rb') as written:
                self.assertEqual(read.read(), written.read(), shape)
            self.assertEqual(sparsefile.data_extents(source),
                             sparsefile.data_extents(target), shape)

    def refuse(self, target, code):
        """Have a system call fail."""
        self.useFixture(failing(target, code))

    def test_as_the_file_system_can(self):
        self.assertCopies()

    def test_without_reflinks(self):
        for code in (errno.EOPNOTSUPP, errno.ENOTTY, errno.EINVAL,
                     errno.EXDEV, errno.EPERM, errno.EAGAIN):
            self.refuse('fcntl.ioctl', code)
            self.assertCopies()

    def test_without_copy_file_range(self):
        self.refuse('fcntl.ioctl', errno.EOPNOTSUPP)
        for code in (errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP,
                     errno.ENOSYS, errno.EPERM):
            self.refuse('os.copy_file_range', code)
            self.assertCopies()

    def test_copy_file_range_ends_early(self):
        self.refuse('fcntl.ioctl', errno.EOPNOTSUPP)
        self.useFixture(fixtures.MonkeyPatch(
            'os.copy_file_range', lambda *_: 0))
        self.assertCopies()

    def test_copy_file_range_fails_half_way(self):
        self.refuse('fcntl.ioctl', errno.EOPNOTSUPP)
        real = os.copy_file_range
        copied, refused = [], []

        def one_page_then_fail(source, target, count, start, _):
            if start - 4096 in copied:
                refused.append(start)
                raise OSError(errno.EXDEV, 'no more')
            copied.append(start)
            return real(source, target, min(count, 4096), start, start)

        self.useFixture(fixtures.MonkeyPatch(
            'os.copy_file_range', one_page_then_fail))
        self.assertCopies()
        self.assertIn(4096, refused)

    def test_short_copies(self):
        self.refuse('fcntl.ioctl', errno.EOPNOTSUPP)
        real = os.copy_file_range
        self.useFixture(fixtures.MonkeyPatch(
            'os.copy_file_range',
            lambda source, target, count, *offsets: real(
                source, target, min(count, 1777), *offsets)))
        self.assertCopies()

    def test_short_reads_and_writes(self):
        self.refuse('fcntl.ioctl', errno.EOPNOTSUPP)
        self.refuse('os.copy_file_range', errno.EXDEV)
        pread, pwrite = os.pread, os.pwrite
        for target, call in (
                ('os.pread', lambda fd, count, at: pread(
                    fd, min(count, 1777), at)),
                ('os.pwrite', lambda fd, data, at: pwrite(
                    fd, data[:701], at))):
            self.useFixture(fixtures.MonkeyPatch(target, call))
        for shape, (size, pieces) in self.SHAPES.items():
            source = self.new_file(shape, size, [])
            with open(source, 'r+b') as file:
                for offset, data in pieces:
                    file.seek(offset)
                    file.write(data)
            with open(self.copy(source), 'rb') as written:
                with open(source, 'rb') as read:
                    self.assertEqual(read.read(), written.read(), shape)

    def test_with_reflinks(self):
        # No common test machine has a file system that can: what matters
        # is the request, and that nothing is copied after it.
        requests = []

        def clone(target, request, source):
            requests.append(request)
            os.pwrite(target, os.pread(source, 1 << 20, 0), 0)
            return 0

        self.useFixture(fixtures.MonkeyPatch('fcntl.ioctl', clone))
        self.refuse('os.copy_file_range', errno.EIO)
        self.refuse('os.lseek', errno.EIO)
        source = self.new_file('source', 10_001, [(10_000, b'x')])
        with open(self.copy(source), 'rb') as file:
            self.assertEqual(bytes(10_000) + b'x', file.read())
        # The value of FICLONE in linux/fs.h.
        self.assertEqual([getattr(fcntl, 'FICLONE', 0x40049409)], requests)

    def test_other_failures_are_reported(self):
        source = self.new_file('source', 10_001, [(10_000, b'x')])
        self.refuse('fcntl.ioctl', errno.EOPNOTSUPP)
        for call in ('os.copy_file_range', 'os.lseek', 'os.ftruncate',
                     'os.fsync'):
            with failing(call, errno.ENOSPC):
                error = self.assertRaises(OSError, self.copy, source)
                self.assertEqual(errno.ENOSPC, error.errno)

    def test_source_that_becomes_shorter(self):
        source = self.new_file('source', 10_001, [(0, b'x' * 10_001)])
        self.refuse('fcntl.ioctl', errno.EOPNOTSUPP)

        def shorten(*_):
            os.truncate(source, 5000)
            return 0

        self.useFixture(fixtures.MonkeyPatch('os.copy_file_range', shorten))
        error = self.assertRaises(OSError, self.copy, source)
        self.assertEqual(errno.EIO, error.errno)

    def test_large_extents_are_copied_in_steps(self):
        self.refuse('fcntl.ioctl', errno.EOPNOTSUPP)
        counts = []

        def count_only(source, target, count, *_):
            counts.append(count)
            return count

        self.useFixture(fixtures.MonkeyPatch(
            'os.copy_file_range', count_only))
        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.storage.extents.extents',
            lambda fd, size: iter([(0, size)])))
        source = self.new_file('source', 200 << 20, [])
        self.copy(source)
        self.assertEqual([64 << 20] * 3 + [8 << 20], counts)
