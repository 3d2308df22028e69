# SPDX-License-Identifier: Apache-2.0
"""A few of the kills and races of :mod:`tests.violence`."""

import pathlib
import random

import fixtures
import testtools
from testtools import content

from tests.violence import disturbances
from tests.violence import kills
from tests.violence import races

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

    def test_full_pools(self):
        self.disturb(disturbances.Full(), 1)

    def test_read_only_pools(self):
        self.disturb(disturbances.ReadOnly(), 1)

    def test_locked_database(self):
        self.disturb(disturbances.Locked(), 1)

    def test_stopped_process(self):
        self.disturb(disturbances.Stopped(), 1)

    def test_clock_set_back(self):
        self.disturb(disturbances.Backwards(), 1)


class TestRaces(ViolenceTestCase):
    """One race of each pair that is most often met."""

    OPERATIONS = ('snapshot creation', 'snapshot deletion',
                  'EVS v2 rollback', 'deletion with snapshots', 'backup')

    def test_races(self):
        wanted = [pair for pair in races.all_pairs() if all(
            each.name in self.OPERATIONS for each in pair)]
        done = races.run(self.top, wanted, 1)
        self.assertEqual(len(wanted), sum(
            pair.seen.total() for pair in done))
        self.assertEqual({}, {
            str(pair): pair.violations for pair in done if pair.violations})
