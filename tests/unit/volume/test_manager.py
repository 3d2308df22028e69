# SPDX-License-Identifier: Apache-2.0
"""Volumes and snapshots under Cinder's manager: statuses and bytes."""

from cinder import exception as cinder_exception
from cinder import objects

from evs_fake import exception
from tests.unit.volume import base

FAIL = {'evs_fake:volume-create': 'fail',
        'evs_fake:volume-delete': 'fail',
        'evs_fake:volume-extend': 'fail',
        'evs_fake:snapshot-create': 'fail',
        'evs_fake:snapshot-delete': 'fail'}


class VolumeTest(base.ManagerTestCase):

    def test_create(self):
        volume = self.create_volume(size=2)
        self.assertEqual('available', volume.status)
        self.assertEqual(2 << 30, self.engine.volume_size(volume.id))

    def test_failed_creation(self):
        self.assertRaises(exception.InjectedFailure,
                          self.create_volume, metadata=FAIL)
        volumes = objects.VolumeList.get_all(self.admin)
        self.assertEqual(['error'], [each.status for each in volumes])
        self.assertEqual(set(), self.engine.volume_ids())

    def test_create_from_snapshot(self):
        source = self.create_volume()
        self.write(source, base.OLD)
        snapshot = self.create_snapshot(source)
        self.write(source, base.NEW)
        volume = self.create_volume(snapshot_id=snapshot.id, size=2)
        self.assertEqual(base.OLD, self.read(volume))
        self.assertEqual(2 << 30, self.engine.volume_size(volume.id))

    def test_clone(self):
        source = self.create_volume()
        self.write(source, base.OLD)
        volume = self.create_volume(source_volid=source.id, size=2)
        self.write(source, base.NEW)
        self.assertEqual(base.OLD, self.read(volume))
        self.assertEqual(2 << 30, self.engine.volume_size(volume.id))

    def test_extend(self):
        volume = self.create_volume()
        self.write(volume, base.OLD)
        self.extend(volume, 3)
        self.assertEqual(('available', 3), (volume.status, volume.size))
        self.assertEqual(3 << 30, self.engine.volume_size(volume.id))
        self.assertEqual(base.OLD, self.read(volume))

    def test_failed_extension(self):
        volume = self.create_volume()
        self.put_faults(volume)
        self.extend(volume, 3)
        self.assertEqual(('error_extending', 1),
                         (volume.status, volume.size))
        self.assertEqual(1 << 30, self.engine.volume_size(volume.id))

    def extend(self, volume, size):
        volume.status = 'extending'
        volume.save()
        self.manager.extend_volume(self.context, volume, size, [])
        volume.refresh()

    def put_faults(self, volume):
        volume.metadata = FAIL
        volume.save()

    def test_delete(self):
        volume = self.create_volume()
        self.manager.delete_volume(self.context, volume)
        self.assertRaises(cinder_exception.VolumeNotFound, volume.refresh)
        self.assertEqual(set(), self.engine.volume_ids())

    def test_delete_what_has_no_bytes(self):
        volume = self.create_volume()
        self.engine.delete_volume(volume.id)
        self.manager.delete_volume(self.context, volume)
        self.assertRaises(cinder_exception.VolumeNotFound, volume.refresh)

    def test_failed_deletion(self):
        volume = self.create_volume()
        self.put_faults(volume)
        self.assertRaises(exception.InjectedFailure,
                          self.manager.delete_volume, self.context, volume)
        volume.refresh()
        self.assertEqual('error_deleting', volume.status)
        self.assertEqual({volume.id}, self.engine.volume_ids())


class SnapshotTest(base.ManagerTestCase):

    def setUp(self):
        super().setUp()
        self.volume = self.create_volume()

    def test_create(self):
        snapshot = self.create_snapshot(self.volume)
        self.assertEqual(('available', '100%'),
                         (snapshot.status, snapshot.progress))
        self.assertEqual({snapshot.id}, self.engine.snapshot_ids())

    def test_failed_creation(self):
        self.assertRaises(exception.InjectedFailure, self.create_snapshot,
                          self.volume, metadata=FAIL)
        snapshots = objects.SnapshotList.get_all(self.admin, {})
        self.assertEqual(['error'], [each.status for each in snapshots])
        self.assertEqual(set(), self.engine.snapshot_ids())

    def test_delete(self):
        snapshot = self.create_snapshot(self.volume)
        self.manager.delete_snapshot(self.context, snapshot)
        self.assertRaises(cinder_exception.SnapshotNotFound,
                          snapshot.refresh)
        self.assertEqual(set(), self.engine.snapshot_ids())

    def test_delete_what_has_no_bytes(self):
        snapshot = self.create_snapshot(self.volume)
        self.engine.delete_snapshot(snapshot.id)
        self.manager.delete_snapshot(self.context, snapshot)
        self.assertRaises(cinder_exception.SnapshotNotFound,
                          snapshot.refresh)

    def test_failed_deletion(self):
        snapshot = self.create_snapshot(self.volume)
        snapshot.metadata = FAIL
        snapshot.save()
        self.assertRaises(
            exception.InjectedFailure,
            self.manager.delete_snapshot, self.context, snapshot)
        snapshot.refresh()
        self.assertEqual('error_deleting', snapshot.status)
        self.assertEqual({snapshot.id}, self.engine.snapshot_ids())

    def test_system_snapshot_is_deleted_past_its_volumes_fault(self):
        # Else a backup would leave it behind.
        self.volume.metadata = {'evs_fake:snapshot-delete': 'fail'}
        self.volume.save()
        name = 'autobk_snapshot_vbs_12345678'
        system = self.create_snapshot(
            self.volume, use_quota=False, display_name=name)
        self.manager.delete_snapshot(self.context, system)
        tenants = self.create_snapshot(self.volume, display_name=name)
        self.assertRaises(
            exception.InjectedFailure,
            self.manager.delete_snapshot, self.context, tenants)
        self.assertEqual({tenants.id}, self.engine.snapshot_ids())
