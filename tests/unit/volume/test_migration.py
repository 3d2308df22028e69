# SPDX-License-Identifier: Apache-2.0
"""Volumes that move between pools, and back ends of several pools."""

import os
from unittest import mock

import fixtures
from cinder import objects
from cinder.volume import manager

from evs_fake import exception
from evs_fake.storage import file
from evs_fake.volume import pools
from tests.unit import database
from tests.unit.volume import base


class MigrationTest(base.ManagerTestCase):

    def setUp(self):
        super().setUp()
        self.other = file.FileEngine(
            self.useFixture(fixtures.TempDir()).join('pool'))
        self.other.setup()
        self.addCleanup(self.other.close)
        objects.Service(
            self.admin, host='unit@other', binary='cinder-volume',
            topic='cinder-volume').create()
        self.volume = self.create_volume(size=2)
        self.write(self.volume, base.OLD)

    def host(self, **capabilities):
        return {'host': 'unit@other#other', 'capabilities': {
            'location_info': self.driver._location(self.other),
            **capabilities}}

    def migrate(self, host):
        self.volume.migration_status = 'starting'
        self.volume.save()
        try:
            self.manager.migrate_volume(self.context, self.volume, host)
        finally:
            self.volume.refresh()

    def assert_untouched(self):
        self.assertEqual(base.POOL, self.volume.host)
        self.assertEqual(base.OLD, self.read(self.volume))

    def test_migrate(self):
        self.migrate(self.host())
        self.assertEqual(
            ('unit@other#other', 'success', 'available'),
            (self.volume.host, self.volume.migration_status,
             self.volume.status))
        self.assertEqual(set(), self.engine.volume_ids())
        with open(self.other.volume_path(self.volume.name_id), 'rb') as made:
            self.assertEqual(base.OLD, made.read(base.SIZE))
        self.assertEqual(2 << 30, self.other.volume_size(self.volume.id))

    def test_failed_copy(self):
        with mock.patch('evs_fake.storage.extents.copy',
                        side_effect=OSError(28, 'full')):
            self.assertRaises(exception.StorageError, self.migrate,
                              self.host())
        self.assertEqual('error', self.volume.migration_status)
        self.assert_untouched()
        self.assertEqual(set(), self.other.volume_ids())

    def refuse_to_delete(self):
        """As a pool that became read-only meanwhile."""
        return mock.patch.object(
            type(self.engine), 'delete_volume',
            side_effect=exception.StorageError(data='read-only'))

    def report(self):
        """What cinder-volume does once a minute."""
        self.driver.get_volume_stats(refresh=True)

    def test_old_pool_that_keeps_the_bytes(self):
        """The database knows the new place: what is left goes later."""
        with self.refuse_to_delete():
            self.migrate(self.host())
            self.report()
        self.assertEqual(
            ('unit@other#other', 'success'),
            (self.volume.host, self.volume.migration_status))
        for engine in (self.engine, self.other):
            self.assertEqual({self.volume.id}, engine.volume_ids())
        self.report()
        self.assertEqual((set(), {}), (
            self.engine.volume_ids(), self.engine.moves()))
        self.assertEqual({self.volume.id}, self.other.volume_ids())

    def test_report_amid_a_migration(self):
        """The copy is not taken for what another one left."""
        copy = type(self.engine).import_volume
        seen = []

        def import_volume(engine, *args):
            copy(engine, *args)
            self.report()
            seen.append((engine.volume_ids(), self.engine.volume_ids(),
                         self.engine.moves()))

        with mock.patch.object(type(self.engine), 'import_volume',
                               import_volume):
            self.migrate(self.host())
        ids = {self.volume.id}
        self.assertEqual([(ids, ids, {self.volume.id: False})], seen)
        self.assertEqual(('success', ids), (
            self.volume.migration_status, self.other.volume_ids()))

    def test_report_does_not_end_what_cinder_ends(self):
        self.engine.begin_move(self.volume.id, is_arriving=True)
        self.volume.migration_status = 'migrating'
        self.volume.save()
        self.report()
        self.volume.refresh()
        self.assertEqual('migrating', self.volume.migration_status)
        self.assertEqual({}, self.engine.moves())
        self.assert_untouched()

    def test_left_to_cinder(self):
        location = self.driver._location
        for host in (
                self.host(location_info=None),
                self.host(location_info='LVMVolumeDriver:a:b:default:0'),
                self.host(location_info=location(self.other).replace(
                    ':file:', ':memory:')),
                self.host(location_info='EVSFakeDriver:elsewhere:file:/x'),
                self.host(location_info=location(self.engine))):
            self.assertEqual((False, None), self.driver.migrate_volume(
                self.context, self.volume, host), host)
        self.volume.status = 'in-use'
        self.assertEqual((False, None), self.driver.migrate_volume(
            self.context, self.volume, self.host()))
        self.assert_untouched()


class CrashTest(base.ManagerTestCase):
    """A process dies amid a migration between two back ends."""

    SAVE = 'cinder.objects.Volume.save'
    DELETE = 'evs_fake.storage.file.FileEngine.delete_volume'

    def setUp(self):
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).join('pool')
        self.volume = self.create_volume()
        self.write(self.volume, base.OLD)
        self.volume.migration_status = 'migrating'
        self.volume.save()

    def die_migrating(self, target):
        elsewhere = file.FileEngine(self.directory)
        self.die(target, self.driver.migrate_volume, self.context,
                 self.volume, {
                     'host': 'unit@other#other', 'capabilities': {
                         'location_info': self.driver._location(elsewhere)}})
        self.volume.refresh()

    def start_again(self):
        """Both back ends; the engine of the other one."""
        self.engine.close()
        self.manager = self.start()
        self.database.conf.config(
            group='evs', evs_fake_pool_dir=self.directory,
            volume_backend_name='other')
        other = manager.VolumeManager(host='unit@other', service_name='evs')
        self.addCleanup(other.driver._pools.close)
        with mock.patch.object(other, '_add_to_threadpool'):
            other.init_host(service_id=self.service.id)
        self.assertTrue(other.is_working())
        self.volume.refresh()
        return other.driver._pools.only

    def test_before_the_database_knows(self):
        self.die_migrating(self.SAVE)
        self.assertEqual(base.POOL, self.volume.host)
        # The bytes are in both.
        self.assertIn(self.volume.id, os.listdir(
            os.path.join(self.directory, 'volumes')))
        other = self.start_again()
        self.assertEqual((set(), {}), (other.volume_ids(), other.moves()))
        self.assertEqual('error', self.volume.migration_status)
        self.assertEqual(base.OLD, self.read(self.volume))
        self.assertEqual({}, self.engine.moves())

    def test_after_the_database_knows(self):
        self.die_migrating(self.DELETE)
        self.assertEqual('unit@other#other', self.volume.host)
        self.assertIn(self.volume.id, self.engine.volume_ids())
        other = self.start_again()
        self.assertEqual((set(), {}), (
            self.engine.volume_ids(), self.engine.moves()))
        self.assertEqual(({self.volume.id}, {}), (
            other.volume_ids(), other.moves()))
        self.assertEqual('success', self.volume.migration_status)
        with open(other.volume_path(self.volume.id), 'rb') as device:
            self.assertEqual(base.OLD, device.read(base.SIZE))

    def test_pool_that_somebody_else_has_open(self):
        """He may be amid the migration."""
        self.die_migrating(self.SAVE)
        elsewhere = file.FileEngine(self.directory)
        elsewhere.setup()
        self.addCleanup(elsewhere.close)
        other = self.start_again()
        self.assertEqual(({self.volume.id}, {self.volume.id: True}), (
            other.volume_ids(), other.moves()))

    def test_volume_that_was_deleted_then(self):
        self.die_migrating(self.SAVE)
        self.engine.delete_volume(self.volume.id)
        self.volume.destroy()
        self.engine.close()
        self.database.conf.config(
            group='evs', evs_fake_pool_dir=self.directory)
        self.manager = self.start()
        self.assertEqual((set(), {}), (
            self.engine.volume_ids(), self.engine.moves()))


class PoolsTest(base.ManagerTestCase):
    """A back end of two pools."""

    def setUp(self):
        super().setUp()
        self.driver._pools.close()
        self.database.conf.load_raw_values(
            group='evs', evs_fake_pools='gold:3,silver:5')
        self.manager = self.start()

    def engines(self):
        return dict(self.driver._pools.items())

    def create(self, pool, **kwargs):
        volume = database.create_volume(
            host='unit@evs#' + pool, **kwargs)
        return volume

    def test_capacity_of_each(self):
        stats = self.driver.get_volume_stats(refresh=True)
        self.assertEqual(
            {'gold': 3, 'silver': 5},
            {pool['pool_name']: pool['total_capacity_gb']
             for pool in stats['pools']})
        self.assertEqual(2, len({pool['location_info']
                                 for pool in stats['pools']}))

    def test_bytes_are_in_their_pool(self):
        volume = self.create('gold')
        self.driver.create_volume(volume)
        self.write(volume, base.OLD)
        snapshot = database.create_snapshot(volume)
        self.driver.create_snapshot(snapshot)
        gold, silver = self.engines()['gold'], self.engines()['silver']
        self.assertEqual(({volume.id}, {snapshot.id}),
                         (gold.volume_ids(), gold.snapshot_ids()))
        self.assertEqual(set(), silver.volume_ids())
        clone, restored = self.create('silver', size=2), self.create('silver')
        self.driver.create_cloned_volume(clone, volume)
        self.driver.create_volume_from_snapshot(restored, snapshot)
        self.assertEqual({clone.id, restored.id}, silver.volume_ids())
        self.assertEqual(2 << 30, silver.volume_size(clone.id))
        for copy in (clone, restored):
            self.assertEqual(base.OLD, self.read(copy))
        self.driver.delete_snapshot(snapshot)
        self.assertEqual(set(), gold.snapshot_ids())

    def test_migrate_from_pool_to_pool(self):
        volume = self.create('gold')
        self.driver.create_volume(volume)
        self.write(volume, base.OLD)
        _gold, silver = self.driver.get_volume_stats(True)['pools']
        self.assertEqual((True, None), self.driver.migrate_volume(
            self.context, volume, {'host': 'unit@evs#silver',
                                   'capabilities': silver}))
        self.assertEqual(base.OLD, self.read(volume))
        self.assertEqual({volume.id}, self.engines()['silver'].volume_ids())
        self.assertEqual(set(), self.engines()['gold'].volume_ids())

    def test_no_such_pool(self):
        for host in ('unit@evs#bronze', 'unit@evs'):
            volume = database.create_volume(host=host)
            error = self.assertRaises(exception.StorageError,
                                      self.driver.create_volume, volume)
            self.assertIn('no pool of this back end', str(error))

    def test_refused_settings(self):
        for options, word in (
                ({'evs_fake_pools': {'..': 1}}, 'no name of a pool'),
                ({'evs_fake_pools': {'a/b': 1}}, 'no name of a pool'),
                ({'evs_fake_pools': {'gold': 1}, 'evs_fake_capacity_gb': 1},
                 'capacities of their own')):
            self.database.conf.config(group='evs', **options)
            error = self.assertRaises(
                exception.StorageError, pools.Pools,
                self.driver.configuration)
            self.assertIn(word, str(error))
