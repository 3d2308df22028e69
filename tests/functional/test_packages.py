# SPDX-License-Identifier: Apache-2.0
"""What is released has all that it needs, and runs where there is no git."""

import pathlib

import fixtures
import testtools

from tests.functional import cloud
from tests.suites import packages


class TestPackages(testtools.TestCase):

    def test_sdist_wheel_and_cloud(self):
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        sdist = packages.make_sdist(directory)
        wheel = packages.make_wheel(sdist, directory)
        clone = directory / 'clone'
        self.assertEqual(
            {name for name in packages.tracked(clone)
             if name.startswith('evs_fake/')}, packages.contents(wheel))
        installed = directory / 'installed'
        packages.install_alone(wheel, installed)
        running = cloud.Cloud(directory / 'state', environment={
            'PYTHONPATH': str(installed), 'PYTHONSAFEPATH': '1',
            **packages.without_git(directory)})
        running.start()
        self.addCleanup(lambda: running.running and running.kill())
        self.assertIn(str(installed), (
            running.state_dir / 'cinder.conf').read_text())
        self.assertEqual(0, running.stop())
