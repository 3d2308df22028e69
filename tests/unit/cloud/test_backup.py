# SPDX-License-Identifier: Apache-2.0

import contextlib
import io
import zlib

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
