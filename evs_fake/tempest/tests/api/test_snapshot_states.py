# SPDX-License-Identifier: Apache-2.0
"""The seven statuses of a snapshot: how each is reached, and what it allows.
"""

from __future__ import annotations

from typing import Any

from tempest.lib import decorators

from evs_fake import states
from evs_fake.tempest import waiting
from evs_fake.tempest.tests.api import base
from evs_fake.tempest.tests.api import views


class AvailableSteps:
    """Needs nothing held: a part of every test of a view."""

    def walk_available(self) -> None:
        snapshot = self.create_snapshot(self.volume, self.seen_snapshots)
        self.assertEqual(self.volume['id'], snapshot['volume_id'])
        self.assertIn(snapshot['id'], [
            each['id'] for each in self.list_snapshots(status='available')])
        self.seen_snapshots.delete_snapshot(snapshot['id'])
        waiting.for_end(self.seen_snapshots, snapshot['id'])


class HeldSteps:
    """Ways to the other six, through either view."""

    def assert_status(self, snapshot: dict[str, Any], status: str) -> None:
        """Seen wherever a tenant looks, and allows what it is to allow."""
        shown = self.seen_snapshots.show_snapshot(snapshot['id'])['snapshot']
        self.assertEqual(status, shown['status'])
        for each in (status, 'available'):
            listed = {found['id']: found['status']
                      for found in self.list_snapshots(status=each)}
            self.assertEqual(status if each == status else None,
                             listed.get(snapshot['id']))
        allows = states.SNAPSHOT_STATES_BY_NAME[status].allows
        if states.Operation.DELETE not in allows:
            self.assert_refused(self.seen_snapshots.delete_snapshot,
                                snapshot['id'])
        if states.Operation.ROLLBACK not in allows:
            self.assert_refused(self.roll_back, shown)
        self.assertEqual(status, self.seen_snapshots.show_snapshot(
            snapshot['id'])['snapshot']['status'])

    def walk_creating(self) -> None:
        rule = self.hold('snapshot-create', self.volume)
        snapshot = self.create_snapshot(
            self.volume, self.seen_snapshots, status=None)
        self.assertEqual('creating', snapshot['status'])
        self.assert_status(snapshot, 'creating')
        self.release(rule)
        waiting.for_status(self.seen_snapshots, snapshot['id'], 'available')

    def walk_error(self) -> None:
        self.fail_next('snapshot-create', self.volume)
        snapshot = self.create_snapshot(
            self.volume, self.seen_snapshots, status='error')
        self.assert_status(snapshot, 'error')
        self.seen_snapshots.delete_snapshot(snapshot['id'])
        waiting.for_end(self.seen_snapshots, snapshot['id'])

    def walk_deleting(self) -> None:
        snapshot = self.create_snapshot(self.volume, self.seen_snapshots)
        rule = self.hold('snapshot-delete', self.volume)
        self.seen_snapshots.delete_snapshot(snapshot['id'])
        self.assert_status(snapshot, 'deleting')
        self.release(rule)
        waiting.for_end(self.seen_snapshots, snapshot['id'])

    def walk_error_deleting(self) -> None:
        snapshot = self.create_snapshot(self.volume, self.seen_snapshots)
        self.fail_next('snapshot-delete', self.volume)
        self.seen_snapshots.delete_snapshot(snapshot['id'])
        waiting.for_status(
            self.seen_snapshots, snapshot['id'], 'error_deleting')
        # No tenant may delete it again.
        self.addCleanup(self.admin_snapshots.reset_snapshot_status,
                        snapshot['id'], 'available')
        self.assert_status(snapshot, 'error_deleting')

    def walk_rollbacking(self) -> None:
        snapshot = self.create_snapshot(self.volume, self.seen_snapshots)
        rule = self.hold('snapshot-rollback', self.volume)
        self.roll_back(snapshot)
        self.assert_status(snapshot, 'rollbacking')
        self.release(rule)
        self.wait_at_rest(self.volume, snapshot)

    def walk_backing_up(self) -> None:
        snapshot = self.create_snapshot(self.volume, self.seen_snapshots)
        rule = self.hold('backup-create', self.volume)
        backup = self.create_backup(self.volume, snapshot_id=snapshot['id'])
        waiting.for_status(
            self.seen_snapshots, snapshot['id'], 'backing-up')
        self.assert_status(snapshot, 'backing-up')
        self.release(rule)
        waiting.for_status(self.backups, backup['id'], 'available')
        waiting.for_status(self.seen_snapshots, snapshot['id'], 'available')


class NativeAvailableTest(views.NativeView, AvailableSteps,
                          base.SharedVolume, base.BaseTest):

    @decorators.attr(type='smoke')
    @decorators.idempotent_id('2b32b71b-aee4-4b5b-b3a2-557ccd513136')
    def test_available(self):
        self.walk_available()


class EVSAvailableTest(views.EVSView, AvailableSteps,
                       base.SharedVolume, base.BaseTest):

    needs = (*base.BaseTest.needs, 'EVS')

    @decorators.attr(type='smoke')
    @decorators.idempotent_id('d1ebb148-7b45-4dd0-a72f-5638ee02de67')
    def test_available(self):
        self.walk_available()


class NativeHeldTest(views.NativeView, HeldSteps,
                     base.SharedVolume, base.ControlTest):

    needs = (*base.ControlTest.needs, 'backups', 'revert')

    @decorators.idempotent_id('bf14b4dc-0227-4072-a0fe-6b4f527ef9dd')
    def test_creating(self):
        self.walk_creating()

    @decorators.idempotent_id('2f4a5de0-994a-4237-b486-8436b11d6f95')
    def test_error(self):
        self.walk_error()

    @decorators.idempotent_id('f0bcce67-9192-463e-b6d8-7513557005c5')
    def test_deleting(self):
        self.walk_deleting()

    @decorators.idempotent_id('2eb25c95-d2d9-4af5-9619-21cabc71c535')
    def test_error_deleting(self):
        self.walk_error_deleting()

    @decorators.idempotent_id('8daaf9a2-33c1-47f3-9f51-f09f558d2a8c')
    def test_rollbacking(self):
        self.walk_rollbacking()

    @decorators.idempotent_id('33d60ef6-655a-4a14-80dc-742a5b2c4b75')
    def test_backing_up(self):
        self.walk_backing_up()


class EVSHeldTest(views.EVSView, HeldSteps,
                  base.SharedVolume, base.ControlTest):

    needs = (*base.ControlTest.needs, 'backups', 'EVS')

    @decorators.idempotent_id('70dfed04-bd4c-4a6b-9f71-ea71065a8036')
    def test_creating(self):
        self.walk_creating()

    @decorators.idempotent_id('15324659-84e5-49f8-9a38-3a6e4f9b1cca')
    def test_error(self):
        self.walk_error()

    @decorators.idempotent_id('e884fbc5-ca7d-474d-8001-05cf6f5c1048')
    def test_deleting(self):
        self.walk_deleting()

    @decorators.idempotent_id('428f2051-c504-4483-ab59-63e618aebc63')
    def test_error_deleting(self):
        self.walk_error_deleting()

    @decorators.idempotent_id('8f92f81c-1ff1-479a-83a4-f756f6d5c530')
    def test_rollbacking(self):
        self.walk_rollbacking()

    @decorators.idempotent_id('606f9fcc-2e07-465b-8126-9688033d87ac')
    def test_backing_up(self):
        self.walk_backing_up()

    @decorators.attr(type='negative')
    @decorators.idempotent_id('788dc80c-69d1-4d60-8af9-2f1d3d0cc71c')
    def test_code_of_a_refused_deletion(self):
        rule = self.hold('snapshot-create', self.volume)
        snapshot = self.create_snapshot(
            self.volume, self.evs_snapshots, status=None)
        self.assert_evs_refuses(
            'EVS.1047', self.evs_snapshots.delete_snapshot, snapshot['id'])
        self.release(rule)
        waiting.for_status(self.evs_snapshots, snapshot['id'], 'available')


class StoredSteps:
    """Statuses that an administrator stores."""

    def walk_stored(self) -> None:
        snapshot = self.create_snapshot(self.volume)
        for status in self.snapshot_statuses(
                snapshot, states.SNAPSHOT_STATUSES):
            self.assertEqual(status, self.seen_snapshots.show_snapshot(
                snapshot['id'])['snapshot']['status'])


class NativeStoredTest(views.NativeView, StoredSteps,
                       base.SharedVolume, base.AdminTest):

    @decorators.idempotent_id('455c474c-68b2-4339-a1eb-e8b179716a89')
    def test_each_of_the_seven(self):
        self.walk_stored()


class EVSStoredTest(views.EVSView, StoredSteps,
                    base.SharedVolume, base.AdminTest):

    needs = (*base.AdminTest.needs, 'EVS')

    @decorators.idempotent_id('a269870a-289c-43ef-a260-f1b90db57bbb')
    def test_each_of_the_seven(self):
        self.walk_stored()
