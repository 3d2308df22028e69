# SPDX-License-Identifier: Apache-2.0
"""openstacksdk, with nothing but what ``evs-fake openrc`` sets."""

import os

import fixtures
import openstack

from evs_fake import states
from tests.functional import shell

OLD = b'old bytes ' * 1000
NEW = b'new bytes ' * 1000


class TestSDK(shell.ShellTestCase):

    def setUp(self):
        super().setUp()
        for name in {*os.environ, *self.environment}:
            if name.startswith('OS_'):
                self.useFixture(fixtures.EnvironmentVariable(
                    name, self.environment.get(name)))
        self.connection = openstack.connect()
        self.addCleanup(self.connection.close)
        self.storage = self.connection.block_storage

    def until_available(self, resource):
        # Its own waiting believes what the resource was when last fetched.
        resource = resource.fetch(self.storage)
        return self.storage.wait_for_status(
            resource, 'available', interval=0.1)

    def test_volume(self):
        volume = self.until_available(
            self.storage.create_volume(size=1, name='disk'))
        self.assertEqual([volume.id], [v.id for v in self.storage.volumes()])
        self.assertEqual(volume.id, self.storage.find_volume('disk').id)
        self.storage.update_volume(volume, name='data')
        self.storage.extend_volume(volume, 2)
        self.until_available(volume)
        volume = self.storage.get_volume(volume.id)
        self.assertEqual(('data', 2), (volume.name, volume.size))
        self.storage.delete_volume(volume)
        self.storage.wait_for_delete(volume, interval=0.1)

    def test_snapshot(self):
        volume = self.until_available(self.storage.create_volume(size=1))
        self.write(volume, OLD)
        snapshot = self.until_available(self.storage.create_snapshot(
            volume_id=volume.id, name='before'))
        self.write(volume, NEW)
        restored = self.until_available(self.storage.create_volume(
            size=1, snapshot_id=snapshot.id))
        self.assertEqual(OLD, self.read(restored, len(OLD)))
        self.storage.revert_volume_to_snapshot(volume, snapshot)
        self.until_available(volume)
        self.assertEqual(OLD, self.read(volume, len(OLD)))
        self.until_available(snapshot)
        self.storage.delete_snapshot(snapshot)
        self.storage.wait_for_delete(snapshot, interval=0.1)

    def test_snapshot_statuses(self):
        snapshot = self.create_snapshot(self.create_volume())
        for status in states.SNAPSHOT_STATUSES:
            self.storage.reset_snapshot_status(snapshot.id, status)
            self.assertEqual(
                status, self.storage.get_snapshot(snapshot.id).status)
            [listed] = self.storage.snapshots(status=status)
            self.assertEqual((snapshot.id, status),
                             (listed.id, listed.status))

    def test_backup(self):
        volume = self.until_available(
            self.storage.create_volume(size=1, name='disk'))
        self.write(volume, OLD)
        backup = self.until_available(
            self.storage.create_backup(volume_id=volume.id, name='full'))
        self.write(volume, NEW)
        self.storage.restore_backup(backup, volume_id=volume.id)
        self.until_available(backup)
        self.until_available(volume)
        self.assertEqual(OLD, self.read(volume, len(OLD)))
        self.storage.delete_backup(backup)
        self.storage.wait_for_delete(backup, interval=0.1)

    def test_cloud_layer(self):
        """What Ansible's modules are made of."""
        volume = self.connection.create_volume(1, name='disk', wait=True)
        self.assertEqual('available', volume.status)
        snapshot = self.connection.create_volume_snapshot(
            volume.id, wait=True)
        self.assertEqual('available', snapshot.status)
        self.assertTrue(self.connection.delete_volume_snapshot(
            snapshot.id, wait=True))
        self.assertTrue(self.connection.delete_volume('disk', wait=True))

    def test_cloud_by_name(self):
        connection = openstack.connect(cloud='evs-fake')
        self.addCleanup(connection.close)
        volume = self.create_volume()
        self.assertEqual(
            [volume.id], [v.id for v in connection.block_storage.volumes()])

    def test_highest_microversion(self):
        self.storage.default_microversion = (
            self.environment['OS_VOLUME_API_VERSION'])
        volume = self.until_available(self.storage.create_volume(size=1))
        snapshot = self.until_available(
            self.storage.create_snapshot(volume_id=volume.id))
        self.assertEqual([snapshot.id],
                         [each.id for each in self.storage.snapshots()])
