# SPDX-License-Identifier: Apache-2.0
"""CBR's methods for backups and what makes them, as a story."""

import os

from tests.functional import cloud
from tests.functional.sdk import cbr_vaults

_MIB_OF_1_GIB = 1024


class BackupsMixin:

    def walk_backups(self):
        data = os.urandom(4096)
        volume = self.create_volume(name='disk')
        self.write(volume, data)
        vault = self.make_vault(volume)
        backup = self.checkpoint_of(vault, volume)
        listed = self.methods.works('list_backups', vault_id=vault.id,
                                    limit=5)
        self.assertEqual((1, [backup.to_dict()]), (
            listed.count, [each.to_dict() for each in listed.backups]))
        updated = self.methods.works(
            'update_backup', backup_id=backup.id,
            body={'backup': {'name': 'renamed'}}).backup
        self.assertEqual(('renamed', 'available'), (
            updated.name, updated.status))
        metadata = self.methods.works('show_metadata', backup_id=backup.id)
        self.assertEqual((backup.id, [volume.id], []), (
            metadata.backup_id, metadata.volumes, metadata.ports))
        usage = self.methods.works('show_storage_usage', limit=5)
        self.assertEqual(
            (1, [(volume.id, 'disk', 1, _MIB_OF_1_GIB)]),
            (usage.resource_count, [
                (each.resource_id, each.resource_name, each.backup_count,
                 each.backup_size) for each in usage.storage_usage]))
        self.expiration_of(vault, backup)
        self.members_of(backup)
        self.write(volume, os.urandom(len(data)))
        self.methods.works('restore_backup', backup_id=backup.id,
                           body={'restore': {'volume_id': volume.id}})
        self.wait_for(self.cinder.volumes, volume, 'available')
        self.assertEqual(data, self.read(volume, len(data)))
        self.logs_of(vault, backup, volume)
        self.methods.works('delete_backup', backup_id=backup.id)
        cloud.until(lambda: not self.methods.works('list_backups').backups,
                    'the end of a backup')
        self.methods.refused('show_backup', 'BackupService.6200', 404,
                             backup_id=backup.id)

    def checkpoint_of(self, vault, volume):
        made = self.methods.works('create_checkpoint', body={'checkpoint': {
            'vault_id': vault.id, 'parameters': {
                'name': 'b', 'description': 'd', 'incremental': True,
                'auto_trigger': False, 'resources': [volume.id],
                'retention_duration_days': 30}}}).checkpoint
        self.assertEqual(
            (vault.id, self.project, [], [volume.id]),
            (made.vault.id, made.project_id, made.vault.skipped_resources,
             [each.id for each in made.vault.resources]))

        def ended():
            shown = self.methods.works('show_checkpoint',
                                       checkpoint_id=made.id).checkpoint
            return shown if shown.status == 'available' else None

        shown = cloud.until(ended, 'a checkpoint', pause=0.05)
        self.assertEqual((made.id, made.created_at, 'b', 'd', 30), (
            shown.id, shown.created_at, shown.extra_info.name,
            shown.extra_info.description,
            shown.extra_info.retention_duration))
        found, = self.methods.works(
            'list_backups', checkpoint_id=made.id).backups
        backup = self.methods.works(
            'show_backup', backup_id=found.id).backup
        self.assertEqual(
            ('b', 'd', 'available', made.id, vault.id, volume.id, 'disk',
             cbr_vaults.VOLUME, 1, False, 'backup', self.project),
            (backup.name, backup.description, backup.status,
             backup.checkpoint_id, backup.vault_id, backup.resource_id,
             backup.resource_name, backup.resource_type,
             backup.resource_size, backup.incremental, backup.image_type,
             backup.project_id))
        self.assertLess(backup.created_at, backup.expired_at)
        self.assertTrue(backup.extend_info.snapshot_id)
        return backup

    def expiration_of(self, vault, backup):
        answer = self.methods.works(
            'update_expiration_time', vault_id=vault.id,
            body={'expect_expiration_date': '2099-12-31',
                  'time_zone': 'UTC+08:00'})
        self.assertEqual((1, '2099-12-31'), (
            answer.affected_backups_count, answer.new_expiration_day))
        self.assertEqual('2099-12-31T16:00:00', self.methods.works(
            'show_backup', backup_id=backup.id
        ).backup.expired_at.strftime('%Y-%m-%dT%H:%M:%S'))

    def members_of(self, backup):
        """Backups of disks cannot be shared: there are no members."""
        self.methods.refused('add_member', 'BackupService.6700',
                             backup_id=backup.id, body={'members': ['x']})
        listed = self.methods.empty('show_members_detail',
                                    backup_id=backup.id, limit=5)
        self.assertEqual((0, []), (listed.count, listed.members))
        one = {'backup_id': backup.id, 'member_id': 'x'}
        code = 'BackupService.6705'
        self.methods.refused('show_member_detail', code, 404, **one)
        self.methods.refused('update_member_status', code, 404, **one,
                             body={'status': 'accepted'})
        self.methods.refused('delete_member', code, 404, **one)

    def logs_of(self, vault, backup, volume):
        def ended():
            found = self.methods.works(
                'list_op_logs', operation_type='restore', status='success',
                vault_id=vault.id, limit=5)
            return found if found.operation_logs else None

        log, = cloud.until(ended, 'the log of a restore',
                           pause=0.05).operation_logs
        self.assertEqual(
            (backup.id, volume.id, 100),
            (log.extra_info.restore.backup_id,
             log.extra_info.restore.target_resource_id,
             log.extra_info.common.progress))
        shown = self.methods.works(
            'show_op_log', operation_log_id=log.id).operation_log
        self.assertEqual(log.to_dict(), shown.to_dict())

    def walk_policies(self):
        definition = {'max_backups': 5, 'retention_duration_days': -1}
        made = self.methods.works('create_policy', body={'policy': {
            'name': 'p', 'operation_type': 'backup', 'enabled': True,
            'operation_definition': definition,
            'trigger': {'properties': {'pattern': [
                'FREQ=DAILY;INTERVAL=1;BYHOUR=14;BYMINUTE=00']}}}}).policy
        self.assertEqual(
            ('p', 'backup', True, 5, 'time',
             ['FREQ=DAILY;INTERVAL=1;BYHOUR=14;BYMINUTE=00']),
            (made.name, made.operation_type, made.enabled,
             made.operation_definition.max_backups, made.trigger.type,
             made.trigger.properties.pattern))
        vault = self.make_vault()
        bound = self.methods.works(
            'associate_vault_policy', vault_id=vault.id,
            body={'policy_id': made.id}).associate_policy
        self.assertEqual((vault.id, made.id), (
            bound.vault_id, bound.policy_id))
        shown = self.methods.works('show_policy', policy_id=made.id).policy
        self.assertEqual([vault.id], [
            each.vault_id for each in shown.associated_vaults])
        listed, = self.methods.works('list_policies', vault_id=vault.id,
                                     operation_type='backup').policies
        self.assertEqual(shown.to_dict(), listed.to_dict())
        updated = self.methods.works(
            'update_policy', policy_id=made.id,
            body={'policy': {'name': 'q', 'enabled': False}}).policy
        self.assertEqual(('q', False, 5), (
            updated.name, updated.enabled,
            updated.operation_definition.max_backups))
        freed = self.methods.works(
            'disassociate_vault_policy', vault_id=vault.id,
            body={'policy_id': made.id}).dissociate_policy
        self.assertEqual((vault.id, made.id), (
            freed.vault_id, freed.policy_id))
        self.methods.works('delete_policy', policy_id=made.id)
        self.methods.refused('show_policy', 'BackupService.6000', 404,
                             policy_id=made.id)
