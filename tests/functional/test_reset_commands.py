# SPDX-License-Identifier: Apache-2.0
"""Resets and states, by the commands ``openstack`` and ``cinder``."""

import unittest

from tests.functional import cloud
from tests.functional import evs_commands
from tests.functional import test_cinder_evs


class ResetTestCase(evs_commands.EVSCommandsTestCase):
    """With a cloud of its own: a reset is of all that others have."""

    def make_cloud(self):
        own = self.useFixture(cloud.CloudFixture()).cloud
        own.start()
        return own

    def volumes(self):
        return [volume.id for volume in self.cinder.volumes.list()]


class TestOpenStackReset(ResetTestCase):

    def test_states(self):
        volume = self.create_volume()
        saved = self.openstack('evs', 'state', 'save', 'full')
        self.assertEqual(('full', 1), (saved['name'], saved['volumes']))
        self.assertIn('full', self.refused(
            self.run_openstack, 'evs', 'state', 'save', 'full'))
        self.assertIsNone(self.openstack('evs', 'reset')['state'])
        self.assertEqual([], self.volumes())
        self.assertEqual('full', self.openstack(
            'evs', 'reset', '--state', 'full')['state'])
        self.assertEqual([volume.id], self.volumes())
        [listed] = self.openstack('evs', 'state', 'list')
        self.assertEqual('full', listed['Name'])
        self.run_openstack('evs', 'state', 'delete', 'full')
        self.assertIn('could not be found', self.refused(
            self.run_openstack, 'evs', 'state', 'load', 'full'))


@unittest.skipUnless(test_cinder_evs.FINDS_EXTENSIONS, 'python-cinderclient '
                     'finds no extensions on Python 3.12 and later')
class TestCinderReset(ResetTestCase):

    def environment_of(self, project):
        return {**super().environment_of(project),
                'PYTHONPATH': str(test_cinder_evs.SOURCE)}

    def test_states(self):
        volume = self.create_volume()
        saved = self.cinder_show('evs-state-save', 'full')
        self.assertEqual('full', saved['name'])
        self.run_cinder('evs-reset')
        self.assertEqual([], self.volumes())
        self.assertEqual('full', self.cinder_show(
            'evs-state-load', 'full')['state'])
        self.assertEqual([volume.id], self.volumes())
        self.run_cinder('evs-state-delete', 'full')
        self.assertEqual([], self.cinder_rows('evs-state-list'))
