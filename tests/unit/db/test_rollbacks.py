# SPDX-License-Identifier: Apache-2.0
"""The statuses of a rollback: both change, or neither."""

import itertools

import testtools
from cinder import context as cinder_context

from evs_fake.db import history
from evs_fake.db import rollbacks
from tests.unit import database


class RollbacksTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.useFixture(database.DatabaseFixture())
        self.context = database.context()

    def make(self, volume_status, snapshot_status):
        self.volume = database.create_volume(volume_status)
        self.snapshot = database.create_snapshot(self.volume,
                                                 snapshot_status)

    def begin(self):
        return rollbacks.begin(
            self.context, self.volume.id, self.snapshot.id)

    def undo(self, former='available'):
        rollbacks.undo(
            self.context, self.volume.id, self.snapshot.id, former)

    def statuses(self):
        self.volume.refresh()
        self.snapshot.refresh()
        return self.volume.status, self.snapshot.status

    def seen(self):
        """All statuses that anybody could have seen."""
        return [
            [change.new_status for change in history.find(
                cinder_context.get_admin_context(),
                history.Criteria(resource_id=resource.id), 0, 100)[0]]
            for resource in (self.volume, self.snapshot)]

    def test_begin(self):
        for status in ('available', 'error_rollbacking'):
            self.make(status, 'available')
            self.assertEqual(status, self.begin())
            self.assertEqual(('reverting', 'restoring'), self.statuses())

    def test_refused(self):
        for error, volume, snapshot, reason in (
                (rollbacks.VolumeNotAllowed, 'in-use', 'available',
                 'in-use'),
                (rollbacks.VolumeNotAllowed, 'reverting', 'restoring',
                 'reverting'),
                (rollbacks.SnapshotNotAllowed, 'available', 'backing-up',
                 'backing-up'),
                (rollbacks.SnapshotNotAllowed, 'error_rollbacking', 'error',
                 'error')):
            self.make(volume, snapshot)
            raised = self.assertRaises(error, self.begin)
            self.assertEqual(reason, raised.status)
            self.assertEqual((volume, snapshot), self.statuses())
            self.assertEqual([[volume], [snapshot]], self.seen())

    def test_deleted_meanwhile(self):
        self.make('available', 'available')
        self.snapshot.destroy()
        raised = self.assertRaises(rollbacks.SnapshotNotAllowed, self.begin)
        self.assertEqual('deleted', raised.status)
        self.volume.refresh()
        self.assertEqual('available', self.volume.status)

    def test_undo(self):
        for status in ('available', 'error_rollbacking'):
            self.make(status, 'available')
            self.undo(self.begin())
            self.assertEqual((status, 'available'), self.statuses())

    def test_undo_leaves_what_others_changed(self):
        for volume, snapshot in itertools.product(
                ('error', 'reverting'), ('error', 'restoring')):
            self.make('available', 'available')
            self.begin()
            self.volume.update({'status': volume})
            self.volume.save()
            self.snapshot.status = snapshot
            self.snapshot.save()
            self.undo()
            self.assertEqual(
                ('error' if volume == 'error' else 'available',
                 'error' if snapshot == 'error' else 'available'),
                self.statuses())
