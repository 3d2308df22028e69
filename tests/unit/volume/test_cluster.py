# SPDX-License-Identifier: Apache-2.0
"""Hosts of one cluster (active/active), one of which dies."""

import datetime
import os
from unittest import mock

import fixtures
from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects
from cinder.db import api as db_api
from cinder.objects import base as objects_base
from cinder.scheduler import manager as scheduler_manager
from cinder.volume import rpcapi
from oslo_utils import timeutils

from evs_fake.volume import manager
from tests.unit import database
from tests.unit.volume import base

CLUSTER = 'cluster@evs'
MANAGER = 'evs_fake.volume.manager.VolumeManager'


class ClusterTestCase(base.ManagerTestCase):
    """Two hosts; what a test does itself, the first one does."""

    def setUp(self):
        self.services = {}
        super().setUp()
        self.other = self.start('other@evs')
        self.be(base.HOST)

    def start(self, host=base.HOST):
        self.database.conf.config(volume_manager=MANAGER)
        self.be(host)
        started = manager.VolumeManager(
            host=host, cluster=CLUSTER, service_name='evs')
        with mock.patch.object(started, '_add_to_threadpool'):
            started.init_host(service_id=self.services[host].id,
                              added_to_cluster=False)
        # Whatever it is asked to do, it does at once.
        started._add_to_threadpool = (
            lambda function, *args, **kwargs: function(*args, **kwargs))
        self.addCleanup(started.driver._pools.close)
        return started

    def be(self, host):
        """Put work down as that of a host."""
        if host not in self.services:
            self.services[host] = self.create_service(host)
        self.useFixture(fixtures.MonkeyPatch(
            'cinder.service.Service.service_id', self.services[host].id))

    def create_service(self, host):
        try:
            objects.Cluster(self.admin, name=CLUSTER,
                            binary='cinder-volume').create()
        except cinder_exception.ClusterExists:
            pass
        version = manager.VolumeManager.RPC_API_VERSION
        current = objects_base.OBJ_VERSIONS.get_current()
        if host == base.HOST:
            # The base class has made it.
            made, = objects.ServiceList.get_all(self.admin, {'host': host})
            made.cluster_name = CLUSTER
            made.save()
            return made
        made = objects.Service(
            self.admin, host=host, binary='cinder-volume',
            topic='cinder-volume', cluster_name=CLUSTER,
            rpc_current_version=version, object_current_version=current)
        made.create()
        return made

    def create_volume(self, **kwargs):
        return super().create_volume(cluster_name=CLUSTER + '#evs', **kwargs)

    def clean_up(self):
        """As ``cinder work-cleanup`` has a live host do it."""
        self.be('other@evs')
        self.other.do_cleanup(self.admin, objects.CleanupRequest(
            self.admin, service_id=self.services[base.HOST].id))

    def workers(self):
        return {(row.resource_type, row.status, row.service_id)
                for row in db_api.worker_get_all(self.admin)}


class DeathTest(ClusterTestCase):

    def setUp(self):
        super().setUp()
        self.volume = self.create_volume()
        self.write(self.volume, base.OLD)
        self.snapshot = self.create_snapshot(self.volume)
        self.write(self.volume, base.NEW)

    def statuses(self):
        self.volume.refresh()
        self.snapshot.refresh()
        return self.volume.status, self.snapshot.status

    def die_rolling_back(self):
        self.die('evs_fake.storage.extents.copy', self.rollback,
                 self.volume, self.snapshot)
        self.assertEqual(('reverting', 'restoring'), self.statuses())
        self.assertEqual(
            {('Volume', 'reverting', self.services[base.HOST].id)},
            self.workers())

    def assert_rolled_back_half_way(self):
        self.assertEqual(('error_rollbacking', 'available'),
                         self.statuses())
        self.assertEqual(set(), self.workers())
        self.assertEqual(base.NEW, self.read(self.volume))

    def test_rollback_cleaned_up_by_another(self):
        self.die_rolling_back()
        self.clean_up()
        self.assert_rolled_back_half_way()
        # The one that lives can do it then.
        self.volume.status = 'reverting'
        self.volume.save()
        self.snapshot.status = 'restoring'
        self.snapshot.save()
        self.other.revert_to_snapshot(
            self.context, self.volume, self.snapshot)
        self.assertEqual(('available', 'available'), self.statuses())
        self.assertEqual(base.OLD, self.read(self.volume))
        self.assertEqual(set(), self.workers())

    def test_rollback_settled_by_the_host_itself(self):
        self.die_rolling_back()
        self.engine.close()
        self.manager = self.start()
        self.assert_rolled_back_half_way()
        self.assertEqual([], os.listdir(
            os.path.join(self.engine.pool_dir, 'tmp'))[2:])

    def test_another_host_that_starts_disturbs_nobody(self):
        def start_another(_source, _target):
            self.start('third@evs')
            self.be(base.HOST)
            seen.append(self.statuses())

        seen = []
        creating = database.create_volume(
            'creating', host=base.POOL, cluster_name=CLUSTER + '#evs')
        creating.set_worker()
        self.engine.create_volume(creating.id, 1)
        with mock.patch('evs_fake.storage.extents.copy', start_another):
            self.rollback(self.volume, self.snapshot)
        self.assertEqual([('reverting', 'restoring')], seen)
        self.assertEqual(('available', 'available'), self.statuses())
        self.assertIn(creating.id, self.engine.volume_ids())
        self.assertEqual(
            {('Volume', 'creating', self.services[base.HOST].id)},
            self.workers())

    def test_failed_rollback_is_no_work_any_more(self):
        with mock.patch('evs_fake.storage.extents.copy',
                        side_effect=OSError(28, 'full')):
            self.assertRaises(cinder_exception.VolumeBackendAPIException,
                              self.rollback, self.volume, self.snapshot)
        self.assertEqual(('error_rollbacking', 'available'),
                         self.statuses())
        self.assertEqual(set(), self.workers())

    def test_creation(self):
        for resource in (
                database.create_volume('creating', host=base.POOL,
                                       cluster_name=CLUSTER + '#evs'),
                database.create_snapshot(self.volume, 'creating')):
            resource.set_worker()
            create = (self.engine.create_volume
                      if isinstance(resource, objects.Volume)
                      else self.engine.create_snapshot)
            create(resource.id, 1 if create == self.engine.create_volume
                   else self.volume.id)
            self.clean_up()
            self.be(base.HOST)
            resource.refresh()
            self.assertEqual('error', resource.status)
        self.assertEqual({self.volume.id}, self.engine.volume_ids())
        self.assertEqual({self.snapshot.id}, self.engine.snapshot_ids())

    def test_deletion_of_a_snapshot(self):
        self.snapshot.status = 'deleting'
        self.snapshot.save()
        with mock.patch.object(
                type(self.engine), 'delete_snapshot',
                side_effect=SystemExit):
            self.assertRaises(SystemExit, self.manager.delete_snapshot,
                              self.context, self.snapshot)
        self.assertEqual(
            {('Snapshot', 'deleting', self.services[base.HOST].id)},
            self.workers())
        self.clean_up()
        self.assertRaises(cinder_exception.SnapshotNotFound,
                          self.snapshot.refresh)
        self.assertEqual((set(), set()),
                         (self.engine.snapshot_ids(), self.workers()))

    def test_deletion_of_a_volume_with_snapshots(self):
        self.volume.status = 'deleting'
        self.volume.save()
        self.volume.set_worker()
        self.clean_up()
        self.assertRaises(cinder_exception.VolumeNotFound,
                          self.volume.refresh)
        self.assertEqual((set(), set(), set()), (
            self.engine.volume_ids(), self.engine.snapshot_ids(),
            self.workers()))

    def test_taking_over(self):
        self.engine.unmanage_volume(self.volume.id, 'foreign')
        managed = database.create_volume(
            'managing', host=base.POOL, cluster_name=CLUSTER + '#evs')
        with mock.patch.object(type(self.engine), 'manage_volume',
                               side_effect=SystemExit):
            self.assertRaises(
                SystemExit, self.manager.manage_existing, self.context,
                managed, {'source-name': 'foreign'})
        self.clean_up()
        managed.refresh()
        self.assertEqual('error_managing', managed.status)
        self.assertEqual(set(), self.workers())

    def test_extension(self):
        self.volume.status = 'extending'
        self.volume.save()
        self.die('evs_fake.storage.file.FileEngine.extend_volume',
                 self.manager.extend_volume, self.context, self.volume, 2,
                 None)
        self.clean_up()
        self.assertEqual('error_extending', self.statuses()[0])
        self.assertEqual(set(), self.workers())
        self.assertEqual(base.NEW, self.read(self.volume))

    def test_cinders_command(self):
        """The scheduler sends what work-cleanup asks for to the cluster."""
        self.die_rolling_back()
        dead = self.services[base.HOST]
        now = timeutils.utcnow()
        long_ago = now - datetime.timedelta(hours=1)
        db_api.service_update(self.admin, dead.id, {
            'created_at': long_ago, 'updated_at': long_ago})
        db_api.service_update(
            self.admin, self.services['other@evs'].id, {'updated_at': now})
        self.be('other@evs')
        scheduler = scheduler_manager.SchedulerManager()
        with mock.patch.object(rpcapi.VolumeAPI, 'do_cleanup') as asked:
            requested, not_requested = scheduler.work_cleanup(
                self.admin, objects.CleanupRequest(
                    self.admin, host=base.HOST, binary='cinder-volume',
                    resource_type='Volume', resource_id=self.volume.id))
        self.assertEqual(([dead.id], []), (
            [each.id for each in requested], list(not_requested)))
        context, request = asked.call_args.args
        self.other.do_cleanup(context, request)
        self.assert_rolled_back_half_way()


class LostTest(ClusterTestCase):
    """What was asked for, and no service has put down as its work."""

    def setUp(self):
        super().setUp()
        self.volume = self.create_volume()
        self.snapshot = self.create_snapshot(self.volume)

    def lose(self, item, status, seconds=301):
        item.status = status
        item.save()
        db_api.conditional_update(
            self.admin, type(item).model,
            {'updated_at': timeutils.utcnow() - datetime.timedelta(
                seconds=seconds), 'status': status}, {'id': item.id})

    def report(self):
        """As cinder-volume does, again and again."""
        self.driver.get_volume_stats(refresh=True)
        self.volume.refresh()
        self.snapshot.refresh()

    def test_creation_that_only_the_api_put_down(self):
        self.snapshot.status = 'creating'
        self.snapshot.create_worker()
        self.lose(self.snapshot, 'creating')
        self.report()
        self.assertEqual('error', self.snapshot.status)
        self.assertEqual(set(), self.workers())

    def test_creation_that_nobody_put_down(self):
        self.lose(self.volume, 'creating')
        self.report()
        self.assertEqual('error', self.volume.status)

    def test_extension(self):
        self.lose(self.volume, 'extending')
        self.report()
        self.assertEqual('error_extending', self.volume.status)

    def test_what_may_be_on_its_way(self):
        self.lose(self.snapshot, 'creating', 299)
        self.report()
        self.assertEqual('creating', self.snapshot.status)

    def test_what_a_host_is_at(self):
        self.snapshot.status = 'creating'
        self.snapshot.set_worker()
        self.lose(self.snapshot, 'creating')
        self.report()
        self.assertEqual('creating', self.snapshot.status)

    def test_another_clusters(self):
        self.volume.cluster_name = 'another@evs#evs'
        self.volume.save()
        self.lose(self.snapshot, 'creating')
        self.report()
        self.assertEqual('creating', self.snapshot.status)

    def test_deletions_are_asked_for_again(self):
        self.lose(self.snapshot, 'deleting')
        self.lose(self.volume, 'deleting')
        with mock.patch.multiple(
                rpcapi.VolumeAPI, delete_snapshot=mock.DEFAULT,
                delete_volume=mock.DEFAULT) as asked:
            self.report()
            # By the other host of the cluster, in the same minute.
            self.other.driver.get_volume_stats(refresh=True)
        for name, item in (('delete_snapshot', self.snapshot),
                           ('delete_volume', self.volume)):
            self.assertEqual([item.id], [
                call.args[1].id for call in asked[name].call_args_list])
            self.assertEqual('deleting', item.status)

    def test_deletion_of_what_could_not_be_managed(self):
        self.lose(self.volume, 'error_managing_deleting')
        with mock.patch.object(rpcapi.VolumeAPI, 'delete_volume') as asked:
            self.report()
        self.assertEqual(self.volume.id, asked.call_args.args[1].id)

    def test_rollback_comes_too_late_then(self):
        self.lose(self.snapshot, 'restoring')
        self.lose(self.volume, 'reverting')
        late = objects.Volume.get_by_id(self.context, self.volume.id)
        self.report()
        self.assertEqual(('error_rollbacking', 'available'),
                         (self.volume.status, self.snapshot.status))
        self.write(self.volume, base.NEW)
        self.manager.revert_to_snapshot(self.context, late, self.snapshot)
        self.assertEqual(base.NEW, self.read(self.volume))


class RefusalTest(base.ManagerTestCase):

    def check_refused(self, word, **options):
        self.database.conf.config(group='evs', **options)
        started = manager.VolumeManager(
            host='other@evs', cluster=CLUSTER, service_name='evs')
        self.addCleanup(started.driver._pools.close)
        started.init_host(service_id=self.service.id)
        self.assertFalse(started.is_working())
        self.assertIn(word, self.log.output)

    def test_manager_that_settles_nothing(self):
        self.check_refused('volume_manager = ' + MANAGER)

    def test_bytes_of_one_process(self):
        self.database.conf.config(volume_manager=MANAGER)
        self.check_refused('only this process', evs_fake_engine='memory')

    def test_targets(self):
        self.database.conf.config(volume_manager=MANAGER)
        self.check_refused('evs_fake_attach has to be', target_helper='tgtadm',
                           evs_fake_attach='target')


class AloneTest(base.ManagerTestCase):
    """The manager, where there is no cluster."""

    def test_work_is_put_down_by_nobody(self):
        self.engine.close()
        started = manager.VolumeManager(host=base.HOST, service_name='evs')
        with mock.patch.object(started, '_add_to_threadpool'):
            started.init_host(service_id=self.service.id)
        self.addCleanup(started.driver._pools.close)
        self.manager = started
        volume = self.create_volume()
        self.write(volume, base.OLD)
        snapshot = self.create_snapshot(volume)
        with mock.patch.object(objects.Volume, 'set_worker') as put_down:
            self.rollback(volume, snapshot)
        put_down.assert_not_called()
        self.assertEqual('available', volume.status)
        self.assertEqual([], list(db_api.worker_get_all(
            cinder_context.get_admin_context())))
