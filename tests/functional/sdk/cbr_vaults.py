# SPDX-License-Identifier: Apache-2.0
"""CBR's methods for vaults and their resources, as a story."""

VOLUME = 'OS::Cinder::Volume'


class VaultsMixin:

    def make_vault(self, *volumes, **option):
        return self.methods.works('create_vault', body={'vault': {
            'name': 'v', 'resources': [self.resource(volume)
                                       for volume in volumes],
            'billing': {'consistent_level': 'crash_consistent',
                        'object_type': 'disk', 'protect_type': 'backup',
                        'charging_mode': 'post_paid', 'size': 10},
            **option}}).vault

    @staticmethod
    def resource(volume):
        return {'id': volume.id, 'type': VOLUME, 'name': volume.name}

    def vault(self, vault):
        return self.methods.works('show_vault', vault_id=vault.id).vault

    def walk_vaults(self):
        one, two = self.create_volume(name='one'), self.create_volume(2)
        made = self.make_vault(one, description='d', threshold=80)
        self.assertEqual(
            ('v', 'd', 80, 'post_paid', 'disk', 'backup', 10, 1, 0,
             'available', [(one.id, 'one', VOLUME, 1)]),
            (made.name, made.description, made.threshold,
             made.billing.charging_mode, made.billing.object_type,
             made.billing.protect_type, made.billing.size,
             made.billing.allocated, made.billing.used, made.billing.status,
             [(each.id, each.name, each.type, each.size)
              for each in made.resources]))
        shown = self.vault(made)
        self.assertEqual((made.id, made.created_at, self.project), (
            shown.id, shown.created_at, shown.project_id))
        listed = self.methods.works('list_vault', id=[made.id], limit=5)
        self.assertEqual((1, [shown.to_dict()]), (
            listed.count, [each.to_dict() for each in listed.vaults]))
        updated = self.methods.works(
            'update_vault', vault_id=made.id,
            body={'vault': {'name': 'w', 'billing': {'size': 20}}}).vault
        self.assertEqual(('w', 20), (updated.name, updated.billing.size))
        self.assertEqual([made.id], self.methods.works(
            'batch_update_vault', body={'vault': {
                'smn_notify': False, 'threshold': 50}}).updated_vaults_id)
        shown = self.vault(made)
        self.assertEqual((False, 50), (shown.smn_notify, shown.threshold))
        summary = self.methods.works('show_summary')
        self.assertEqual((20, 0), (summary.size, summary.used_size))
        self.resources_of(made, one, two)
        self.vault_tags_of(made)
        self.methods.works('delete_vault', vault_id=made.id)
        self.methods.refused('show_vault', 'BackupService.6105', 404,
                             vault_id=made.id)

    def resources_of(self, vault, one, two):
        self.assertEqual([two.id], self.methods.works(
            'add_vault_resource', vault_id=vault.id,
            body={'resources': [self.resource(two)]}).add_resource_ids)
        self.assertEqual([two.id], self.methods.works(
            'set_vault_resource', vault_id=vault.id,
            body={'resource_ids': [two.id], 'action': 'suspend'}
        ).set_resource_ids)
        self.assertEqual({one.id: True, two.id: False}, {
            each.id: each.auto_protect
            for each in self.vault(vault).resources})
        other = self.make_vault()
        self.assertEqual([two.id], self.methods.works(
            'migrate_vault_resource', vault_id=vault.id,
            body={'destination_vault_id': other.id,
                  'resource_ids': [two.id]}).migrated_resources)
        self.assertEqual([two.id], [
            each.id for each in self.vault(other).resources])
        self.assertEqual([two.id], self.methods.works(
            'remove_vault_resource', vault_id=other.id,
            body={'resource_ids': [two.id]}).remove_resource_ids)
        self.protectables_of(vault, one, two)
        self.methods.works('delete_vault', vault_id=other.id)

    def protectables_of(self, vault, one, two):
        listed = self.methods.works(
            'list_protectable', protectable_type='disk', limit=5)
        self.assertEqual({one.id: False, two.id: True}, {
            each.id: each.protectable.result for each in listed.instances})
        shown = self.methods.works(
            'show_protectable', protectable_type='disk',
            instance_id=one.id).instance
        self.assertEqual(
            ('one', 1, VOLUME, 'available', vault.id, 'BackupService.7006'),
            (shown.name, shown.size, shown.type, shown.status,
             shown.protectable.vault.id, shown.protectable.code))

    def vault_tags_of(self, vault):
        self.methods.works('create_vault_tags', vault_id=vault.id,
                           body={'tag': {'key': 'a', 'value': '1'}})
        self.methods.works(
            'batch_create_and_delete_vault_tags', vault_id=vault.id,
            body={'action': 'create',
                  'tags': [{'key': 'b', 'value': '2'}]})
        tags = self.methods.works('show_vault_tag', vault_id=vault.id)
        self.assertEqual(([('a', '1'), ('b', '2')], []), (
            [(tag.key, tag.value) for tag in tags.tags], tags.sys_tags))
        self.methods.works('delete_vault_tag', vault_id=vault.id, key='a')
        self.assertEqual([('b', ['2'])], [
            (tag.key, tag.values) for tag in self.methods.works(
                'show_vault_project_tag').tags])
        found = self.methods.works('show_vault_resource_instances', body={
            'action': 'filter', 'limit': '5', 'offset': '0',
            'tags': [{'key': 'b', 'values': ['2']}],
            'matches': [{'key': 'resource_name', 'value': 'w'}]})
        resource, = found.resources
        self.assertEqual((1, vault.id, 'w', vault.id), (
            found.total_count, resource.resource_id, resource.resource_name,
            resource.resource_detail.vault.id))
