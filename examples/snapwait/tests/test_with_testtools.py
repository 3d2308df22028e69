# SPDX-License-Identifier: Apache-2.0
"""Rollbacks, as tests of OpenStack's projects are written."""

import testtools
from cinderclient import exceptions

from evs_fake.testing import EVSFake


class TestRollback(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.cloud = self.useFixture(EVSFake())
        self.cinder = self.cloud.cinder()
        self.volume = self.cinder.volumes.create(1)
        self.cloud.wait(self.volume, 'available')
        self.snapshot = self.cinder.volume_snapshots.create(self.volume.id)
        self.cloud.wait(self.snapshot, 'available')

    def test_nothing_else_meanwhile(self):
        with self.cloud.hold('snapshot-rollback') as hold:
            self.cloud.rollback(self.snapshot)
            hold.wait()
            self.assertEqual('rollbacking', self.cinder.volume_snapshots.get(
                self.snapshot.id).status)
            self.assertRaises(exceptions.BadRequest,
                              self.cinder.volumes.delete, self.volume)
        rollback = self.cloud.wait(self.snapshot, 'rollbacking')
        self.cloud.wait(self.snapshot, 'available', after=rollback)

    def test_once_more_after_a_failure(self):
        self.cloud.fail('snapshot-rollback', when='after')
        self.cloud.rollback(self.snapshot)
        failure = self.cloud.wait(self.volume, 'error_rollbacking')
        self.cloud.rollback(self.snapshot)
        self.cloud.wait(self.volume, 'available', after=failure)
        self.assertEqual(
            ['creating', 'available', 'rollbacking', 'error_rollbacking',
             'rollbacking', 'available'], self.cloud.statuses(self.volume))
