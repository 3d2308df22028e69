# SPDX-License-Identifier: Apache-2.0
"""Many clients at once: nothing fails, nothing is lost."""

import concurrent.futures
import threading

from tests.functional import base
from tests.functional import cloud
from tests.functional import scale

CLIENTS = 32
VOLUMES = scale.full_or(400, 80)
#: So many of them are deleted again.
DELETED = VOLUMES // 4


class TestConcurrency(base.CloudTestCase):

    def make_cloud(self):
        own = self.useFixture(cloud.CloudFixture()).cloud
        own.start()
        return own

    def test_hundreds_of_volumes_and_snapshots(self):
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
            volumes = list(clients.map(self.make_volume, range(VOLUMES)))
            self.wait_settled()
            snapshots = list(clients.map(self.make_snapshot, volumes))
            self.wait_settled()
            self.assertEqual(
                dict.fromkeys(volumes, 'available'),
                self.statuses(self.cinder.volumes))
            self.assertEqual(
                dict.fromkeys(snapshots, 'available'),
                self.statuses(self.cinder.volume_snapshots))
            self.assertEqual({*volumes, *snapshots}, self.cloud.pool_files())
            self.assertEqual(
                {'volumes': VOLUMES, 'snapshots': VOLUMES,
                 'gigabytes': 2 * VOLUMES}, self.quota_usage())

            list(clients.map(self.remove_snapshot, snapshots[:DELETED]))
            self.wait_settled()
            list(clients.map(self.remove_volume, volumes[:DELETED]))
            self.wait_settled()
        left = {*volumes[DELETED:], *snapshots[DELETED:]}
        self.assertEqual(left, {
            *self.statuses(self.cinder.volumes),
            *self.statuses(self.cinder.volume_snapshots)})
        self.assertEqual(left, self.cloud.pool_files())
        self.assertEqual(
            {'volumes': VOLUMES - DELETED, 'snapshots': VOLUMES - DELETED,
             'gigabytes': 2 * (VOLUMES - DELETED)}, self.quota_usage())
        self.assertNotIn(' ERROR ', self.cloud.log())

    def setUp(self):
        super().setUp()
        self._own = threading.local()

    def client(self):
        """A client of the thread's own: sessions are not thread-safe."""
        if not hasattr(self._own, 'cinder'):
            self._own.cinder = self.cloud.client(self.project)
        return self._own.cinder

    def make_volume(self, number):
        return self.client().volumes.create(
            1, name='volume-%d' % number).id

    def make_snapshot(self, volume_id):
        return self.client().volume_snapshots.create(volume_id).id

    def remove_snapshot(self, snapshot_id):
        self.client().volume_snapshots.delete(snapshot_id)

    def remove_volume(self, volume_id):
        self.client().volumes.delete(volume_id)
