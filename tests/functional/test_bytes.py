# SPDX-License-Identifier: Apache-2.0
"""Bytes that a client wrote survive what is done to volume and snapshot."""

import os

from tests.functional import base
from tests.functional import cloud

GIB = 1 << 30
#: Where the pattern is: at the start, at odd places, at the very end.
PLACES = (0, 4097, 300_000_001, GIB - 8192)


class TestBytes(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        self.pattern = os.urandom(8192)
        self.volume = self.create_volume()
        self.fill(self.volume, self.pattern)

    def fill(self, volume, data):
        for place in PLACES:
            self.write(volume, data, offset=place)

    def assert_filled(self, volume, data=None):
        """The pattern is where it belongs, and nothing but zeros besides."""
        data = data or self.pattern
        for place, following in zip(
                PLACES, (*PLACES[1:], GIB), strict=True):
            end = min(place + len(data), following)
            self.assertEqual(data[:end - place],
                             self.read(volume, end - place, offset=place))
            gap = min(following - end, 65536)
            self.assertEqual(bytes(gap), self.read(volume, gap, offset=end))

    def test_rollback_to_newest_and_older(self):
        older = self.create_snapshot(self.volume)
        second = os.urandom(8192)
        self.fill(self.volume, second)
        newest = self.create_snapshot(self.volume)
        self.fill(self.volume, os.urandom(8192))
        for snapshot, data in ((newest, second), (older, self.pattern)):
            self.assertEqual(
                202, self.rollback(snapshot, self.volume).status_code)
            self.wait_for(self.cinder.volumes, self.volume, 'available')
            self.assert_filled(self.volume, data)

    def test_clone(self):
        clone = self.create_volume(2, source_volid=self.volume.id)
        self.fill(self.volume, os.urandom(8192))
        self.assert_filled(clone)
        self.assertEqual(bytes(4096), self.read(clone, 4096, offset=GIB))

    def test_volume_from_snapshot(self):
        snapshot = self.create_snapshot(self.volume)
        self.fill(self.volume, os.urandom(8192))
        volume = self.create_volume(2, snapshot_id=snapshot.id)
        self.assert_filled(volume)
        self.cinder.volume_snapshots.delete(snapshot)
        self.wait_gone(self.cinder.volume_snapshots, snapshot)
        self.assert_filled(volume)

    def test_snapshot_of_volume_in_use(self):
        attachment = self.cinder.attachments.create(
            self.volume.id, {}, None)
        self.cinder.attachments.complete(attachment['id'])
        self.wait_for(self.cinder.volumes, self.volume, 'in-use')
        snapshot = self.create_snapshot(self.volume)
        self.assert_filled(self.create_volume(snapshot_id=snapshot.id))
        self.cinder.attachments.delete(attachment['id'])

    def test_backup_and_restore(self):
        backup = self.cinder.backups.create(self.volume.id)
        self.wait_for(self.cinder.backups, backup, 'available')
        self.fill(self.volume, os.urandom(8192))
        restore = self.cinder.restores.restore(backup.id)
        self.wait_for(self.cinder.backups, backup, 'available')
        restored = self.wait_for(
            self.cinder.volumes,
            self.cinder.volumes.get(restore.volume_id), 'available')
        self.assert_filled(restored)
        self.cinder.restores.restore(backup.id, self.volume.id)
        self.wait_for(self.cinder.volumes, self.volume, 'available')
        self.assert_filled(self.volume)

    def test_nothing_of_a_deleted_volume_is_readable(self):
        self.cinder.volumes.delete(self.volume)
        self.wait_gone(self.cinder.volumes, self.volume)
        fresh = self.create_volume()
        for place in PLACES:
            self.assertEqual(bytes(8192), self.read(fresh, 8192, place))


class TestRestart(base.CloudTestCase):
    """Needs a cloud of its own: the shared one is not restarted."""

    def make_cloud(self):
        own = self.useFixture(cloud.CloudFixture()).cloud
        own.start()
        return own

    def test_bytes_survive(self):
        volume = self.create_volume()
        pattern = os.urandom(8192)
        self.write(volume, pattern)
        snapshot = self.create_snapshot(volume)
        self.write(volume, os.urandom(8192))
        self.assertEqual(0, self.cloud.stop())
        self.cloud.start()
        self.cinder = self.cloud.client(self.project)
        self.assertEqual(202, self.rollback(snapshot, volume).status_code)
        self.wait_for(self.cinder.volumes, volume, 'available')
        self.assertEqual(pattern, self.read(volume, len(pattern)))
        self.cloud.kill()
        self.cloud.start()
        self.assertEqual(pattern, self.read(volume, len(pattern)))
