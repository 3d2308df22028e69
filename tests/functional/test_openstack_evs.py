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
        snapshot = self.begin_snapshot()
        self.assertEqual('creating', snapshot.status)
        listed = {row['ID']: row for row in self.openstack(
            'evs', 'rule', 'list')}
        self.assertEqual(
            ('snapshot-create', {'project_id': self.project}),
            (listed[rule['id']]['Operation'], listed[rule['id']]['Match']))
        self.failures_injected = True
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

    def test_rollback(self):
        volume, snapshot = self.make_old_and_new()
        self.run_openstack('evs', 'snapshot', 'rollback', '--wait',
                           snapshot.name)
        self.assertEqual(evs_commands.OLD,
                         self.read(volume, len(evs_commands.OLD)))
        self.fail_rollbacks()
        self.assertIn('the rollback of volume %s failed' % volume.id,
                      self.refused(self.run_openstack, 'evs', 'snapshot',
                                   'rollback', '--wait', snapshot.id))

    def test_history(self):
        volume = self.create_volume()
        follower = subprocess.Popen(
            ['openstack', 'evs', 'history', 'list', '--follow', '-f',
             'json'], env=self.environment, text=True,
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
        # Of the project only, whatever others do meanwhile.
        self.assertEqual({(volume.id, self.project)}, {
            (change['Resource ID'], change['Project ID'])
            for change in changes})

    def test_completion(self):
        completion = self.run_openstack('complete')
        for line in ("cmds_evs='history reset rule snapshot state'",
                     "cmds_evs_snapshot='rollback'"):
            self.assertIn(line, completion)
        for option in ('--expires-in', '--follow'):
            self.assertIn(option, completion)

    def test_elsewhere(self):
        error = self.assertRaises(
            shell.CommandFailed, self.run_openstack,
            '--os-evs-fake-endpoint-override', self.cloud.endpoint['cbr'],
            'evs', 'rule', 'list')
        self.assertIn(self.cloud.endpoint['cbr'], str(error))
