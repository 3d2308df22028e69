# SPDX-License-Identifier: Apache-2.0
"""``openstack evs ...``, by the stock ``openstack`` command."""

import json
import subprocess

from tests.functional import evs_commands
from tests.functional import shell


class TestOpenStackEVS(evs_commands.EVSCommandsTestCase):

    def test_rules(self):
        self.assert_lists_operations(self.refused(
            self.run_openstack, 'evs', 'rule', 'create', 'snapshot-made',
            'hold'))
        rule = self.openstack('evs', 'rule', 'create', 'snapshot-create',
                              'hold', '--project', self.project,
                              '--timeout', '3600')
        self.assertEqual(3600, rule['timeout'])
        snapshot = self.hold_snapshot()
        self.assertEqual('creating', snapshot.status)
        listed = {row['ID']: row for row in self.openstack(
            'evs', 'rule', 'list')}
        self.assertEqual(
            ('snapshot-create', {'project_id': self.project}),
            (listed[rule['id']]['Operation'], listed[rule['id']]['Match']))
        released = self.openstack('evs', 'rule', 'release', '--fail',
                                  '--message', 'enough', rule['id'])
        self.assertEqual(('released', 'enough'),
                         (released['state'], released['failure']))
        self.wait_for(self.cinder.volume_snapshots, snapshot, 'error')
        # All but one of them.
        said = self.refused(self.run_openstack, 'evs', 'rule', 'delete',
                            'none', rule['id'])
        self.assertIn('Rule none could not be found.', said)
        self.assertIn('1 of 2', said)
        self.assertIn('Rule %s could not be found.' % rule['id'],
                      self.refused(self.run_openstack, 'evs', 'rule', 'show',
                                   rule['id']))

    def test_rollback(self):
        volume, snapshot = self.make_old_and_new()
        self.run_openstack('evs', 'snapshot', 'rollback', '--wait',
                           snapshot.name)
        self.assertEqual(evs_commands.OLD,
                         self.read(volume, len(evs_commands.OLD)))
        other = self.create_volume()
        self.assertIn('only to its source volume', self.refused(
            self.run_openstack, 'evs', 'snapshot', 'rollback', snapshot.id,
            '--volume', other.id))
        self.fail_rollbacks()
        self.assertIn('the rollback of volume %s failed' % volume.id,
                      self.refused(self.run_openstack, 'evs', 'snapshot',
                                   'rollback', '--wait', snapshot.id))

    def test_history(self):
        volume = self.create_volume()
        self.assertEqual(
            ['creating', 'available'],
            [row['New Status'] for row in self.openstack(
                'evs', 'history', 'list')])
        follower = subprocess.Popen(
            ['openstack', 'evs', 'history', 'list', '--follow', '--resource',
             volume.id, '-f', 'json'], env=self.environment, text=True,
            stdout=subprocess.PIPE)
        self.addCleanup(follower.stdout.close)
        self.addCleanup(follower.wait)
        self.addCleanup(follower.kill)
        self.cinder.volumes.delete(volume)
        changes = [json.loads(follower.stdout.readline())
                   for _change in range(4)]
        self.assertEqual(
            ['creating', 'available', 'deleting', 'deleted'],
            [change['New Status'] for change in changes])

    def test_help(self):
        """Of all commands; and with no cloud at all."""
        listed = self.run_openstack('help', 'evs')
        for command in ('history list', 'reset', 'rule create',
                        'rule release', 'snapshot rollback', 'state load'):
            self.assertIn('evs ' + command, listed)
        completion = self.run_openstack('complete')
        self.assertIn(
            "cmds_evs='history reset rule snapshot state'", completion)
        for options in ('--expires-in', '--follow'):
            self.assertIn(options, completion)

    def test_elsewhere(self):
        error = self.assertRaises(
            shell.CommandFailed, self.run_openstack,
            '--os-evs-fake-endpoint-override', self.cloud.endpoint['cbr'],
            'evs', 'rule', 'list')
        self.assertIn(self.cloud.endpoint['cbr'], str(error))
