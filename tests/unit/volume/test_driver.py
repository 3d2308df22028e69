# SPDX-License-Identifier: Apache-2.0
"""Connections, migration and statistics."""

import os
import uuid

from tests.unit import database
from tests.unit.volume import base


class ConnectionTest(base.ManagerTestCase):

    def setUp(self):
        super().setUp()
        self.volume = self.create_volume()
        self.write(self.volume, base.OLD)

    def test_initialize(self):
        connection = self.manager.initialize_connection(
            self.context, self.volume, {'host': 'client'})
        self.assertEqual('local', connection['driver_volume_type'])
        data = connection['data']
        self.assertEqual('unit', data['host'])
        with open(data['device_path'], 'rb') as device:
            self.assertEqual(base.OLD, device.read(len(base.OLD)))

    def test_initialize_snapshot(self):
        snapshot = self.create_snapshot(self.volume)
        self.write(self.volume, base.NEW)
        connection = self.driver.initialize_connection_snapshot(
            snapshot, {'host': 'client'})
        self.assertEqual('unit', connection['data']['host'])
        with open(connection['data']['device_path'], 'rb') as device:
            self.assertEqual(base.OLD, device.read(len(base.OLD)))

    def test_terminate(self):
        for connector in ({'host': 'client'}, None):
            self.manager.terminate_connection(
                self.context, self.volume.id, connector, force=True)
        self.assertEqual(base.OLD, self.read(self.volume))

    def connect(self, host):
        connection = self.manager.initialize_connection(
            self.context, self.volume, {'host': host})
        return open(connection['data']['device_path'], 'r+b', buffering=0)

    def test_attached_twice(self):
        with self.connect('one') as one, self.connect('other') as other:
            one.write(base.NEW)
            self.assertEqual(base.NEW, other.read(len(base.NEW)))
            self.manager.terminate_connection(
                self.context, self.volume.id, {'host': 'one'})
            other.seek(0)
            self.assertEqual(base.NEW, other.read(len(base.NEW)))

    def test_extend_attached(self):
        with self.connect('client') as device:
            self.driver.extend_volume(self.volume, 2)
            device.seek((2 << 30) - 3)
            device.write(b'end')
            device.seek(0)
            self.assertEqual(base.OLD, device.read(len(base.OLD)))
        self.assertEqual(2 << 30, self.engine.volume_size(self.volume.id))

    def test_terminate_snapshot(self):
        snapshot = self.create_snapshot(self.volume)
        for connector in ({'host': 'client'}, None):
            self.driver.terminate_connection_snapshot(
                snapshot, connector, force=True)
        self.assertEqual({snapshot.id}, self.engine.snapshot_ids())


class MigratedVolumeTest(base.ManagerTestCase):
    """A migrated volume's bytes have the id of its ``name_id``."""

    def setUp(self):
        super().setUp()
        self.volume = self.create_volume()
        target = self.create_volume()
        self.write(target, base.OLD)
        update = self.driver.update_migrated_volume(
            self.context, self.volume, target, 'available')
        self.engine.delete_volume(self.volume.id)
        self.name_id = target.id
        self.volume.update(update)
        self.volume.save()
        target.destroy()
        self.assertEqual(self.name_id, self.volume.name_id)

    def test_path(self):
        self.assertEqual(base.OLD, self.read(self.volume))

    def test_snapshot_and_rollback(self):
        snapshot = self.create_snapshot(self.volume)
        self.write(self.volume, base.NEW)
        self.rollback(self.volume, snapshot)
        self.assertEqual('available', self.volume.status)
        self.assertEqual(base.OLD, self.read(self.volume))

    def test_clone(self):
        clone = self.create_volume(source_volid=self.volume.id)
        self.assertEqual(base.OLD, self.read(clone))

    def test_create_under_another_name(self):
        volume = self.create_volume(_name_id=str(uuid.uuid4()))
        snapshot = self.create_snapshot(self.volume)
        restored = self.create_volume(
            _name_id=str(uuid.uuid4()), snapshot_id=snapshot.id)
        self.assertEqual(
            {self.name_id, volume.name_id, restored.name_id},
            self.engine.volume_ids())

    def test_extend(self):
        self.driver.extend_volume(self.volume, 2)
        self.assertEqual(2 << 30, self.engine.volume_size(self.name_id))

    def test_connection(self):
        connection = self.driver.initialize_connection(self.volume, {})
        self.assertEqual(self.engine.volume_path(self.name_id),
                         connection['data']['device_path'])

    def test_delete(self):
        self.driver.delete_volume(self.volume)
        self.assertEqual(set(), self.engine.volume_ids())


class StatisticsTest(base.ManagerTestCase):

    def stats(self):
        stats = self.driver.get_volume_stats(refresh=True)
        pool, = stats['pools']
        return stats, pool

    def test_true_numbers(self):
        volume = self.create_volume(size=3)
        self.write(volume, os.urandom(1 << 20))
        snapshot = self.create_snapshot(volume)
        _stats, pool = self.stats()
        self.assertEqual(6, pool['provisioned_capacity_gb'])
        allocated = sum(
            os.stat(path).st_blocks * 512 for path in (
                self.engine.volume_path(volume.id),
                self.engine.snapshot_path(snapshot.id)))
        self.assertEqual(allocated, pool['allocated_bytes'])
        system = os.statvfs(self.engine.pool_dir)
        self.assertEqual(
            round(system.f_blocks * system.f_frsize / (1 << 30), 3),
            pool['total_capacity_gb'])
        self.assertTrue(
            0 < pool['free_capacity_gb'] <= pool['total_capacity_gb'])

    def test_configured_capacity(self):
        self.engine.capacity_gb = 2
        _stats, pool = self.stats()
        self.assertEqual(2, pool['total_capacity_gb'])
        self.assertTrue(0 <= pool['free_capacity_gb'] <= 2)

    def test_what_the_scheduler_asks_for(self):
        stats, pool = self.stats()
        self.assertEqual('evs', stats['volume_backend_name'])
        self.assertEqual('local', stats['storage_protocol'])
        self.assertEqual(self.driver.VERSION, stats['driver_version'])
        self.assertEqual('evs', pool['pool_name'])
        self.assertEqual('20.0', pool['max_over_subscription_ratio'])
        self.assertEqual(0, pool['reserved_percentage'])
        self.assertTrue(pool['thin_provisioning_support'])

    def test_volumes_are_counted_for_the_pool_on_start(self):
        database.create_volume(host=base.POOL, size=5)
        self.engine.close()
        started = self.start()
        self.assertEqual(
            5, started.stats['pools']['evs']['allocated_capacity_gb'])
