# SPDX-License-Identifier: Apache-2.0
"""Where two operations at once meet in the embedded cloud's cinder-volume."""

from unittest import mock

import fixtures
from cinder import exception
from cinder import objects
from cinder import quota
from cinder import quota_utils
from cinder.db import api as db_api
from cinder.volume import volume_types
from oslo_utils import timeutils

from evs_fake.cloud import volume_manager
from evs_fake.cloud import work
from evs_fake.db import volumes
from tests.unit import database
from tests.unit.volume import base


class CopiesTest(base.ManagerTestCase):
    """A source is deleted while accepted copies of it have not begun."""

    manager_class = volume_manager.VolumeManager

    def setUp(self):
        super().setUp()
        self.volume = self.create_volume()
        self.write(self.volume, base.OLD)
        self.snapshot = self.create_snapshot(self.volume)

    def asked_for(self, status='creating', **source):
        """A copy of which cinder-volume has not heard yet."""
        return database.create_volume(status, host=base.POOL, **source)

    def look(self, copy, times=2):
        """What each look for copies finds; one is made amid the last."""
        look = volumes.is_being_copied
        found = []

        def is_being_copied(context, **source):
            found.append(look(context, **source))
            if len(found) == times:
                self.make(copy)
            return found[-1]

        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.db.volumes.is_being_copied', is_being_copied))
        return found

    def check_copied(self, copy):
        self.assertEqual('available', copy.status)
        self.assertEqual(base.OLD, self.read(copy))

    def test_snapshot(self):
        copy = self.asked_for(snapshot_id=self.snapshot.id)
        found = self.look(copy)
        self.manager.delete_snapshot(self.context, self.snapshot)
        self.assertEqual([True, True, False], found)
        self.check_copied(copy)
        self.assertEqual(set(), self.engine.snapshot_ids())

    def test_volume(self):
        self.snapshot.destroy()
        copy = self.asked_for(source_volid=self.volume.id)
        found = self.look(copy)
        self.delete_volume()
        self.assertEqual([True, True, False], found)
        self.check_copied(copy)
        self.assertEqual({copy.id}, self.engine.volume_ids())

    def test_volume_with_its_snapshot(self):
        self.snapshot.status = 'deleting'
        self.snapshot.save()
        copy = self.asked_for(snapshot_id=self.snapshot.id)
        # The first look is for clones.
        found = self.look(copy, 3)
        self.delete_volume(cascade=True)
        self.assertEqual([False, True, True, False], found)
        self.check_copied(copy)

    def delete_volume(self, **options):
        self.volume.status = 'deleting'
        self.volume.save()
        self.manager.delete_volume(self.context, self.volume, **options)
        self.assertRaises(exception.VolumeNotFound, objects.Volume.get_by_id,
                          self.admin, self.volume.id)

    def test_copies_that_are_over(self):
        """Also one that an administrator shows as if it were not."""
        for status, launched_at in (
                ('available', None), ('error', None),
                ('creating', timeutils.utcnow())):
            self.asked_for(status, snapshot_id=self.snapshot.id,
                           launched_at=launched_at)
        self.asked_for(snapshot_id=self.create_snapshot(self.volume).id)
        self.asked_for(source_volid=self.volume.id)
        self.assertFalse(volumes.is_being_copied(
            self.admin, snapshot_id=self.snapshot.id))

    def test_reset_meanwhile(self):
        self.asked_for(snapshot_id=self.snapshot.id)
        with mock.patch.object(work.WORK, 'check', side_effect=work.Ended):
            self.assertRaises(work.Ended, self.manager.delete_snapshot,
                              self.context, self.snapshot)
        self.assertEqual({self.snapshot.id}, self.engine.snapshot_ids())


class RetypeTest(base.ManagerTestCase):
    """Snapshots that are deleted while their volume changes its type."""

    manager_class = volume_manager.VolumeManager

    def setUp(self):
        super().setUp()
        self.types = [volume_types.create(self.admin, name).id
                      for name in ('old', 'new')]
        self.volume = self.create_volume(size=2, volume_type_id=self.types[0])
        self.snapshots = [self.create_snapshot(self.volume)
                          for _number in range(3)]
        # What is first reserved has Cinder count what there is.
        quota.QUOTAS.rollback(self.admin, quota.QUOTAS.reserve(
            self.admin, project_id=database.PROJECT, **{
                kind + of: 1 for kind in ('volumes', 'snapshots', 'gigabytes')
                for of in ('', '_old')}), project_id=database.PROJECT)

    def asked_for(self):
        """What Cinder's API reserves, and hands to cinder-volume."""
        self.volume.status = 'retyping'
        self.volume.previous_status = 'available'
        self.volume.save()
        self.volume.refresh()
        return [quota_utils.get_volume_type_reservation(
            self.context, self.volume, type_id, reserve_vol_type_only=True,
            negative=negative) for type_id, negative in zip(
                reversed(self.types), (False, True), strict=True)]

    def retype(self, new, old):
        self.manager.retype(
            self.context, self.volume, self.types[1], {'host': base.POOL},
            reservations=new, old_reservations=old)
        self.volume.refresh()
        self.assertEqual((self.types[1], 'available'), (
            self.volume.volume_type_id, self.volume.status))

    def delete(self, snapshot):
        snapshot.status = 'deleting'
        snapshot.save()
        self.manager.delete_snapshot(self.context, snapshot)

    def check_usage(self, snapshots):
        used = db_api.quota_usage_get_all_by_project(
            self.admin, database.PROJECT)
        size = 2 + 2 * snapshots
        self.assertEqual({
            'volumes': 1, 'snapshots': snapshots, 'gigabytes': size,
            'volumes_new': 1, 'snapshots_new': snapshots,
            'gigabytes_new': size, 'volumes_old': 0, 'snapshots_old': 0,
            'gigabytes_old': 0}, {
                name: usage['in_use'] for name, usage in used.items()
                if isinstance(usage, dict)})
        self.assertEqual({0}, {
            usage['reserved'] for usage in used.values()
            if isinstance(usage, dict)})

    def test_none_is_deleted(self):
        self.retype(*self.asked_for())
        self.check_usage(3)

    def test_made_while_it_was_asked_for(self):
        """Cinder reserves, and lists them, before the status changes."""
        reserved = self.asked_for()
        self.assertEqual(3, len(self.volume.snapshots))
        self.snapshots.append(self.create_snapshot(self.volume))
        quota.QUOTAS.commit(self.context, quota.QUOTAS.reserve(
            self.context, **{
                kind + of: amount for of in ('', '_old')
                for kind, amount in (('snapshots', 1), ('gigabytes', 2))}))
        self.retype(*reserved)
        self.check_usage(4)
        for snapshot in self.snapshots:
            snapshot.refresh()
            self.assertEqual(self.types[1], snapshot.volume_type_id)

    def test_before_it_begins(self):
        reserved = self.asked_for()
        self.delete(self.snapshots[1])
        self.retype(*reserved)
        self.check_usage(2)

    def test_all_of_them(self):
        reserved = self.asked_for()
        for snapshot in self.snapshots:
            self.delete(snapshot)
        self.retype(*reserved)
        self.check_usage(0)

    def test_under_way(self):
        """It takes its own off the former type: that is waited for."""
        reserved = self.asked_for()
        snapshot = self.snapshots[1]
        snapshot.status = 'deleting'
        snapshot.save()
        with mock.patch.object(
                work.WORK, 'check', side_effect=lambda: (
                    self.manager.delete_snapshot(self.context, snapshot))):
            self.retype(*reserved)
        self.check_usage(2)

    def test_held(self):
        """It takes its own off the new type when it goes on."""
        reserved = self.asked_for()
        self.snapshots[1].status = 'deleting'
        self.snapshots[1].save()
        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.cloud.volume_manager._PATIENCE', 0))
        self.retype(*reserved)
        self.manager.delete_snapshot(self.context, self.snapshots[1])
        self.check_usage(2)

    def test_snapshots_of_the_system(self):
        """They are on no quota, but Cinder reserves for them."""
        database.create_snapshot(self.volume, 'error_deleting',
                                 use_quota=False)
        self.retype(*self.asked_for())
        self.check_usage(3)

    def test_refused(self):
        """What was reserved is given back."""
        reserved = self.asked_for()
        self.delete(self.snapshots[0])
        with mock.patch.object(
                volume_types, 'volume_types_diff', return_value=({}, False)
                ), mock.patch.object(
                    self.driver, 'retype', return_value=False):
            self.assertRaises(
                exception.VolumeMigrationFailed, self.manager.retype,
                self.context, self.volume, self.types[1],
                {'host': base.POOL}, 'never', *reserved)
        used = db_api.quota_usage_get_all_by_project(
            self.admin, database.PROJECT)
        self.assertEqual((2, 0, 0), (
            used['snapshots_old']['in_use'], used['snapshots_new']['in_use'],
            used['snapshots_new']['reserved']))
