# SPDX-License-Identifier: Apache-2.0
"""Open Telekom Cloud's commands for CBR, in the environment of openrc.

otcextensions has none for EVS: there, python-openstackclient's are used.
"""

import json
import os

import fixtures
import openstack
from otcextensions import sdk

from evs_fake.cmd import openrc
from tests.functional import shell

_PATTERN = 'FREQ=DAILY;BYHOUR=1;BYMINUTE=0'
_VOLUME = 'id=%s,type=OS::Cinder::Volume'


class CBRTestCase(shell.ShellTestCase):

    def cbr(self, *arguments):
        """What a command prints as JSON."""
        return json.loads(self.run_cbr(*arguments, '-f', 'json'))

    def run_cbr(self, *arguments):
        return self.run_openstack(
            '--os-cloud', openrc.CBR_CLOUD, 'cbr', *arguments)

    def create_vault(self, *options):
        return self.cbr(
            'vault', 'create', 'vault', '--object-type', 'disk', '--size',
            '10', '--consistent-level', 'crash_consistent', *options)


class TestCommands(CBRTestCase):

    def test_vaults(self):
        volume = self.create_volume()
        vault = self.create_vault('--description', 'd', '--tag', 'a=b')
        self.assertEqual(
            ('vault', 'd', 'available', 10, 'disk', self.project,
             'value=b, key=a'),
            tuple(vault[name] for name in (
                'name', 'description', 'status', 'size', 'object_type',
                'project_id', 'tags')))
        associated = self.cbr('vault', 'associate', '--resource',
                              _VOLUME % volume.id, 'vault')
        self.assertEqual({'resource_1': volume.id}, associated)
        [listed] = self.cbr('vault', 'list', '--name', 'vault')
        self.assertEqual((vault['ID'], volume.id), (
            listed['ID'], listed['resource_id_1']))
        updated = self.cbr('vault', 'update', '--name', 'renamed', '--size',
                           '20', 'vault')
        self.assertEqual((vault['ID'], 'renamed', 20), (
            updated['ID'], updated['name'], updated['size']))
        self.run_cbr('vault', 'dissociate', '--resource', volume.id,
                     'renamed')
        shown = self.cbr('vault', 'show', 'renamed')
        self.assertNotIn('resource_id_1', shown)
        self.run_cbr('vault', 'delete', 'renamed')
        self.assertEqual([], self.cbr('vault', 'list'))

    def test_policies(self):
        policy = self.cbr('policy', 'create', 'policy', '--pattern',
                          _PATTERN, '--max-backups', '5')
        self.assertEqual(
            ('policy', 'backup', True, 5, _PATTERN),
            tuple(policy[name] for name in (
                'name', 'operation_type', 'enabled', 'max_backups',
                'schedule_pattern_1')))
        vault = self.create_vault()
        bound = self.cbr('vault', 'bind', 'vault', policy['ID'])
        self.assertEqual((vault['ID'], policy['ID']), (
            bound['vault_id'], bound['policy_id']))
        self.run_cbr('vault', 'unbind', 'vault', policy['ID'])
        [listed] = self.cbr('policy', 'list')
        self.assertEqual((policy['ID'], 'policy'), (
            listed['ID'], listed['name']))

    def test_backups(self):
        data = os.urandom(4096)
        volume = self.create_volume()
        self.write(volume, data)
        vault = self.create_vault('--resource', _VOLUME % volume.id)
        made = self.cbr('checkpoint', 'create', '--vault-id', vault['ID'],
                        '--backup-name', 'backup')
        self.assertEqual((vault['ID'], 'vault', 'backup'), (
            made['vault_id'], made['vault_name'], made['backup_name']))
        [natively] = self.cinder.backups.list()
        self.wait_for(self.cinder.backups, natively, 'available')
        checkpoint = self.cbr('checkpoint', 'show', made['id'])
        self.assertEqual('available', checkpoint['status'])
        [listed] = self.cbr('backup', 'list', '--vault-id', vault['ID'])
        backup = self.cbr('backup', 'show', 'backup')
        self.assertEqual(listed, {name: backup[name] for name in listed})
        self.assertEqual(
            (natively.id, 'available', volume.id, 1, made['id']),
            tuple(backup[name] for name in (
                'id', 'status', 'resource_id', 'resource_size',
                'checkpoint_id')))
        self.write(volume, os.urandom(len(data)))
        self.run_cbr('backup', 'restore', '--volume-id', volume.id,
                     'backup')
        self.wait_for(self.cinder.volumes, volume, 'available')
        self.assertEqual(data, self.read(volume, len(data)))
        self.run_cbr('backup', 'delete', 'backup')
        self.wait_gone(self.cinder.backups, natively)
        tasks = self.cbr('task', 'list')
        self.assertEqual({'backup', 'restore', 'delete'}, {
            task['operation_type'] for task in tasks})
        shown = self.cbr('task', 'show', tasks[0]['id'])
        self.assertEqual(tasks[0]['operation_type'],
                         shown['operation_type'])

    def test_refusal(self):
        error = self.assertRaises(shell.CommandFailed, self.create_vault,
                                  '--resource', _VOLUME % self.project)
        self.assertIn('BackupService.9900', str(error))


class TestSDK(CBRTestCase):
    """What it adds to openstacksdk.

    Its commands show, update and delete of policies are for no cloud: they
    call a method with an argument that this has not, in 0.34.8.
    """

    def setUp(self):
        super().setUp()
        for name in {*os.environ, *self.environment}:
            if name.startswith('OS_'):
                self.useFixture(fixtures.EnvironmentVariable(
                    name, self.environment.get(name)))
        connection = openstack.connect(cloud=openrc.CBR_CLOUD)
        self.addCleanup(connection.close)
        sdk.register_otc_extensions(connection)
        self.proxy = connection.cbr

    def test_policy(self):
        made = self.proxy.create_policy(
            name='policy', operation_type='backup',
            operation_definition={'max_backups': 5},
            trigger={'properties': {'pattern': [_PATTERN]}})
        updated = self.proxy.update_policy(made, name='renamed',
                                           enabled=False)
        self.assertEqual((made.id, 'renamed', False), (
            updated.id, updated.name, updated.enabled))
        found = self.proxy.find_policy('renamed')
        self.assertEqual((made.id, False, [_PATTERN]), (
            found.id, found.enabled, found.trigger.properties.pattern))
        self.assertEqual(5, self.proxy.get_policy(
            made).operation_definition.max_backups)
        self.proxy.delete_policy(made)
        self.assertEqual([], list(self.proxy.policies()))

    def test_checkpoint(self):
        volume = self.create_volume()
        vault = self.proxy.create_vault(
            name='vault', billing={
                'object_type': 'disk', 'size': 10,
                'consistent_level': 'crash_consistent',
                'protect_type': 'backup'},
            resources=[{'id': volume.id, 'type': 'OS::Cinder::Volume'}])
        checkpoint = self.proxy.wait_for_checkpoint(
            self.proxy.create_checkpoint(
                vault_id=vault.id, parameters={'name': 'backup'}),
            interval=1)
        self.assertEqual('available', checkpoint.status)
        backup, = self.proxy.backups(vault_id=vault.id)
        self.assertEqual((volume.id, checkpoint.id), (
            backup.resource_id, backup.checkpoint_id))
        self.assertEqual([], list(self.proxy.members(backup)))
        self.proxy.delete_backup(backup)
        self.wait_gone(self.cinder.backups, backup)
