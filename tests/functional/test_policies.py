# SPDX-License-Identifier: Apache-2.0
"""Policies of the user's, in the cloud's state directory."""

from cinderclient import exceptions as cinder_exceptions

from tests.functional import base
from tests.functional import cloud


class TestPolicies(base.CloudTestCase):

    def make_cloud(self):
        return cloud.expendable()

    def forbid_in(self, name):
        """The second of two snapshots, between which a file changes."""
        volume = self.create_volume()
        snapshots = self.cinder.volume_snapshots
        first = self.wait_for(snapshots, snapshots.create(volume.id),
                              'available')
        path = self.cloud.state_dir / name
        if path.exists():
            self.addCleanup(path.write_text, path.read_text())
        else:
            self.addCleanup(path.unlink)
        path.write_text('"volume:create_snapshot": "!"\n')
        self.assertRaises(cinder_exceptions.Forbidden, snapshots.create,
                          volume.id)
        self.assertEqual([first], snapshots.list())

    def test_file(self):
        self.forbid_in('policy.yaml')

    def test_file_of_a_directory(self):
        self.forbid_in('policy.d/snapshots.yaml')
