# SPDX-License-Identifier: Apache-2.0
"""Groups under Cinder's manager, with and without consistent snapshots."""

from unittest import mock

from cinder import exception as cinder_exception
from cinder import objects
from cinder.db import api as db_api

from tests.unit import database
from tests.unit.volume import base

CONSISTENT = {'consistent_group_snapshot_enabled': '<is> True'}


class GroupTestCase(base.ManagerTestCase):
    """A group of two volumes."""

    specs = CONSISTENT

    def setUp(self):
        super().setUp()
        self.type = db_api.group_type_create(
            self.admin, {'name': 'consistent', 'group_specs': self.specs})
        self.group = self.create_group()
        self.volumes = [self.create_volume(group_id=self.group.id)
                        for _ in range(2)]
        for volume, data in zip(self.volumes, (base.OLD, base.NEW),
                                strict=True):
            self.write(volume, data)

    def new_group(self, **kwargs):
        group = objects.Group(self.admin, **{
            'user_id': database.USER, 'project_id': database.PROJECT,
            'status': 'creating', 'host': base.POOL, 'name': 'group',
            'group_type_id': self.type.id,
            'volume_type_ids': [database.volume_type_id()], **kwargs})
        group.create()
        return group

    def create_group(self):
        group = self.new_group()
        self.manager.create_group(self.admin, group)
        self.assertEqual('available', group.status)
        return group

    def create_group_snapshot(self):
        taken = objects.GroupSnapshot(
            self.admin, user_id=database.USER, project_id=database.PROJECT,
            status='creating', name='snapshot', group_id=self.group.id,
            group_type_id=self.type.id)
        taken.create()
        self.snapshots = [
            database.create_snapshot(volume, 'creating',
                                     group_snapshot_id=taken.id)
            for volume in self.volumes]
        try:
            self.manager.create_group_snapshot(self.admin, taken)
        finally:
            taken.refresh()
            for each in self.snapshots:
                each.refresh()
            self.taken = taken
        return taken

    def statuses(self):
        return {self.taken.status, *(each.status for each in self.snapshots)}


class GroupTest(GroupTestCase):
    """Of a type whose snapshots are of one moment."""

    def test_snapshot(self):
        self.create_group_snapshot()
        self.assertEqual({'available'}, self.statuses())
        for snapshot, data in zip(self.snapshots, (base.OLD, base.NEW),
                                  strict=True):
            with open(self.engine.snapshot_path(snapshot.id), 'rb') as file:
                self.assertEqual(data, file.read(base.SIZE))
        self.manager.delete_group_snapshot(self.admin, self.taken)
        self.assertEqual(set(), self.engine.snapshot_ids())
        self.assertRaises(cinder_exception.GroupSnapshotNotFound,
                          self.taken.refresh)

    def test_from_snapshot(self):
        self.create_group_snapshot()
        for volume in self.volumes:
            self.write(volume, b'later' * 10)
        group = self.new_group(group_snapshot_id=self.taken.id)
        made = [database.create_volume(
            'creating', host=base.POOL, group_id=group.id,
            snapshot_id=snapshot.id) for snapshot in self.snapshots]
        self.manager.create_group_from_src(self.admin, group,
                                           group_snapshot=self.taken)
        self.assert_copies(made)

    def test_from_group(self):
        group = self.new_group(source_group_id=self.group.id)
        made = [database.create_volume(
            'creating', host=base.POOL, group_id=group.id,
            source_volid=volume.id) for volume in self.volumes]
        self.manager.create_group_from_src(self.admin, group,
                                           source_group=self.group)
        self.assert_copies(made)

    def assert_copies(self, made):
        for volume, data in zip(made, (base.OLD, base.NEW), strict=True):
            volume.refresh()
            self.assertEqual('available', volume.status)
            self.assertEqual(data, self.read(volume))

    def test_update(self):
        other = self.create_volume()
        self.manager.update_group(
            self.admin, self.group, add_volumes=other.id,
            remove_volumes=self.volumes[0].id)
        found = objects.VolumeList.get_all_by_generic_group(
            self.admin, self.group.id)
        self.assertEqual({other.id, self.volumes[1].id},
                         {volume.id for volume in found})

    def test_delete(self):
        self.manager.delete_group(self.admin, self.group)
        self.assertEqual(set(), self.engine.volume_ids())
        self.assertRaises(cinder_exception.GroupNotFound, self.group.refresh)

    def test_failed_deletion_of_one(self):
        self.volumes[0].metadata = {'evs_fake:volume-delete': 'fail'}
        self.volumes[0].save()
        self.assertRaises(cinder_exception.VolumeDriverException,
                          self.manager.delete_group, self.admin, self.group)
        self.assertEqual({self.volumes[0].id}, self.engine.volume_ids())


class ConsistencyTest(GroupTestCase):
    """What only a group with consistent snapshots has."""

    def test_writer_that_never_rests(self):
        stamps = iter(range(1 << 20))
        with mock.patch('evs_fake.storage.moment._stamp',
                        lambda fd: (0, 0, next(stamps))):
            # Not the engine's own: what Cinder does about that, PostgreSQL
            # refuses.
            self.assertRaises(cinder_exception.VolumeDriverException,
                              self.create_group_snapshot)
        self.assertIn('written to all the time', self.log.output)
        self.assertEqual({'error'}, self.statuses())
        self.assertEqual(set(), self.engine.snapshot_ids())

    def test_the_engine_is_asked_once(self):
        with mock.patch.object(type(self.engine), 'create_snapshot') as one:
            self.create_group_snapshot()
        one.assert_not_called()
        self.assertEqual({each.id for each in self.snapshots},
                         self.engine.snapshot_ids())

    def test_the_scheduler_is_told(self):
        pool, = self.driver.get_volume_stats(refresh=True)['pools']
        self.assertIs(True, pool['consistent_group_snapshot_enabled'])


class PlainGroupTest(GroupTest):
    """Of a type that promises nothing: Cinder goes volume by volume."""

    specs: dict[str, str] = {}
