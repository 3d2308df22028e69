# SPDX-License-Identifier: Apache-2.0
"""CBR's methods for what a lone cloud of volumes does not have.

Each is called as an account with it would: only what it is about is not
there.
"""

_CODE = 'BackupService.9900'
_ID = '00000000-0000-4000-8000-000000000000'
_ELSEWHERE = {'destination_project_id': 'p', 'destination_region': 'r',
              'destination_vault_id': _ID}


class AbsentMixin:

    def absent(self, name, **attributes):
        error = self.methods.refused(name, _CODE, **attributes)
        # The same code as for a parameter that is wrong.
        self.assertIn('evs-fake does not offer', error.error_msg)

    def walk_agents(self):
        agents = self.methods.empty('list_agent', limit='5', offset=0)
        self.assertEqual(([], 0), (agents.agents, agents.count))
        one = {'agent_id': _ID}
        self.absent('check_agent', body={'agent_status': [
            {'resource_id': _ID, 'resource_type': 'OS::Nova::Server'}]})
        self.absent('register_agent', body={'agent': {
            'agent_id': _ID, 'host_name': 'h', 'host_ip': '192.0.2.1',
            'host_os': 'linux', 'agent_version': '1'}})
        self.absent('show_agent', **one)
        self.absent('update_agent', **one,
                    body={'agent': {'status': 'enable'}})
        self.absent('add_agent_path', **one, body={'add_path': ['/a']})
        self.absent('remove_agent_path', **one, body={'remove_path': ['/a']})
        self.absent('unregister_agent', **one)

    def walk_regions(self):
        self.assertEqual([], self.methods.empty(
            'show_replication_capabilities').regions)
        vaults = self.methods.empty(
            'list_external_vault', external_project_id='p', region_id='r',
            limit=5)
        self.assertEqual([], vaults.vaults)
        self.absent('copy_backup', backup_id=_ID,
                    body={'replicate': _ELSEWHERE})
        self.absent('copy_checkpoint', body={
            'replicate': {**_ELSEWHERE, 'vault_id': _ID}})
        self.absent('import_backup', body={'sync': [{
            'backup_id': _ID, 'backup_name': 'b', 'bucket_name': 'b',
            'image_path': 'i', 'resource_id': _ID, 'resource_name': 'r',
            'resource_type': 'OS::Nova::Server', 'created_at': 0}]})
        self.absent('import_checkpoint', body={
            'sync': {'auto_trigger': False, 'vault_id': _ID}})

    def walk_orders(self):
        order = {'cloud_service_console_url': 'http://c',
                 'resource_id': _ID, 'product_info': {
                     'product_id': 'p', 'resource_size': 20,
                     'resource_size_measure_id': 17,
                     'resource_spec_code': 'vault.backup.volume.normal'}}
        self.absent('change_order', body=order)
        self.absent('update_order', order_id=_ID, body=order)
        self.absent('change_vault_charge_mode', body={
            'charging_mode': 'pre_paid', 'period_type': 'month',
            'period_num': 1, 'vault_ids': [_ID]})
        self.absent('create_post_paid_vault', body={
            'vault': {'name': 'ordered', 'resources': [], 'billing': {
                'consistent_level': 'crash_consistent',
                'object_type': 'disk', 'protect_type': 'backup', 'size': 10,
                'charging_mode': 'pre_paid', 'period_type': 'month',
                'period_num': 1}}})
        self.assertEqual([], self.methods.works(
            'list_vault', name='ordered').vaults)

    def walk_organization(self):
        self.assertEqual([], self.methods.empty(
            'list_organization_policies', operation_type='backup').policies)
        one = {'organization_policy_id': _ID}
        policy = {
            'name': 'o', 'operation_type': 'backup', 'policy_name': 'p',
            'policy_enabled': True, 'effective_scope': 'all',
            'policy_operation_definition': {'max_backups': 1},
            'policy_trigger': {'properties': {'pattern': [
                'FREQ=DAILY;BYHOUR=1;BYMINUTE=0']}}}
        self.absent('create_organization_policy',
                             body={'policy': policy})
        self.absent('show_organization_policy', **one)
        self.absent('update_organization_policy', **one,
                    body={'policy': {'name': 'o'}})
        self.absent('list_organization_policy_detail', **one)
        self.absent('delete_organization_policy', **one)

    def walk_domains(self):
        self.absent('list_domain_projects',
                             domain_name='d')
        self.absent('show_domain',
                             source_project_id=self.project)
        self.absent('list_projects')
        self.absent('show_migrate_status', all_regions=False)
        self.absent('migrate_domain', body={
            'all_regions': False, 'reservation': 0})

    def walk_features(self):
        # Of which the SDK makes no body.
        self.assertEqual(b'{}', self.methods.empty(
            'list_features').raw_content)
        self.absent('show_feature', feature_key='f')
