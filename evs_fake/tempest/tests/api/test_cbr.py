# SPDX-License-Identifier: Apache-2.0
"""A disk's way through CBR: vault, checkpoint, restore, and back."""

from tempest.lib import decorators
from tempest.lib import exceptions

from evs_fake.tempest import waiting
from evs_fake.tempest.services import cbr as service
from evs_fake.tempest.tests.api import base
from evs_fake.tempest.tests.api import cbr


class CBRTest(cbr.CBRSteps, base.BaseTest):

    needs = (*base.BaseTest.needs, 'backups', 'CBR')

    @decorators.attr(type=['smoke', 'slow'])
    @decorators.idempotent_id('cd02f26e-4ca1-4937-b7d5-4bd3618083db')
    def test_backup_and_restore(self):
        volume = self.create_volume()
        vault = self.create_vault(volume)
        self.assertEqual(
            [(volume['id'], service.VOLUME)],
            [(each['id'], each['type']) for each in vault['resources']])
        self.assertIn(vault['id'], [
            each['id'] for each in self.vaults.list_vaults()['vaults']])
        checkpoint = self.create_checkpoint(vault)
        self.wait_checkpoint(checkpoint, 'available')
        backup = self.backup_of(checkpoint)
        self.assertEqual((volume['id'], vault['id']),
                         (backup['resource_id'], backup['vault_id']))
        self.cbr_backups.restore_backup(backup['id'], volume['id'])
        waiting.for_status(self.cbr_backups, backup['id'], 'available')
        self.wait_at_rest(volume)
        self.delete(self.cbr_backups, backup)
        self.delete(self.vaults, vault)

    @decorators.attr(type='negative')
    @decorators.idempotent_id('a0f08cab-e98c-4c99-997a-a395d75d7c65')
    def test_volume_is_in_one_vault_only(self):
        volume = self.create_volume()
        self.create_vault(volume)
        error = self.assertRaises(
            exceptions.BadRequest, self.create_vault, volume)
        self.assertEqual('BackupService.6103', error.resp_body['error_code'])
