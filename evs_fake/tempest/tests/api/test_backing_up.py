# SPDX-License-Identifier: Apache-2.0
"""Both kinds of ``backing-up``.

One is of a snapshot that a user backs up. The other is of a snapshot that the
system makes to back up a volume, by the native API or by CBR: it is view-only
and goes with the end of the backup.
"""

from __future__ import annotations

from typing import Any

from tempest.lib import decorators

from evs_fake import states
from evs_fake.tempest import waiting
from evs_fake.tempest.tests.api import base
from evs_fake.tempest.tests.api import cbr


class BackingUpTest(base.SharedVolume, base.ControlTest):

    needs = (*base.ControlTest.needs, 'backups')

    def backing_up(self) -> list[dict[str, Any]]:
        """Of the volume, as the native API lists them."""
        return self.snapshots.list_snapshots(
            detail=True, status='backing-up',
            volume_id=self.volume['id'])['snapshots']

    def wait_system_snapshot(self) -> dict[str, Any]:
        snapshot, = waiting.until(self.backing_up, 'the system\'s snapshot')
        self.assertTrue(snapshot['name'].startswith(
            states.SYSTEM_SNAPSHOT_PREFIX), snapshot['name'])
        return snapshot

    def assert_view_only(self, snapshot: dict[str, Any]) -> None:
        """Nothing may be done with it, and its volume may not go."""
        for call, arguments in (
                (self.snapshots.delete_snapshot, {}),
                (self.snapshots.update_snapshot, {'name': 'mine'}),
                (self.snapshots.create_snapshot_metadata,
                 {'metadata': {'a': 'b'}})):
            self.assert_refused(call, snapshot['id'], **arguments)
        self.assert_refused(self.backups.create_backup,
                            volume_id=self.volume['id'],
                            snapshot_id=snapshot['id'])
        self.assert_refused(self.volumes.delete_volume, self.volume['id'])
        self.assert_refused(self.volumes.delete_volume, self.volume['id'],
                            cascade=True)
        self.assertEqual([snapshot['id']],
                         [each['id'] for each in self.backing_up()])


class NativeTest(BackingUpTest):

    @decorators.idempotent_id('fc47e53e-f535-4969-9251-6227d54427be')
    def test_backup_of_a_volume(self):
        rule = self.hold('backup-create', self.volume)
        backup = self.create_backup(self.volume)
        snapshot = self.wait_system_snapshot()
        self.assert_view_only(snapshot)
        self.release(rule)
        waiting.for_status(self.backups, backup['id'], 'available')
        waiting.for_end(self.snapshots, snapshot['id'])
        self.wait_at_rest(self.volume)

    @decorators.idempotent_id('be63ec98-4fdc-4ff8-a3c0-3dfa82782cfc')
    def test_failed_backup_of_a_volume(self):
        self.fail_next('backup-create', self.volume)
        backup = self.create_backup(self.volume)
        waiting.for_status(self.backups, backup['id'], 'error')
        self.wait_at_rest(self.volume)
        waiting.until(
            lambda: not self.snapshots.list_snapshots(
                volume_id=self.volume['id'])['snapshots'],
            'the end of the system\'s snapshot')

    @decorators.idempotent_id('752128cd-2242-4b11-98ba-794e68390435')
    def test_failed_backup_of_a_snapshot(self):
        snapshot = self.create_snapshot(self.volume)
        self.fail_next('backup-create', self.volume)
        backup = self.create_backup(
            self.volume, snapshot_id=snapshot['id'])
        waiting.for_status(self.backups, backup['id'], 'error')
        self.wait_at_rest(self.volume, snapshot)


class EVSTest(BackingUpTest):

    needs = (*BackingUpTest.needs, 'EVS')

    def assert_evs_view_only(self, snapshot: dict[str, Any]) -> None:
        shown = self.evs_snapshots.show_snapshot(snapshot['id'])['snapshot']
        self.assertEqual(('backing-up', self.volume['id']),
                         (shown['status'], shown['volume_id']))
        self.assertEqual([snapshot['id']], [
            each['id'] for each in self.evs_snapshots.list_snapshots(
                status='backing-up')['snapshots']])
        for call, fields in (
                (self.evs_snapshots.delete_snapshot, {}),
                (self.evs_snapshots.update_snapshot, {'name': 'mine'}),
                (self.evs_snapshots.rollback_snapshot,
                 {'volume_id': self.volume['id']})):
            self.assert_refused(call, snapshot['id'], **fields)
        self.assert_evs_refuses('EVS.2130', self.evs_volumes.delete_volume,
                                self.volume['id'])

    @decorators.idempotent_id('f3eb2915-0430-4d6f-8f43-8a0354821f04')
    def test_backup_of_a_volume(self):
        rule = self.hold('backup-create', self.volume)
        backup = self.create_backup(self.volume)
        snapshot = self.wait_system_snapshot()
        self.assert_evs_view_only(snapshot)
        self.release(rule)
        waiting.for_status(self.backups, backup['id'], 'available')
        waiting.for_end(self.evs_snapshots, snapshot['id'])

    @decorators.idempotent_id('a4bfa2e5-d3f0-40d1-b82c-882c6f061ac1')
    def test_backup_of_a_snapshot(self):
        snapshot = self.create_snapshot(self.volume)
        rule = self.hold('backup-create', self.volume)
        backup = self.create_backup(self.volume, snapshot_id=snapshot['id'])
        waiting.for_status(self.evs_snapshots, snapshot['id'], 'backing-up')
        self.assertEqual([], [
            each['id'] for each in self.backing_up()
            if each['id'] != snapshot['id']])
        self.assert_evs_refuses('EVS.2130', self.evs_volumes.delete_volume,
                                self.volume['id'])
        self.release(rule)
        waiting.for_status(self.backups, backup['id'], 'available')
        waiting.for_status(self.evs_snapshots, snapshot['id'], 'available')


class CBRTest(cbr.CBRSteps, BackingUpTest):

    needs = (*BackingUpTest.needs, 'CBR')

    @decorators.idempotent_id('4245941f-ec36-48eb-8a35-f9c35fe9edd1')
    def test_checkpoint(self):
        vault = self.create_vault(self.volume)
        rule = self.hold('backup-create', self.volume)
        checkpoint = self.create_checkpoint(vault)
        self.assertEqual('protecting', checkpoint['status'])
        snapshot = self.wait_system_snapshot()
        backup = self.backup_of(checkpoint)
        self.assertEqual('protecting', backup['status'])
        self.assert_view_only(snapshot)
        self.release(rule)
        self.wait_checkpoint(checkpoint, 'available')
        waiting.for_end(self.snapshots, snapshot['id'])
        self.assertEqual('available', self.backup_of(checkpoint)['status'])

    @decorators.idempotent_id('6b235d8e-17de-460d-b31d-61e20d9a5243')
    def test_failed_checkpoint(self):
        vault = self.create_vault(self.volume)
        self.fail_next('backup-create', self.volume)
        checkpoint = self.create_checkpoint(vault)
        self.wait_checkpoint(checkpoint, 'error')
        self.assertEqual('error', self.backup_of(checkpoint)['status'])
        self.wait_at_rest(self.volume)
