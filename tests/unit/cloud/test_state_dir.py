# SPDX-License-Identifier: Apache-2.0
"""A state directory is its user's alone."""

import os
import pathlib

import fixtures
import testtools

from evs_fake.cloud import exception
from evs_fake.cloud import state_dir

_SOMEBODY = 12345


class StateDirTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.state = state_dir.StateDir(top / 'state')

    def refused(self):
        return str(self.assertRaises(exception.CloudError, self.state.make))

    def be(self, user):
        self.useFixture(fixtures.MonkeyPatch('os.geteuid', lambda: user))

    def test_new(self):
        self.addCleanup(os.umask, os.umask(0))
        self.state.make()
        for path in (self.state.path, *self.state.path.iterdir()):
            self.assertEqual(0o700, path.stat().st_mode & 0o777, path)

    def test_that_everybody_may_write_to(self):
        self.state.path.mkdir()
        for mode in (0o777, 0o1777, 0o702):
            self.state.path.chmod(mode)
            line = self.refused()
            self.assertIn('chmod o-w %s' % self.state.path, line)
        self.state.path.chmod(0o775)
        self.state.make()
        self.state.backups.chmod(0o777)
        self.assertIn(str(self.state.backups), self.refused())

    def test_of_another_user(self):
        self.state.path.mkdir()
        if os.getuid() == 0:
            os.chown(self.state.path, _SOMEBODY, -1)
            # Whoever is root may serve it, as in a container.
            self.state.make()
        self.be(_SOMEBODY + 1)
        self.assertIn('%s belongs to another user' % self.state.path,
                      self.refused())
