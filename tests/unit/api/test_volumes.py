# SPDX-License-Identifier: Apache-2.0
"""The API of volumes, where another request comes between."""

import fixtures
from cinder import exception
from cinder import objects
from cinder.volume import api as cinder_api
from cinder.volume import volume_types

from evs_fake.api import volumes
from tests.unit import database
from tests.unit.api import base


class VolumesTest(base.ApiTestCase):

    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.MockPatchObject(
            cinder_api.API, '__init__', return_value=None))
        self.locks = []
        self.useFixture(fixtures.MockPatchObject(
            volumes, 'coordination')
        ).mock.COORDINATOR.get_lock.side_effect = self.locked
        self.api = volumes.API()
        self.volume = database.create_volume()
        self.snapshot = database.create_snapshot(self.volume)

    def locked(self, name):
        self.locks.append(name.removesuffix('-evs_fake_use'))
        return fixtures.Fixture()

    def patch(self, method, **kwargs):
        return self.useFixture(fixtures.MockPatchObject(
            cinder_api.API, method, **kwargs)).mock

    def refuse(self, *_args, **_kwargs):
        """As Cinder does when a snapshot is gone that it has listed."""
        self.before.append(self.volume.status)
        self.volume.status = 'error_deleting'
        self.volume.save()
        if len(self.before) <= self.refusals:
            raise exception.InvalidVolume(reason='Failed to update snapshot.')

    def delete(self, refusals, **kwargs):
        self.before, self.refusals = [], refusals
        self.patch('delete', side_effect=self.refuse)
        self.api.delete(self.context, self.volume, **kwargs)

    def test_deletion_that_is_overtaken(self):
        self.delete(2, cascade=True)
        self.assertEqual(['available'] * 3, self.before)

    def test_deletion_that_is_always_overtaken(self):
        self.assertRaises(exception.InvalidVolume, self.delete, 99,
                          cascade=True)
        self.volume.refresh()
        self.assertEqual('available', self.volume.status)
        self.assertEqual(set(self.before), {'available'})

    def test_deletion_alone_is_refused_at_once(self):
        self.assertRaises(exception.InvalidVolume, self.delete, 1)
        self.assertEqual(['available'], self.before)

    def test_deletion_that_gives_up_half_way(self):
        """Another snapshot is not marked, so those before it are not."""
        ending = database.create_snapshot(self.volume, status='deleting')

        def refuse(*args, **kwargs):
            self.snapshot.status = 'deleting'
            self.snapshot.save()
            self.refuse()

        self.before, self.refusals = [], 99
        self.patch('delete', side_effect=refuse)
        self.assertRaises(exception.InvalidVolume, self.api.delete,
                          self.context, self.volume, cascade=True)
        for snapshot, status in ((self.snapshot, 'available'),
                                 (ending, 'deleting')):
            snapshot.refresh()
            self.assertEqual(status, snapshot.status)

    def test_snapshot_and_nothing_else_at_once(self):
        create = self.patch('create_snapshot_in_db')
        create.side_effect = lambda *args, **kwargs: self.locks.append('made')
        self.api.create_snapshot_in_db(
            self.context, self.volume, 's', None, False, {}, None,
            allow_in_use=True)
        self.assertEqual([self.volume.id, 'made'], self.locks)
        create.assert_called_once_with(
            self.context, self.volume, 's', None, False, {}, None,
            allow_in_use=True)

    def test_attachment_only_where_nothing_is_under_way(self):
        attach = self.patch('attach')
        stale = objects.Volume.get_by_id(self.context, self.volume.id)
        for status in ('reverting', 'deleting', 'extending', 'error'):
            self.volume.status = status
            self.volume.save()
            self.assertRaises(exception.InvalidVolume, self.api.attach,
                              self.context, stale, 'server')
        attach.assert_not_called()
        for status in ('attaching', 'in-use', 'reserved'):
            self.volume.status = status
            self.volume.save()
            self.api.attach(self.context, stale, 'server', mode='rw')
            attach.assert_called_with(
                self.context, stale, 'server', mode='rw')
            self.volume.refresh()
            self.assertEqual(status, self.volume.status)
        self.assertEqual({self.volume.id}, set(self.locks))

    def test_attachment_that_nobody_reserved(self):
        """Nobody else has the volume meanwhile."""
        self.volume.previous_status = 'in-use'
        self.volume.save()

        def fail(*_args):
            seen.append(objects.Volume.get_by_id(
                self.context, self.volume.id))
            raise exception.InvalidVolumeAttachMode(mode='rw', volume_id='x')

        seen = []
        attach = self.patch('attach', side_effect=fail)
        self.assertRaises(exception.InvalidVolumeAttachMode, self.api.attach,
                          self.context, self.volume, 'server')
        self.assertEqual(('attaching', 'attaching'), (
            seen[0].status, seen[0].previous_status))
        attach.side_effect = None
        for _time in range(2):
            self.volume.refresh()
            self.assertEqual(('available', 'in-use'), (
                self.volume.status, self.volume.previous_status))
            attach.side_effect = lambda *_args: (
                self.volume.update_single_status_where(
                    'available', 'attaching'))
            self.api.attach(self.context, self.volume, 'server')

    def test_snapshot_of_a_volume_that_was_retyped(self):
        create = self.patch('create_snapshot_in_db')
        stale = objects.Volume.get_by_id(self.context, self.volume.id)
        new = volume_types.create(self.context.elevated(), 'new')
        self.volume.volume_type_id = new.id
        self.volume.save()
        self.api.create_snapshot_in_db(self.context, stale, 's')
        self.assertEqual(new.id, create.call_args.args[1].volume_type_id)
        self.volume.destroy()
        self.assertRaises(
            exception.VolumeNotFound, self.api.create_snapshot_in_db,
            self.context, stale, 's')

    def test_from_a_snapshot_as_it_is_now(self):
        create = self.patch('create')
        stale = objects.Snapshot.get_by_id(self.context, self.snapshot.id)
        self.snapshot.status = 'deleting'
        self.snapshot.save()
        self.api.create(self.context, 1, 'v', None, stale, metadata={})
        self.assertEqual('deleting', create.call_args.args[4].status)
        self.snapshot.destroy()
        self.assertRaises(exception.SnapshotNotFound, self.api.create,
                          self.context, 1, 'v', None, stale)
        delete = self.patch('delete_snapshot')
        self.api.delete_snapshot(self.context, self.snapshot, False)
        delete.assert_called_once_with(self.context, self.snapshot, False)
        self.assertEqual([self.volume.id] * 3, self.locks)

    def test_from_a_volume_as_it_is_now(self):
        create = self.patch('create')
        stale = objects.Volume.get_by_id(self.context, self.volume.id)
        self.volume.status = 'deleting'
        self.volume.save()
        self.api.create(self.context, 1, 'v', None, source_volume=stale)
        self.assertEqual('deleting',
                         create.call_args.kwargs['source_volume'].status)
        self.assertEqual([self.volume.id], self.locks)

    def test_from_both(self):
        """Refused by Cinder, later: no request waits for itself, or another.
        """
        self.patch('create', side_effect=exception.InvalidInput(reason='two'))
        other = database.create_volume()
        for source in (self.volume, other):
            self.locks.clear()
            self.assertRaises(
                exception.InvalidInput, self.api.create, self.context, 1, 'v',
                None, self.snapshot, source_volume=source)
            self.assertEqual(
                sorted({self.volume.id, source.id}), self.locks)
