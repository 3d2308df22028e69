# SPDX-License-Identifier: Apache-2.0
"""What a rollback, and a failed one, make of the volume."""

from __future__ import annotations

from typing import Any

from tempest.lib import decorators

from evs_fake import states
from evs_fake.tempest import waiting
from evs_fake.tempest.tests.api import base
from evs_fake.tempest.tests.api import views


class Steps:
    """Through either view."""

    def assert_status(self, volume: dict[str, Any], status: str) -> None:
        self.assertEqual(status, self.seen_volumes.show_volume(
            volume['id'])['volume']['status'])
        self.assertEqual([(volume['id'], status)], [
            (each['id'], each['status'])
            for each in self.list_volumes(status=status)])
        self.assertNotIn(volume['id'], [
            each['id'] for each in self.list_volumes(status='available')])

    def walk_rollbacking(self) -> None:
        volume = self.create_volume()
        snapshot = self.create_snapshot(volume)
        rule = self.hold('snapshot-rollback', volume)
        self.roll_back(snapshot)
        self.assert_status(volume, states.VOLUME_ROLLBACKING)
        self.assert_refused(self.roll_back, snapshot)
        self.assert_refused(self.seen_volumes.delete_volume, volume['id'])
        self.release(rule)
        self.wait_at_rest(volume, snapshot)

    def fail_rollback(self) -> tuple[dict[str, Any], dict[str, Any]]:
        volume = self.create_volume()
        snapshot = self.create_snapshot(volume)
        self.fail_next('snapshot-rollback', volume)
        self.roll_back(snapshot)
        waiting.for_status(self.seen_volumes, volume['id'],
                           states.VOLUME_ERROR_ROLLBACKING)
        waiting.for_status(self.seen_snapshots, snapshot['id'], 'available')
        self.assert_status(volume, states.VOLUME_ERROR_ROLLBACKING)
        return volume, snapshot


class NativeTest(views.NativeView, Steps, base.ControlTest):

    needs = (*base.ControlTest.needs, 'revert')

    @decorators.idempotent_id('f95537b6-75db-48e4-9c2b-61a27a73a0e9')
    def test_rollbacking(self):
        self.walk_rollbacking()

    @decorators.idempotent_id('d88c8fbe-1693-437d-9efb-333cf41c6862')
    def test_error_rollbacking_may_be_deleted(self):
        volume, snapshot = self.fail_rollback()
        self.delete(self.snapshots, snapshot)
        self.volumes.delete_volume(volume['id'])
        waiting.for_end(self.volumes, volume['id'])


class EVSTest(views.EVSView, Steps, base.ControlTest):

    needs = (*base.ControlTest.needs, 'EVS')

    @decorators.idempotent_id('d85ac159-f172-4bd2-bead-0f97d6cacd5e')
    def test_rollbacking(self):
        self.walk_rollbacking()

    @decorators.idempotent_id('0c5bc408-1d29-463b-9ce9-14542a0656f2')
    def test_error_rollbacking_may_be_rolled_back(self):
        volume, snapshot = self.fail_rollback()
        self.roll_back(snapshot)
        self.wait_at_rest(volume, snapshot)

    @decorators.idempotent_id('ef5c29e1-627e-437e-8e41-72a552c7a1b8')
    def test_error_rollbacking_may_be_deleted(self):
        volume, snapshot = self.fail_rollback()
        self.evs_volumes.delete_volume(volume['id'])
        waiting.for_end(self.evs_volumes, volume['id'])
        # Unlike Cinder, EVS deletes them with their volume.
        waiting.for_end(self.evs_snapshots, snapshot['id'])
