# SPDX-License-Identifier: Apache-2.0
"""Policies of the user's, in the cloud's state directory."""

from cinderclient import exceptions as cinder_exceptions

from tests.functional import base
from tests.functional import cloud


class TestPolicies(base.CloudTestCase):

    def make_cloud(self):
        return cloud.expendable()

    def is_allowed(self):
        try:
            self.made.append(self.cinder.volume_snapshots.create(
                self.volume.id))
        except cinder_exceptions.Forbidden:
            return False
        return True

    def forbid_in(self, name):
        """Policies change while it runs, and back."""
        self.volume, self.made = self.create_volume(), []
        self.assertTrue(self.is_allowed())
        path = self.cloud.state_dir / name
        before = path.read_text() if path.exists() else None
        path.write_text('"volume:create_snapshot": "!"\n')
        try:
            cloud.until(lambda: not self.is_allowed(), 'the policy')
        finally:
            if before is None:
                path.unlink()
            else:
                path.write_text(before)
        cloud.until(self.is_allowed, 'the end of the policy')
        self.assertEqual({each.id for each in self.made}, {
            each.id for each in self.cinder.volume_snapshots.list()})

    def test_file(self):
        self.forbid_in('policy.yaml')

    def test_file_of_a_directory(self):
        self.forbid_in('policy.d/snapshots.yaml')
