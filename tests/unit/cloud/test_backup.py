# SPDX-License-Identifier: Apache-2.0

import contextlib
import io
import os
import zlib

import fixtures
import testtools
from cinder.backup.drivers import posix

from evs_fake.cloud import backup

BLOCK = 32768


def driver(cls):
    """A driver that keeps its objects, without Cinder's configuration."""
    made = cls.__new__(cls)
    made.sha_block_size_bytes = BLOCK
    made.compressor = zlib
    made.written = {}

    @contextlib.contextmanager
    def write(container, name, extra_metadata=None):
        output = io.BytesIO()
        yield output
        made.written[name] = output.getvalue()

    made._get_object_writer = write
    return made


class PosixBackupDriverTest(testtools.TestCase):
    """Whatever the data, the outcome is that of Cinder's own driver."""

    CHUNKS = (bytes(4 * BLOCK), b'\1' * 4 * BLOCK, bytes(4 * BLOCK),
              bytes(4 * BLOCK - 1) + b'\1', bytes(2 * BLOCK), bytes(100))

    def test_hashes(self):
        theirs = driver(posix.PosixBackupDriver)
        ours = driver(backup.PosixBackupDriver)
        for data in self.CHUNKS:
            self.assertEqual(theirs._calculate_sha(data),
                             ours._calculate_sha(data))

    def test_remembered_hashes_cannot_be_changed(self):
        ours = driver(backup.PosixBackupDriver)
        ours._calculate_sha(bytes(BLOCK)).clear()
        self.assertEqual(1, len(ours._calculate_sha(bytes(BLOCK))))

    def test_objects(self):
        outcomes = []
        for cls in (posix.PosixBackupDriver, backup.PosixBackupDriver):
            made = driver(cls)
            meta = {'prefix': 'volume', 'id': 1, 'list': []}
            offset = 0
            for data in self.CHUNKS:
                made._backup_chunk(None, 'container', data, offset, meta,
                                   None)
                offset += len(data)
            outcomes.append((made.written, meta))
        self.assertEqual(*outcomes)


class RestoreTest(testtools.TestCase):
    """A restored volume has all bytes, and holes for zeros."""

    PIECE = 1024 * 1024

    def setUp(self):
        super().setUp()
        self.path = os.path.join(
            self.useFixture(fixtures.TempDir()).path, 'volume')

    def restore(self, *writes):
        def theirs(_self, _backup, _volume_id, volume_file, volume_is_new):
            self.assertFalse(volume_is_new)
            for offset, data in writes:
                volume_file.seek(offset)
                volume_file.write(data)
                volume_file.flush()
                os.fsync(volume_file.fileno())

        self.useFixture(fixtures.MonkeyPatch(
            'cinder.backup.drivers.posix.PosixBackupDriver.restore', theirs))
        # As cinder-backup opens it.
        with open(self.path, 'wb') as volume:
            driver(backup.PosixBackupDriver).restore(
                None, 'id', volume, volume_is_new=True)
        with open(self.path, 'rb') as volume:
            return volume.read()

    def test_zeros(self):
        size = 3 * self.PIECE + 512
        self.assertEqual(bytes(size), self.restore((0, bytes(size))))
        self.assertEqual(0, os.stat(self.path).st_blocks)

    def test_data_among_zeros(self):
        data = bytes(self.PIECE) + b'x' * 4096 + bytes(3 * self.PIECE)
        self.assertEqual(data, self.restore((0, data)))
        self.assertLess(os.stat(self.path).st_blocks * 512, len(data) / 2)

    def test_zeros_over_data_of_an_earlier_backup(self):
        size = 4 * self.PIECE
        self.assertEqual(
            b'x' * self.PIECE + bytes(2 * self.PIECE) + b'x' * self.PIECE,
            self.restore((0, b'x' * size),
                         (self.PIECE, bytes(2 * self.PIECE))))

    def test_zeros_over_what_is_still_buffered(self):
        self.assertEqual(b'x' * 100 + bytes(self.PIECE - 100), self.restore(
            (0, b'x' * 100), (100, bytes(self.PIECE - 100))))


class BackupTest(testtools.TestCase):
    """What is read of a volume is what it has."""

    CHUNK = 1024 * 1024

    def test_read(self):
        data = (bytes(2 * self.CHUNK) + b'x' * 100 + bytes(3 * self.CHUNK)
                + b'y' + bytes(77))
        path = os.path.join(
            self.useFixture(fixtures.TempDir()).path, 'volume')
        with open(path, 'wb') as volume:
            for offset in (2 * self.CHUNK, len(data) - 78):
                volume.seek(offset)
                volume.write(data[offset:offset + 100])
            volume.truncate(len(data))
        read = []

        def theirs(_self, _backup, volume_file, _backup_metadata):
            while chunk := volume_file.read(self.CHUNK):
                read.append(chunk)
                self.assertEqual(sum(map(len, read)), volume_file.tell())

        self.useFixture(fixtures.MonkeyPatch(
            'cinder.backup.drivers.posix.PosixBackupDriver.backup', theirs))
        with open(path, 'rb') as volume:
            driver(backup.PosixBackupDriver).backup(None, volume)
        self.assertEqual(data, b''.join(read))
        self.assertIs(read[0], read[1])
