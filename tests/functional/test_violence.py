# SPDX-License-Identifier: Apache-2.0
"""A few of the kills and races of :mod:`tests.violence`."""

import logging
import pathlib
import random

import fixtures
import testtools
from testtools import content

from tests.functional import scale
from tests.violence import disturbances
from tests.violence import kills
from tests.violence import pairs
from tests.violence import races

#: Of kills; each takes some seconds of a CPU.
ROUNDS = scale.full_or(50, 3)


class ViolenceTestCase(testtools.TestCase):

    def setUp(self):
        super().setUp()
        # The SDKs print each connection that is lost.
        logging.disable()
        self.addCleanup(logging.disable, logging.NOTSET)
        self.top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)


class DisturbanceTestCase(ViolenceTestCase):

    def disturb(self, disturbance, rounds):
        seed = random.SystemRandom().getrandbits(32)
        self.addDetail('seed', content.text_content(str(seed)))
        try:
            seen = kills.run(rounds, seed, self.top, disturbance)
        except disturbances.Impossible as error:
            self.skipTest(str(error))
        self.assertEqual(rounds, seen['rounds'])


class TestKills(DisturbanceTestCase):

    def test_kills(self):
        self.disturb(disturbances.Disturbance(), ROUNDS)


@testtools.skipUnless(scale.FULL, 'EVS_FAKE_TEST_FULL is not set')
class TestDisturbances(DisturbanceTestCase):

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
    """Pairs that Cinder or we once lost, and some that matter most."""

    PAIRS = (
        ('snapshot deletion', 'deletion with snapshots'),
        ('snapshot deletion', 'backup of snapshot'),
        ('EVS v2 rollback', 'EVS v5 rollback'),
        ('volume deletion', 'backup'),
        ('snapshot creation', 'deletion with snapshots'),
        ('native revert', 'os-attach'),
    )

    def test_races(self):
        by_name = {each.name: each for each in pairs.OPERATIONS}
        done = list(races.run(self.top, [
            (by_name[one], by_name[other])
            for one, other in self.PAIRS], 1))
        self.assertEqual([1] * len(self.PAIRS),
                         [pair.seen.total() for pair in done])
        self.assertEqual({}, {
            str(pair): pair.violations for pair in done if pair.violations})
