# SPDX-License-Identifier: Apache-2.0
"""What an earlier version kept is there in this one, to the byte."""

import pathlib

import testtools

from tests.functional import cloud
from tests.suites import upgrade

_DATA = pathlib.Path(__file__).parent / 'data'


class TestUpgrade(testtools.TestCase):

    def test_from_the_first_commit(self):
        """A state directory that the first commit's code made.

        ``python -m tests.suites.upgrade`` makes it anew and does the same.
        """
        running = self.useFixture(cloud.CloudFixture()).cloud
        upgrade.unpack(_DATA / 'first-commit.tar.xz', running.state_dir)
        running.start()
        upgrade.check(running)
