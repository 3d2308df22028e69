# SPDX-License-Identifier: Apache-2.0
"""What the embedded cloud's cinder-volume does in another order."""

from unittest import mock

import fixtures
from cinder import exception
from cinder import objects
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
