# SPDX-License-Identifier: Apache-2.0
"""Requests to Cinder's own routes that no client means.

A few of those that ``python -m tests.hostile`` sends; the same at each run.
"""

from cinderclient import exceptions as cinder_exceptions

from tests.functional import base
from tests.functional import wire
from tests.hostile import native
from tests.hostile import tally

_REQUESTS = 400


class TestNative(base.HostileTestCase):

    def test(self):
        connection = wire.Connection(
            '%s/v3/%s' % (self.cloud.url, self.project),
            {'X-Auth-Token': 'admin:' + self.project})
        self.addCleanup(connection.close)
        volume = self.create_volume()
        ids = {'volumes': volume.id,
               'snapshots': self.create_snapshot(volume).id}
        counts = tally.Tally()
        for asked in native.requests(ids, _REQUESTS, seed=1):
            native.send(connection, asked, counts)
        self.assertEqual(_REQUESTS, counts.total)
        self.assertEqual([], counts.wrong())

    def test_two_sources(self):
        """One of them the other's: refused, and neither stays locked."""
        volume = self.create_volume()
        snapshot = self.create_snapshot(volume)
        for _again in range(2):
            self.assertRaises(
                cinder_exceptions.BadRequest, self.cinder.volumes.create, 1,
                snapshot_id=snapshot.id, source_volid=volume.id)
        snapshot.delete()
        self.wait_gone(self.cinder.volume_snapshots, snapshot)

    def test_no_body(self):
        """Cinder itself would answer 500."""
        connection = wire.Connection(
            '%s/v3/%s' % (self.cloud.url, self.project),
            {'X-Auth-Token': 'admin:' + self.project})
        self.addCleanup(connection.close)
        for method, path in (
                ('POST', '/volumes'), ('POST', '/manageable_volumes'),
                ('POST', '/types'), ('POST', '/groups'),
                ('PUT', '/os-quota-sets/x'), ('POST', '/qos-specs'),
                ('POST', '/volume-transfers'), ('POST', '/attachments'),
                ('DELETE', '/consistencygroups/x')):
            answer = connection.request(
                method, path, headers={
                    'OpenStack-API-Version': 'volume 3.70'})
            self.assertEqual(400, answer.status, (path, answer.text))
