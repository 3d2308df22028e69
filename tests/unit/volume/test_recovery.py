# SPDX-License-Identifier: Apache-2.0
"""What a cinder-volume that starts finds, and how it leaves it."""

import os
from unittest import mock

import fixtures
from cinder import exception as cinder_exception
from cinder import objects
from cinder.volume import rpcapi

from tests.unit import database
from tests.unit.volume import base


class RecoveryTest(base.ManagerTestCase):

    def setUp(self):
        super().setUp()
        # Whom Cinder puts work down as.
        self.useFixture(fixtures.MonkeyPatch(
            'cinder.service.Service.service_id', self.service.id))
        self.delete_snapshot = self.useFixture(fixtures.MockPatchObject(
            rpcapi.VolumeAPI, 'delete_snapshot', autospec=True)).mock

    def restart(self):
        self.engine.close()
        self.manager = self.start()

    @staticmethod
    def set_status(resource, status):
        resource.status = status
        resource.save()

    def test_nothing_to_settle(self):
        volume = self.create_volume()
        self.write(volume, base.OLD)
        snapshot = self.create_snapshot(volume)
        self.restart()
        volume.refresh()
        snapshot.refresh()
        self.assertEqual(('available', 'available'),
                         (volume.status, snapshot.status))
        self.assertEqual(base.OLD, self.read(volume))
        self.assertEqual({snapshot.id}, self.engine.snapshot_ids())
        self.delete_snapshot.assert_not_called()

    def test_rollback(self):
        volume = self.create_volume()
        self.write(volume, base.OLD)
        snapshot = self.create_snapshot(volume)
        self.write(volume, base.NEW)
        self.set_status(volume, 'reverting')
        self.set_status(snapshot, 'restoring')
        self.restart()
        volume.refresh()
        snapshot.refresh()
        self.assertEqual(('error_rollbacking', 'available'),
                         (volume.status, snapshot.status))
        self.assertEqual(base.NEW, self.read(volume))

    def test_attachment_without_a_reservation(self):
        """One with a reservation stays reserved: Nova goes on with it."""
        for previous, found in ((None, ('attaching', 1)),
                                ('available', ('attaching', 1)),
                                ('attaching', ('available', 0))):
            volume = self.create_volume()
            volume.previous_status = previous
            volume.begin_attach('rw')
            self.set_status(volume, 'attaching')
            self.restart()
            volume = objects.Volume.get_by_id(self.context, volume.id)
            self.assertEqual(found, (
                volume.status, len(volume.volume_attachment)))

    def test_restore_of_a_backup(self):
        for status in ('restoring-backup', 'error_restoring'):
            volume = self.create_volume()
            self.write(volume, base.OLD)
            # As cinder-backup opens it.
            os.truncate(self.driver.local_path(volume), 3)
            self.set_status(volume, status)
            self.restart()
            volume.refresh()
            self.assertEqual(status, volume.status)
            self.assertEqual(
                volume.size << 30, self.engine.volume_size(volume.id))
            self.assertEqual(base.OLD[:3] + bytes(9), self.read(volume, 12))

    def test_creation_of_a_volume(self):
        volume = database.create_volume('creating', host=base.POOL)
        volume.set_worker()
        self.engine.create_volume(volume.id, 1)
        self.restart()
        volume.refresh()
        self.assertEqual('error', volume.status)
        self.assertEqual(set(), self.engine.volume_ids())

    def test_creation_of_a_snapshot(self):
        volume = self.create_volume()
        snapshot = database.create_snapshot(volume, 'creating')
        snapshot.set_worker()
        self.engine.create_snapshot(snapshot.id, volume.id)
        self.restart()
        snapshot.refresh()
        self.assertEqual('error', snapshot.status)
        self.assertEqual(set(), self.engine.snapshot_ids())

    def test_deletion_of_a_snapshot_is_asked_for_again(self):
        volume = self.create_volume()
        snapshot = self.create_snapshot(volume)
        self.set_status(snapshot, 'deleting')
        self.restart()
        self.delete_snapshot.assert_called_once_with(
            mock.ANY, mock.ANY, mock.ANY)
        _api, context, asked = self.delete_snapshot.call_args.args
        self.manager.delete_snapshot(context, asked)
        self.assertRaises(cinder_exception.SnapshotNotFound,
                          snapshot.refresh)
        self.assertEqual(set(), self.engine.snapshot_ids())

    def test_deletion_of_a_volume(self):
        volume = self.create_volume()
        self.set_status(volume, 'deleting')
        volume.set_worker()
        self.restart()
        self.assertRaises(cinder_exception.VolumeNotFound, volume.refresh)
        self.assertEqual(set(), self.engine.volume_ids())

    def test_resources_of_a_cluster_are_left_alone(self):
        # Another host may be at work on them.
        volume = self.create_volume()
        self.set_status(volume, 'reverting')
        self.driver.cluster_name = 'cluster'
        self.assertEqual((None, None),
                         self.driver.update_provider_info([volume], []))
        volume.refresh()
        self.assertEqual('reverting', volume.status)
