# SPDX-License-Identifier: Apache-2.0
"""The rollback service: its rules, and races for it."""

import threading

import fixtures
from cinder import exception
from cinder import objects

from evs_fake import states
from evs_fake.api import rollback
from tests.unit import database
from tests.unit.api import base

#: Seconds in which anything must have happened, on the slowest machine.
TIMEOUT = 60


class RollbackTestCase(base.ApiTestCase):

    def setUp(self):
        super().setUp()
        self.volume = database.create_volume()
        self.snapshot = database.create_snapshot(self.volume)

    def start(self, snapshot=None, volume_id=None):
        snapshot = snapshot or self.snapshot
        # As a request has it: an object of its own.
        snapshot = objects.Snapshot.get_by_id(self.context, snapshot.id)
        return rollback.start(self.context, snapshot,
                              volume_id or self.volume.id)

    def assert_statuses(self, volume, snapshot):
        self.volume.refresh()
        self.snapshot.refresh()
        self.assertEqual((volume, snapshot),
                         (self.volume.status, self.snapshot.status))

    def assert_refused(self, error, *words, **kwargs):
        before = (self.volume.status, self.snapshot.status)
        raised = self.assertRaises(error, self.start, **kwargs)
        for word in words:
            self.assertIn(word, str(raised))
        self.assert_statuses(*before)
        self.revert.assert_not_called()


class RulesTest(RollbackTestCase):

    def test_accepted(self):
        volume = self.start()
        self.assertEqual(self.volume.id, volume.id)
        self.assert_statuses('reverting', 'restoring')
        self.revert.assert_called_once()
        context, volume, snapshot = self.revert.call_args.args
        self.assertEqual(
            (self.context, self.volume.id, self.snapshot.id),
            (context, volume.id, snapshot.id))
        self.assertEqual('restoring', snapshot.status)

    def test_older_snapshot_and_extended_volume(self):
        database.create_snapshot(self.volume)
        self.volume.size = 2
        self.volume.save()
        self.start()
        self.assert_statuses('reverting', 'restoring')

    def test_after_a_failed_rollback(self):
        self.volume.status = 'error_rollbacking'
        self.volume.save()
        self.start()
        self.assert_statuses('reverting', 'restoring')

    def test_to_another_volume(self):
        other = database.create_volume()
        self.assert_refused(
            exception.InvalidVolume, self.snapshot.id, self.volume.id,
            other.id, volume_id=other.id)

    def test_status_of_the_volume(self):
        for status in ('in-use', 'error', 'creating', 'backing-up',
                       'reverting', 'restoring-backup', 'maintenance'):
            self.volume.status = status
            self.volume.save()
            self.assert_refused(
                exception.InvalidVolume, states.volume_status(status),
                'available or error_rollbacking')

    def test_status_of_the_snapshot(self):
        for status in ('creating', 'error', 'deleting', 'error_deleting',
                       'backing-up', 'restoring'):
            self.snapshot.status = status
            self.snapshot.save()
            self.assert_refused(exception.InvalidSnapshot,
                                states.snapshot_status(status), 'available')

    def test_volume_returns_to_what_it_was(self):
        self.volume.status = 'error_rollbacking'
        self.volume.save()
        self.snapshot.status = 'error'
        self.snapshot.save()
        self.assert_refused(exception.InvalidSnapshot)

    def test_reserved_names(self):
        for prefix in states.RESERVED_SNAPSHOT_PREFIXES:
            self.snapshot.display_name = prefix + 'x'
            self.snapshot.save()
            self.assert_refused(exception.InvalidSnapshot, prefix + 'x')
        for name in (None, '', 'autobk', 'my autobk_snapshot_vbs_1'):
            self.snapshot.display_name = name
            self.snapshot.save()
            self.start()
            self.assert_statuses('reverting', 'restoring')
            self.volume.update_single_status_where('available', 'reverting')
            self.snapshot.update_single_status_where(
                'available', 'restoring')

    def test_snapshot_of_the_system(self):
        backup = objects.Backup(
            self.context, volume_id=self.volume.id, status='creating',
            user_id=database.USER, project_id=database.PROJECT,
            temp_snapshot_id=self.snapshot.id)
        backup.create()
        self.snapshot.use_quota = False
        self.snapshot.save()
        self.assert_refused(exception.InvalidSnapshot, backup.id,
                            'view-only')

    def test_unsent_request_changes_nothing(self):
        for status in states.ROLLBACK_VOLUME_STATUSES:
            self.volume.status = status
            self.volume.save()
            self.revert.side_effect = exception.ServiceUnavailable()
            self.assertRaises(exception.ServiceUnavailable, self.start)
            self.assert_statuses(status, 'available')


class RaceTest(RollbackTestCase):

    def race(self, *snapshots):
        """Start rollbacks at once; each passes its checks before any wins.

        :returns: the snapshots that won, and the errors of the others.
        """
        barrier = threading.Barrier(len(snapshots), timeout=TIMEOUT)
        refuse = rollback.system_snapshot.refuse

        def refuse_and_meet(*args):
            refuse(*args)
            barrier.wait()

        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.api.rollback.system_snapshot.refuse', refuse_and_meet))
        won, errors = [], []

        def run(snapshot):
            try:
                self.start(snapshot)
                won.append(snapshot)
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=run, args=[snapshot], daemon=True)
                   for snapshot in snapshots]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(TIMEOUT)
            self.assertFalse(thread.is_alive())
        return won, errors

    def assert_one_winner(self, won, errors, count):
        self.assertEqual((1, count - 1), (len(won), len(errors)), errors)
        self.assertEqual({exception.InvalidVolume},
                         {type(error) for error in errors})
        self.volume.refresh()
        self.assertEqual('reverting', self.volume.status)
        self.revert.assert_called_once()

    def test_two_for_one_snapshot(self):
        won, errors = self.race(self.snapshot, self.snapshot)
        self.assert_one_winner(won, errors, 2)
        self.assert_statuses('reverting', 'restoring')

    def test_many_for_two_snapshots(self):
        other = database.create_snapshot(self.volume)
        won, errors = self.race(*[self.snapshot, other] * 4)
        self.assert_one_winner(won, errors, 8)
        other.refresh()
        self.snapshot.refresh()
        for snapshot in (self.snapshot, other):
            self.assertEqual(
                'restoring' if snapshot is won[0] else 'available',
                snapshot.status)
