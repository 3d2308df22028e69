# SPDX-License-Identifier: Apache-2.0
"""What a project has is nobody else's to see, change or name."""

from tempest.lib import decorators
from tempest.lib import exceptions

from evs_fake.tempest.tests.api import base
from evs_fake.tempest.tests.api import cbr


class IsolationTest(base.BaseTest):
    """The primary user owns; the alternative one asks."""

    credentials = ['primary', 'alt']

    def assert_missing(self, call, *args, **kwargs):
        self.assertRaises(exceptions.NotFound, call, *args, **kwargs)


class NativeTest(IsolationTest):

    needs = (*IsolationTest.needs, 'revert')

    @decorators.attr(type='negative')
    @decorators.idempotent_id('e8f7a4d3-a550-4fc3-8832-8b3d04f63eab')
    def test_snapshot(self):
        volume = self.create_volume()
        snapshot = self.create_snapshot(volume)
        alt = self.os_alt.snapshots_client_latest
        self.assert_missing(alt.show_snapshot, snapshot['id'])
        self.assert_missing(alt.update_snapshot, snapshot['id'], name='x')
        self.assert_missing(alt.delete_snapshot, snapshot['id'])
        self.assertNotIn(snapshot['id'], [
            each['id'] for each in alt.list_snapshots()['snapshots']])
        self.assert_missing(
            self.os_alt.evs_fake_native.RevertClient().revert_volume,
            volume['id'], snapshot['id'])
        self.wait_at_rest(volume, snapshot)


class EVSTest(IsolationTest):

    needs = (*IsolationTest.needs, 'EVS')

    @decorators.attr(type='negative')
    @decorators.idempotent_id('b5589609-2ba4-492b-b49b-53e9a810611f')
    def test_snapshot(self):
        volume = self.create_volume()
        snapshot = self.create_snapshot(volume)
        alt = self.os_alt.evs_fake_evs.SnapshotsClient()
        self.assert_missing(alt.show_snapshot, snapshot['id'])
        self.assert_missing(alt.update_snapshot, snapshot['id'], name='x')
        self.assert_missing(alt.delete_snapshot, snapshot['id'])
        self.assert_missing(alt.rollback_snapshot, snapshot['id'],
                            volume_id=volume['id'])
        self.assert_missing(alt.create_snapshot, volume_id=volume['id'],
                            name='x')
        listed = alt.list_snapshots(volume_id=volume['id'])
        self.assertEqual((0, []), (listed['count'], listed['snapshots']))
        self.wait_at_rest(volume, snapshot)

    @decorators.attr(type='negative')
    @decorators.idempotent_id('5ed5dcb6-7b5e-416e-82ff-39abb886d198')
    def test_rollback_to_a_volume_of_another_project(self):
        snapshot = self.create_snapshot(self.create_volume())
        other = self.create_volume(self.os_alt.volumes_client_latest)
        self.assert_evs_refuses(
            'EVS.5400', self.evs_snapshots.rollback_snapshot,
            snapshot['id'], volume_id=other['id'])
        self.assertEqual(
            'available', self.os_alt.volumes_client_latest.show_volume(
                other['id'])['volume']['status'])


class CBRTest(cbr.CBRSteps, IsolationTest):

    needs = (*IsolationTest.needs, 'backups', 'CBR')

    @decorators.attr(type='negative')
    @decorators.idempotent_id('f0b839b3-7155-4c37-b9e1-0b2bbc1b900f')
    def test_vault_and_backup(self):
        volume = self.create_volume()
        vault = self.create_vault(volume)
        checkpoint = self.create_checkpoint(vault)
        self.wait_checkpoint(checkpoint, 'available')
        backup = self.backup_of(checkpoint)
        vaults = self.os_alt.evs_fake_cbr.VaultsClient()
        self.assert_missing(vaults.show_vault, vault['id'])
        self.assert_missing(vaults.delete_vault, vault['id'])
        self.assertNotIn(vault['id'], [
            each['id'] for each in vaults.list_vaults()['vaults']])
        checkpoints = self.os_alt.evs_fake_cbr.CheckpointsClient()
        self.assert_missing(checkpoints.show_checkpoint, checkpoint['id'])
        self.assert_missing(checkpoints.create_checkpoint, vault['id'])
        backups = self.os_alt.evs_fake_cbr.BackupsClient()
        self.assert_missing(backups.show_backup, backup['id'])
        self.assert_missing(backups.delete_backup, backup['id'])
        self.assert_missing(backups.restore_backup, backup['id'],
                            volume['id'])
        self.assertEqual('available', self.backup_of(checkpoint)['status'])


class ControlTest(IsolationTest):

    needs = (*IsolationTest.needs, 'the control API')

    @decorators.attr(type='negative')
    @decorators.idempotent_id('be881fca-ffbf-400e-b7a0-183a27122509')
    def test_rules_are_for_administrators(self):
        volume = self.create_volume()
        rules = self.os_primary.evs_fake_control.RulesClient()
        self.assertRaises(
            exceptions.Forbidden, rules.create_rule, 'snapshot-create',
            'hold', match={'volume_id': volume['id']})
        self.create_snapshot(volume)
