# SPDX-License-Identifier: Apache-2.0
"""Rollbacks that are accepted."""

from tempest.lib import decorators

from evs_fake.tempest import waiting
from evs_fake.tempest.tests.api import base
from evs_fake.tempest.tests.api import views


class NativeTest(views.NativeView, base.BaseTest):

    needs = (*base.BaseTest.needs, 'revert')

    @decorators.attr(type='smoke')
    @decorators.idempotent_id('5da4c227-2160-4f03-a6df-da3434bd346f')
    def test_newest_snapshot(self):
        volume = self.create_volume()
        snapshot = self.create_snapshot(volume)
        self.roll_back(snapshot)
        self.wait_at_rest(volume, snapshot)


class EVSTest(views.EVSView, base.SharedVolume, base.BaseTest):

    needs = (*base.BaseTest.needs, 'EVS')

    def setUp(self):
        super().setUp()
        self.snapshot = self.create_snapshot(self.volume)

    @decorators.attr(type='smoke')
    @decorators.idempotent_id('4ad88b17-a823-47e9-8611-1147fdc17473')
    def test_answer(self):
        answer = self.evs_snapshots.rollback_snapshot(
            self.snapshot['id'], volume_id=self.volume['id'])
        self.assertEqual({'rollback': {'volume_id': self.volume['id']}},
                         answer)
        self.wait_at_rest(self.volume, self.snapshot)

    @decorators.idempotent_id('6da1d10f-d478-4fcc-9973-39bf622e711f')
    def test_with_the_name_of_the_volume(self):
        self.evs_snapshots.rollback_snapshot(
            self.snapshot['id'], volume_id=self.volume['id'],
            name=self.volume['name'])
        self.wait_at_rest(self.volume, self.snapshot)

    @decorators.idempotent_id('ad6e356d-12c4-40c0-b7d3-bdac86273ca0')
    def test_any_snapshot_and_again(self):
        newer = self.create_snapshot(self.volume)
        for snapshot in (self.snapshot, newer, self.snapshot, self.snapshot):
            self.roll_back(snapshot)
            self.wait_at_rest(self.volume, self.snapshot, newer)

    @decorators.idempotent_id('efe070c0-d608-4314-a267-e0098ceec91c')
    def test_extended_volume_keeps_its_size(self):
        size = self.volume['size'] + 1
        self.volumes.extend_volume(self.volume['id'], new_size=size)
        waiting.for_status(self.volumes, self.volume['id'], 'available')
        self.roll_back(self.snapshot)
        self.wait_at_rest(self.volume, self.snapshot)
        self.assertEqual(size, self.volumes.show_volume(
            self.volume['id'])['volume']['size'])
