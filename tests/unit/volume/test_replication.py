# SPDX-License-Identifier: Apache-2.0
"""Replicas, failover and failback, under Cinder's own manager."""

import os
import shutil
from unittest import mock

import fixtures
from cinder import exception as cinder_exception
from cinder import objects
from cinder.volume import driver as cinder_driver
from cinder.volume import group_types
from cinder.volume import volume_types

from evs_fake import exception
from evs_fake.storage import extents
from evs_fake.volume import manager
from evs_fake.volume import replicas
from tests.unit import database
from tests.unit.volume import base

MID = b'mid bytes ' * 1000


class ReplicationTestCase(base.ManagerTestCase):

    def setUp(self):
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).join('dr')
        self.restart(replication_device=[self.device('dr', self.directory)])
        self.type = self.create_type(replication_enabled='<is> True')

    @staticmethod
    def device(backend_id, directory):
        return {'backend_id': backend_id, 'evs_fake_pool_dir': directory}

    def restart(self, **options):
        """What a cinder-volume finds that starts with these options."""
        if options:
            self.database.conf.config(group='evs', **options)
        for engine in self.driver.engines:
            engine.close()
        self.manager = self.start()

    def start(self):
        started = super().start()
        self.addCleanup(lambda: [engine.close()
                                 for engine in started.driver.engines])
        return started

    def create_type(self, **extra_specs):
        name = 'type-%d' % len(volume_types.get_all_types(self.admin))
        return volume_types.create(self.admin, name, extra_specs).id

    def create_replicated(self, **kwargs):
        """A volume as the API makes it of a replicated type."""
        return self.create_volume(**{
            'volume_type_id': self.type, 'replication_status': 'enabled',
            **kwargs})

    @property
    def secondary(self):
        return self.driver._replicas.pools('dr').only

    def replica(self, volume, size=base.SIZE):
        with open(os.path.join(self.directory, 'replicas', volume.name_id),
                  'rb') as file:
            return file.read(size)

    def detach(self, volume):
        self.manager.terminate_connection(
            self.context, volume.id, {'host': 'client'}, force=True)

    def fail_over(self, secondary_id='dr'):
        self.manager.failover(self.admin, secondary_id)
        self.service.refresh()

    def fail_back(self):
        self.fail_over('default')

    def lose_primary(self):
        """Whoever asks it for anything gets an error."""
        path = self.engine.pool_dir
        os.rename(path, path + '.lost')
        with open(path, 'w'):
            pass

    def find_primary(self):
        path = self.engine.pool_dir
        os.unlink(path)
        os.rename(path + '.lost', path)

    def statuses(self, *items):
        for item in items:
            item.refresh()
        return [item.status for item in items]


class ReplicaTest(ReplicationTestCase):
    """When a replica has which bytes."""

    def test_of_a_type_that_wants_none(self):
        volume = self.create_volume()
        self.assertEqual('disabled', volume.replication_status)
        snapshot = self.create_snapshot(volume)
        self.detach(volume)
        self.driver.get_volume_stats(refresh=True)
        self.assertEqual((set(), set()), (
            self.secondary.replica_ids(), self.secondary.snapshot_ids()))
        self.driver.delete_snapshot(snapshot)

    def test_of_volumes_from_before_there_was_a_device(self):
        self.restart(replication_device=[])
        volume = self.create_volume()
        self.assertIsNone(volume.replication_status)
        self.restart(replication_device=[self.device('dr', self.directory)])
        volume.refresh()
        self.assertEqual('disabled', volume.replication_status)

    def test_from_the_beginning(self):
        volume = self.create_replicated(size=2)
        self.assertEqual('enabled', volume.replication_status)
        self.assertEqual({volume.id}, self.secondary.replica_ids())
        self.assertEqual(set(), self.secondary.volume_ids())
        self.assertEqual(2 << 30, os.path.getsize(os.path.join(
            self.directory, 'replicas', volume.id)))

    def test_from_a_snapshot_and_from_a_volume(self):
        source = self.create_volume()
        self.write(source, base.OLD)
        snapshot = self.create_snapshot(source)
        for made in (self.create_replicated(snapshot_id=snapshot.id),
                     self.create_replicated(source_volid=source.id)):
            self.assertEqual(base.OLD, self.replica(made))

    def test_detached(self):
        volume = self.create_replicated()
        self.write(volume, base.OLD)
        self.assertNotEqual(base.OLD, self.replica(volume))
        self.detach(volume)
        self.assertEqual(base.OLD, self.replica(volume))

    def test_attached(self):
        volume = self.create_replicated()
        self.write(volume, base.OLD)
        self.driver.get_volume_stats(refresh=True)
        self.assertEqual(base.OLD, self.replica(volume))

    def test_unchanged(self):
        volume = self.create_replicated()
        self.write(volume, base.OLD)
        self.detach(volume)
        with mock.patch('evs_fake.storage.extents.copy') as copy:
            self.driver.get_volume_stats(refresh=True)
            self.detach(volume)
        copy.assert_not_called()

    def test_extended_and_rolled_back(self):
        volume = self.create_replicated()
        self.write(volume, base.OLD)
        snapshot = self.create_snapshot(volume)
        self.write(volume, base.NEW)
        self.driver.extend_volume(volume, 2)
        self.assertEqual(2 << 30, os.path.getsize(os.path.join(
            self.directory, 'replicas', volume.id)))
        self.assertEqual(base.NEW, self.replica(volume))
        self.rollback(volume, snapshot)
        self.assertEqual(base.OLD, self.replica(volume))

    def test_snapshots(self):
        volume = self.create_replicated()
        self.write(volume, base.OLD)
        snapshot = self.create_snapshot(volume)
        self.assertEqual({snapshot.id}, self.secondary.snapshot_ids())
        with open(self.secondary.snapshot_path(snapshot.id), 'rb') as file:
            self.assertEqual(base.OLD, file.read(base.SIZE))
        self.manager.delete_snapshot(self.context, snapshot)
        self.assertEqual(set(), self.secondary.snapshot_ids())

    def test_deleted(self):
        volume = self.create_replicated()
        locks = self.database.conf.state / 'lock'
        lock = volume.id + '-evs-fake-replica'
        self.assertIn(lock, ' '.join(os.listdir(locks)))
        self.manager.delete_volume(self.context, volume)
        self.assertEqual(set(), self.secondary.replica_ids())
        self.assertNotIn(lock, ' '.join(os.listdir(locks)))

    def test_written_to_all_the_time(self):
        """A mixture of moments is no replica: the former one stays."""
        copy = extents.copy

        def write_and_copy(source, target):
            copy(source, target)
            self.write(volume, base.NEW)

        volume = self.create_replicated()
        self.write(volume, base.OLD)
        self.detach(volume)
        self.write(volume, MID)
        with mock.patch('evs_fake.storage.extents.copy', write_and_copy):
            self.driver.get_volume_stats(refresh=True)
        self.assertEqual(base.OLD, self.replica(volume))
        self.assertIn('stays as it was', self.log.output)
        self.driver.get_volume_stats(refresh=True)
        self.assertEqual(base.NEW, self.replica(volume))

    def test_device_that_is_away(self):
        volume = self.create_replicated()
        self.write(volume, base.OLD)
        os.rename(self.directory, self.directory + '.away')
        # No client is refused, and no snapshot.
        self.detach(volume)
        snapshot = self.create_snapshot(volume)
        self.assertEqual('available', snapshot.status)
        gone = self.create_snapshot(volume)
        self.manager.delete_snapshot(self.context, gone)
        # But there is no volume without the replica that its type promises.
        self.assertRaises(exception.StorageError, self.create_replicated)
        self.assertEqual({volume.id}, self.engine.volume_ids())
        os.rename(self.directory + '.away', self.directory)
        self.driver.get_volume_stats(refresh=True)
        self.assertEqual(base.OLD, self.replica(volume))
        self.assertEqual({snapshot.id}, self.secondary.snapshot_ids())

    def test_deleted_while_the_device_is_away(self):
        volume = self.create_replicated()
        snapshot = self.create_snapshot(volume)
        os.rename(self.directory, self.directory + '.away')
        self.manager.delete_snapshot(self.context, snapshot)
        self.manager.delete_volume(self.context, volume)
        os.rename(self.directory + '.away', self.directory)
        self.assertEqual({volume.id}, self.secondary.replica_ids())
        self.restart()
        self.assertEqual((set(), set()), (
            self.secondary.replica_ids(), self.secondary.snapshot_ids()))

    def test_device_that_is_new(self):
        volume = self.create_replicated()
        self.write(volume, base.OLD)
        snapshot = self.create_snapshot(volume)
        other = self.useFixture(fixtures.TempDir()).path
        self.restart(replication_device=[
            self.device('dr', self.directory), self.device('other', other)])
        for directory in (self.directory, other):
            with open(os.path.join(directory, 'replicas', volume.id),
                      'rb') as file:
                self.assertEqual(base.OLD, file.read(base.SIZE))
            self.assertEqual([snapshot.id], os.listdir(
                os.path.join(directory, 'snapshots')))

    def test_retype(self):
        volume = self.create_volume()
        self.write(volume, base.OLD)
        snapshot = self.create_snapshot(volume)
        new_type = objects.VolumeType.get_by_id(self.admin, self.type)
        self.assertEqual(
            (True, {'replication_status': 'enabled'}),
            self.driver.retype(self.context, volume, new_type, {}, {}))
        self.assertEqual(base.OLD, self.replica(volume))
        self.assertEqual({snapshot.id}, self.secondary.snapshot_ids())
        volume.replication_status = 'enabled'
        volume.save()
        plain = objects.VolumeType.get_by_id(self.admin, self.create_type())
        self.assertEqual(
            (True, {'replication_status': 'disabled'}),
            self.driver.retype(self.context, volume, plain, {}, {}))
        self.assertEqual((set(), set()), (
            self.secondary.replica_ids(), self.secondary.snapshot_ids()))

    def test_managed_and_unmanaged(self):
        foreign = self.create_volume()
        self.write(foreign, base.OLD)
        self.driver.unmanage(foreign)
        managed = database.create_volume(
            'managing', host=base.POOL, volume_type_id=self.type)
        reference = {'source-id': foreign.id}
        os.rename(self.directory, self.directory + '.away')
        # Without a replica the file gets its name back.
        self.assertRaises(
            cinder_exception.ManageExistingInvalidReference,
            self.driver.manage_existing, managed, reference)
        os.rename(self.directory + '.away', self.directory)
        self.assertEqual(
            {'provider_id': None, 'replication_status': 'enabled'},
            self.driver.manage_existing(managed, reference))
        self.assertEqual(base.OLD, self.replica(managed))
        managed.provider_id = None
        managed.replication_status = 'enabled'
        self.driver.unmanage(managed)
        self.assertEqual(set(), self.secondary.replica_ids())

    def test_capabilities(self):
        stats = self.driver.get_volume_stats(refresh=True)
        for part in (stats, *stats['pools']):
            self.assertIs(True, part['replication_enabled'])
            self.assertIs(True, part['group_replication_enabled'])
            self.assertIs(False,
                          part['consistent_group_replication_enabled'])
            self.assertEqual((['async'], 1, ['dr']), (
                part['replication_type'], part['replication_count'],
                part['replication_targets']))
        self.restart(replication_device=[])
        stats = self.driver.get_volume_stats(refresh=True)
        self.assertIs(False, stats['pools'][0]['replication_enabled'])
        self.assertNotIn('replication_targets', stats)


class FailoverTest(ReplicationTestCase):

    def setUp(self):
        super().setUp()
        self.volume = self.create_replicated()
        self.write(self.volume, base.OLD)
        self.snapshot = self.create_snapshot(self.volume)
        self.write(self.volume, base.NEW)
        self.detach(self.volume)
        self.plain = self.create_volume()
        # What no replica has.
        self.write(self.volume, MID)

    def test_of_a_primary_that_is_lost(self):
        self.lose_primary()
        self.fail_over()
        self.assertEqual(('failed-over', 'dr', True), (
            self.service.replication_status, self.service.active_backend_id,
            self.service.disabled))
        self.assertEqual(['available', 'available', 'error'], self.statuses(
            self.volume, self.snapshot, self.plain))
        self.assertEqual('failed-over', self.volume.replication_status)
        self.assertEqual(base.NEW, self.read(self.volume))
        # Everything goes on there.
        self.write(self.volume, MID)
        newer = self.create_snapshot(self.volume)
        self.rollback(self.volume, self.snapshot)
        self.assertEqual(base.OLD, self.read(self.volume))
        self.rollback(self.volume, newer)
        self.assertEqual(MID, self.read(self.volume))
        self.driver.extend_volume(self.volume, 2)
        self.assertTrue(self.driver.local_path(self.volume).startswith(
            self.directory))
        # After a restart, too.
        self.restart()
        self.volume.refresh()
        self.assertEqual(MID, self.read(self.volume))
        self.assertEqual(self.directory, self.reported_directory())

    def test_and_back(self):
        self.fail_over()
        self.volume.refresh()
        self.write(self.volume, base.OLD)
        self.driver.extend_volume(self.volume, 2)
        kept = self.create_snapshot(self.volume)
        self.manager.delete_snapshot(self.context, self.snapshot)
        deleted = self.create_replicated_away()
        self.manager.delete_volume(self.context, deleted)
        self.write(self.volume, MID)
        self.fail_back()
        self.assertEqual(('enabled', '', False), (
            self.service.replication_status, self.service.active_backend_id,
            self.service.disabled))
        self.assertEqual(['available'], self.statuses(self.volume))
        self.assertEqual(('enabled', None), (
            self.volume.replication_status,
            self.volume.replication_driver_data))
        self.assertEqual(MID, self.read(self.volume))
        self.assertEqual(2 << 30, self.engine.volume_size(self.volume.id))
        self.assertEqual({self.volume.id, self.plain.id},
                         self.engine.volume_ids())
        self.assertEqual({kept.id}, self.engine.snapshot_ids())
        self.rollback(self.volume, kept)
        self.assertEqual(base.OLD, self.read(self.volume))
        self.assertEqual(base.OLD, self.replica(self.volume))
        self.assertEqual(set(), self.secondary.volume_ids())

    def create_replicated_away(self):
        """A volume that was made before the failover, and is there too."""
        made = database.create_volume(
            host=base.POOL, replication_status='failed-over',
            replication_driver_data='dr', volume_type_id=self.type)
        for engine in (self.engine, self.secondary):
            engine.create_volume(made.id, 1)
        return made

    def test_back_to_an_empty_primary(self):
        path = self.engine.pool_dir
        self.fail_over()
        shutil.rmtree(path)
        self.fail_back()
        self.volume.refresh()
        self.assertEqual(base.NEW, self.read(self.volume))
        self.rollback(self.volume, self.snapshot)
        self.assertEqual(base.OLD, self.read(self.volume))

    def check_refused(self, secondary_id, word, status, active):
        self.fail_over(secondary_id)
        self.assertIn(word, self.log.output)
        self.assertEqual((status, active), (
            self.service.replication_status,
            self.service.active_backend_id or ''))

    def test_refused(self):
        self.service.replication_status = 'enabled'
        self.service.save()
        self.check_refused('nowhere', 'known are: dr', 'enabled', '')
        self.check_refused('default', 'is not failed over', 'enabled', '')
        self.assertEqual(MID, self.read(self.volume))
        self.fail_over()
        self.check_refused('dr', 'fail back first', 'failed-over', 'dr')
        self.volume.refresh()
        self.volume.status = 'in-use'
        self.volume.save()
        self.check_refused('default', 'is in-use', 'failed-over', 'dr')
        self.volume.status = 'available'
        self.volume.save()
        self.lose_primary()
        self.check_refused('default', 'setup of pool', 'failed-over', 'dr')
        self.volume.refresh()
        self.assertEqual(base.NEW, self.read(self.volume))
        self.find_primary()
        self.fail_back()
        self.volume.refresh()
        self.assertEqual(base.NEW, self.read(self.volume))

    def test_device_that_is_away(self):
        os.rename(self.directory, self.directory + '.away')
        with open(self.directory, 'w'):
            pass
        self.check_refused('dr', 'setup of pool', 'enabled', '')
        self.assertEqual(['available'], self.statuses(self.volume))
        self.assertEqual(MID, self.read(self.volume))

    def test_volume_and_snapshot_without_replica(self):
        other = self.create_replicated()
        self.secondary.delete_replica(other.id)
        self.secondary.delete_snapshot(self.snapshot.id)
        self.fail_over()
        self.assertEqual(['available', 'error', 'error'], self.statuses(
            self.volume, self.snapshot, other))
        self.assertEqual('failover-error', other.replication_status)
        self.fail_back()
        self.assertEqual({self.volume.id, other.id},
                         self.secondary.replica_ids())

    def test_copy_that_is_late(self):
        """It was under way when the primary was given up."""
        def fail_over_then_copy(source, target):
            copy(source, target)
            self.fail_over()

        copy = extents.copy
        with mock.patch('evs_fake.storage.extents.copy',
                        fail_over_then_copy):
            self.driver.get_volume_stats(refresh=True)
        self.volume.refresh()
        self.assertEqual(base.NEW, self.read(self.volume))
        self.assertEqual(set(), self.secondary.replica_ids())

    def test_died_on_the_way_there(self):
        self.driver.failover_host(self.admin, [self.volume], 'dr')
        # The database does not know of it.
        self.restart()
        self.assertEqual({self.volume.id}, self.secondary.replica_ids())
        self.assertEqual(MID, self.read(self.volume))
        self.detach(self.volume)
        self.assertEqual(MID, self.replica(self.volume))

    def test_died_on_the_way_back(self):
        self.fail_over()
        self.volume.refresh()
        self.write(self.volume, MID)
        self.driver.failover_host(self.admin, [self.volume], 'default')
        self.restart()
        self.assertEqual('dr', self.driver._active_id)
        self.assertEqual(MID, self.read(self.volume))
        self.fail_back()
        self.volume.refresh()
        self.assertEqual(MID, self.read(self.volume))

    def test_other_hosts_of_a_cluster(self):
        self.assertTrue(self.driver.supports_replication_feature('a/a'))
        self.driver.failover_completed(self.admin, 'dr')
        self.assertEqual(self.directory, self.reported_directory())
        self.driver.failover_completed(self.admin, '')
        self.assertEqual(self.engine.pool_dir, self.reported_directory())

    def reported_directory(self):
        pool, = self.driver.get_volume_stats(refresh=True)['pools']
        return pool['location_info'].rpartition(':')[2]

    def test_freeze_and_thaw(self):
        self.assertIs(True, self.manager.freeze_host(self.admin))
        self.service.refresh()
        self.assertEqual((True, 'frozen'), (
            self.service.disabled, self.service.disabled_reason))
        self.assertIs(True, self.manager.thaw_host(self.admin))
        self.service.refresh()
        self.assertFalse(self.service.disabled)


class GroupReplicationTest(ReplicationTestCase):

    def setUp(self):
        super().setUp()
        group_type = group_types.create(
            self.admin, 'replicated',
            {'group_replication_enabled': '<is> True'})
        self.group = objects.Group(
            self.context, name='group', host=base.POOL, status='available',
            user_id=database.USER, project_id=database.PROJECT,
            group_type_id=group_type.id, replication_status='disabled',
            volume_type_ids=[self.type])
        self.group.create()
        self.members = [self.create_replicated(group_id=self.group.id)
                        for _ in range(2)]
        self.other = self.create_replicated()
        for volume in (*self.members, self.other):
            self.write(volume, base.OLD)
            self.detach(volume)

    def ask(self, action, transition, *args):
        """As the API does, which refuses what is not in a right status."""
        for item in (*self.members, self.group):
            item.refresh()
            item.replication_status = transition
            item.save()
        group = objects.Group.get_by_id(self.admin, self.group.id)
        getattr(self.manager, action)(self.admin, group, *args)
        for item in (*self.members, self.group):
            item.refresh()
        return {item.replication_status
                for item in (*self.members, self.group)}

    def test_disable_and_enable(self):
        self.assertEqual({'disabled'}, self.ask(
            'disable_replication', 'disabling'))
        self.assertEqual({self.other.id}, self.secondary.replica_ids())
        self.write(self.members[0], base.NEW)
        self.assertEqual({'enabled'}, self.ask(
            'enable_replication', 'enabling'))
        self.assertEqual(base.NEW, self.replica(self.members[0]))
        self.assertEqual(base.OLD, self.replica(self.members[1]))

    def test_failure_to_enable(self):
        with mock.patch('evs_fake.storage.extents.copy',
                        side_effect=OSError(28, 'full')):
            self.assertRaises(
                cinder_exception.ReplicationGroupError, self.ask,
                'enable_replication', 'enabling')
        self.group.refresh()
        self.assertEqual('error', self.group.replication_status)
        self.assertEqual(base.OLD, self.read(self.members[0]))

    def test_failover_and_back(self):
        for volume in (*self.members, self.other):
            self.write(volume, MID)
        self.assertEqual({'failed-over'}, self.ask(
            'failover_replication', 'failing-over', False, 'dr'))
        for volume in self.members:
            self.assertEqual(base.OLD, self.read(volume))
            self.write(volume, base.NEW)
        # The others are where they were.
        self.other.refresh()
        self.assertEqual(MID, self.read(self.other))
        self.driver.get_volume_stats(refresh=True)
        self.assertEqual(MID, self.replica(self.other))
        self.restart()
        self.assertEqual(base.NEW, self.read(self.members[0]))
        self.assertEqual({'enabled'}, self.ask(
            'failover_replication', 'failing-over', False, 'default'))
        for volume in self.members:
            self.assertEqual(base.NEW, self.read(volume))
            self.assertTrue(self.driver.local_path(volume).startswith(
                self.engine.pool_dir))

    def test_whole_back_end_after_the_group(self):
        self.ask('failover_replication', 'failing-over', False, None)
        self.write(self.members[0], base.NEW)
        self.fail_over()
        for volume in (*self.members, self.other, self.group):
            volume.refresh()
            self.assertEqual('failed-over', volume.replication_status)
        self.assertEqual(base.NEW, self.read(self.members[0]))
        self.assertEqual(base.OLD, self.read(self.other))
        self.assertRaises(
            cinder_exception.ReplicationGroupError, self.ask,
            'failover_replication', 'failing-over', False, 'default')

    def test_targets(self):
        self.assertEqual(
            {'replication_targets': [{'backend_id': 'dr'}]},
            self.manager.list_replication_targets(
                self.context, self.group))


class OptionTest(base.ManagerTestCase):

    def test_refused(self):
        def device(**options):
            return {'backend_id': 'dr', 'evs_fake_pool_dir': '/tmp/dr',
                    **options}

        for devices, word in (
                ([{'backend_id': 'dr'}], 'needs them'),
                ([device(san_ip='10.0.0.1')], 'takes backend_id'),
                ([device(backend_id='default')], 'is taken: default'),
                ([device(), device(evs_fake_pool_dir='/tmp/other')],
                 'is taken: dr'),
                ([device(), device(backend_id='other')],
                 'another pool\'s directory'),
                ([device(evs_fake_pool_dir=self.engine.pool_dir)],
                 'another pool\'s directory')):
            self.database.conf.config(group='evs', replication_device=devices)
            error = self.assertRaises(
                exception.StorageError, replicas.Replicas,
                self.driver.configuration, self.driver._pools)
            self.assertIn(word, str(error))

    def test_bytes_of_one_process(self):
        self.database.conf.config(
            group='evs', evs_fake_engine='memory', replication_device=[
                {'backend_id': 'dr', 'evs_fake_pool_dir': '/tmp/dr'}])
        error = self.assertRaises(
            exception.StorageError, manager.VolumeManager,
            host=base.HOST, service_name='evs')
        self.assertIn('die with the process', str(error))

    def test_features_that_cinder_asks_for(self):
        for feature in cinder_driver.BaseVD.REPLICATION_FEATURE_CHECKERS:
            self.assertTrue(
                self.driver.supports_replication_feature(feature), feature)
