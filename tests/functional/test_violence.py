# SPDX-License-Identifier: Apache-2.0
"""A few of the kills and races of :mod:`tests.violence`."""

import pathlib
import random

import fixtures
import testtools
from testtools import content

from tests.violence import disturbances
from tests.violence import kills

#: Of kills: about two minutes.
ROUNDS = 25


class ViolenceTestCase(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)


class TestKills(ViolenceTestCase):

    def disturb(self, disturbance, rounds):
        seed = random.SystemRandom().getrandbits(32)
        self.addDetail('seed', content.text_content(str(seed)))
        try:
            seen = kills.run(rounds, seed, self.top, disturbance)
        except disturbances.Impossible as error:
            self.skipTest(str(error))
        self.assertEqual(rounds, seen['rounds'])

    def test_kills(self):
        self.disturb(disturbances.Disturbance(), ROUNDS)
