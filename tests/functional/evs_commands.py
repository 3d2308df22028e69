# SPDX-License-Identifier: Apache-2.0
"""What the commands of evs-fake do to a cloud, in whichever shell."""

from evs_fake.faults.operations import Operation
from tests.functional import shell

OLD = b'old bytes ' * 1000
NEW = b'new bytes ' * 1000


class EVSCommandsTestCase(shell.ShellTestCase):

    def refused(self, command, *arguments):
        """What a command said that the cloud refused."""
        error = self.assertRaises(shell.CommandFailed, command, *arguments)
        self.assertEqual(1, error.code)
        return str(error)

    def assert_lists_operations(self, said):
        for operation in Operation:
            self.assertIn("'%s'" % operation, said)
        self.assertNotIn('Traceback', said)

    def begin_snapshot(self):
        """A snapshot as it is just after it was asked for."""
        volume = self.create_volume()
        snapshot = self.cinder.volume_snapshots.create(volume.id)
        return self.cinder.volume_snapshots.get(snapshot.id)

    def make_old_and_new(self):
        """A volume with a snapshot that is not its newest."""
        volume = self.create_volume()
        self.write(volume, OLD)
        snapshot = self.create_snapshot(
            volume, name='old-of-' + self.project)
        self.write(volume, NEW)
        self.create_snapshot(volume)
        return volume, snapshot

    def fail_rollbacks(self):
        self.failures_injected = True
        made = self.cloud.session().post(
            self.cloud.endpoint['control'] + '/rules', json={'rule': {
                'operation': 'snapshot-rollback', 'action': 'fail',
                'match': {'project_id': self.project}}})
        self.addCleanup(
            self.cloud.session().delete, '%s/rules/%s' % (
                self.cloud.endpoint['control'], made.json()['rule']['id']))
