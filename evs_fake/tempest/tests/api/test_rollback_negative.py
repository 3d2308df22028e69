# SPDX-License-Identifier: Apache-2.0
"""Rollbacks that are refused, by the document's rules; nothing changes."""

from __future__ import annotations

from typing import Any

from tempest.lib import decorators
from tempest.lib import exceptions
from tempest.lib.common.utils import data_utils

from evs_fake import states
from evs_fake.tempest import waiting
from evs_fake.tempest.tests.api import base
from evs_fake.tempest.tests.api import views

#: Volume statuses that an administrator may store, and no rollback allows.
_VOLUME_STATUSES = ('creating', 'error', 'error_deleting', 'maintenance')
_SNAPSHOT_STATUSES = tuple(
    status for status in states.SNAPSHOT_STATUSES
    if status not in states.ROLLBACK_SNAPSHOT_STATUSES)


class EVSNegativeTest(views.EVSView, base.SharedVolume, base.AdminTest):

    needs = (*base.AdminTest.needs, 'EVS')

    def setUp(self):
        super().setUp()
        self.snapshot = self.create_snapshot(self.volume)

    def statuses(self) -> list[str]:
        return [
            self.evs_volumes.show_volume(
                self.volume['id'])['volume']['status'],
            self.evs_snapshots.show_snapshot(
                self.snapshot['id'])['snapshot']['status']]

    def check_refused(self, code: str = 'EVS.5400',
                      snapshot_id: str | None = None, **fields: Any) -> None:
        """Refused, and no status changed."""
        before = self.statuses()
        self.assert_evs_refuses(
            code, self.evs_snapshots.rollback_snapshot,
            snapshot_id or self.snapshot['id'],
            **(fields or {'volume_id': self.volume['id']}))
        self.assertEqual(before, self.statuses())

    @decorators.attr(type='negative')
    @decorators.idempotent_id('1b0c5108-beb4-48eb-8439-242172037457')
    def test_to_another_volume(self):
        other = self.create_volume()
        self.check_refused(volume_id=other['id'])
        self.assertEqual('available', self.evs_volumes.show_volume(
            other['id'])['volume']['status'])

    @decorators.attr(type='negative')
    @decorators.idempotent_id('d76eade8-3e45-4ea5-b505-e1dfcb93a959')
    def test_to_no_volume(self):
        self.check_refused(volume_id=data_utils.rand_uuid())

    @decorators.attr(type='negative')
    @decorators.idempotent_id('d00ced70-058a-49ef-b903-071d27133610')
    def test_malformed(self):
        self.check_refused(name=self.volume['name'])
        self.check_refused(volume_id=self.volume['id'], force=True)
        self.check_refused(volume_id=7)

    @decorators.attr(type='negative')
    @decorators.idempotent_id('b74f0d54-9691-4df4-82d6-e97752aec6b3')
    def test_of_no_snapshot(self):
        self.check_refused('EVS.5404', data_utils.rand_uuid())

    @decorators.attr(type='negative')
    @decorators.idempotent_id('040681d5-0b3b-45de-a0d8-923f99f3eabd')
    def test_statuses_of_the_volume(self):
        for _status in self.volume_statuses(self.volume, _VOLUME_STATUSES):
            self.check_refused()

    @decorators.attr(type='negative')
    @decorators.idempotent_id('e5043de6-58ef-4847-9a23-976f585b2020')
    def test_volume_in_use(self):
        self.admin_volumes.attach_volume(
            self.volume['id'], host_name='tempest', mountpoint='/dev/vdz')
        self.addCleanup(waiting.for_status, self.volumes, self.volume['id'],
                        'available')
        self.addCleanup(self.admin_volumes.detach_volume, self.volume['id'])
        waiting.for_status(self.volumes, self.volume['id'], 'in-use')
        self.check_refused()

    @decorators.attr(type='negative')
    @decorators.idempotent_id('a8b8957e-150e-4303-a38a-5d3a4eba6460')
    def test_statuses_of_the_snapshot(self):
        for _status in self.snapshot_statuses(
                self.snapshot, _SNAPSHOT_STATUSES):
            self.check_refused()

    @decorators.attr(type='negative')
    @decorators.idempotent_id('bccb0f65-b976-4975-a464-08881bd7076a')
    def test_names_of_the_system(self):
        for prefix in states.RESERVED_SNAPSHOT_PREFIXES:
            self.snapshots.update_snapshot(
                self.snapshot['id'], name=prefix + 'x')
            self.check_refused()


class NativeNegativeTest(views.NativeView, base.SharedVolume,
                         base.AdminTest):

    needs = (*base.AdminTest.needs, 'revert')

    def setUp(self):
        super().setUp()
        self.snapshot = self.create_snapshot(self.volume)

    @decorators.attr(type='negative')
    @decorators.idempotent_id('2c8d18f0-7350-44bb-b976-227d7ffc1b11')
    def test_older_snapshot(self):
        self.create_snapshot(self.volume)
        self.assert_refused(self.roll_back, self.snapshot)

    @decorators.attr(type='negative')
    @decorators.idempotent_id('6dd60998-c20c-4cd2-baf1-536842a3df43')
    def test_to_another_volume(self):
        other = self.create_volume()
        self.create_snapshot(other)
        self.assert_refused(self.revert.revert_volume, other['id'],
                            self.snapshot['id'])

    @decorators.attr(type='negative')
    @decorators.idempotent_id('f133f36a-62bb-4cc0-b89f-8cb7f9331c77')
    def test_to_no_volume(self):
        self.assertRaises(
            exceptions.NotFound, self.revert.revert_volume,
            data_utils.rand_uuid(), self.snapshot['id'])

    @decorators.attr(type='negative')
    @decorators.idempotent_id('5fcbb1ad-f254-4f81-aab0-ceec331ebe8a')
    def test_statuses(self):
        for _status in self.volume_statuses(self.volume, _VOLUME_STATUSES):
            self.assert_refused(self.roll_back, self.snapshot)
        for _status in self.snapshot_statuses(
                self.snapshot, _SNAPSHOT_STATUSES):
            self.assert_refused(self.roll_back, self.snapshot)
