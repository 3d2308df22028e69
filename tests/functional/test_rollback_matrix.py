# SPDX-License-Identifier: Apache-2.0
"""When a rollback is possible: every pair of statuses, through every API.

Statuses are put into the database: most of them no request could make last.
What was refused has changed nothing, not even for a moment: the cloud keeps
a history of statuses, and that is the same as before.
"""

import itertools
import uuid

from cinder.objects import fields
from huaweicloudsdkcore.exceptions import exceptions
from huaweicloudsdkevs import v2 as sdk

from evs_fake import states
from tests.functional import base
from tests.functional import cloud
from tests.functional import scale
from tests.functional import tenants
from tests.functional import wire

OLD = b'old bytes '
NEW = b'new bytes '

#: As the database has them: all of Cinder's, and what else EVS knows.
VOLUME_STATUSES = sorted({
    *fields.VolumeStatus.ALL, 'reverting', 'error_rollbacking',
    'pre-deleted'})
SNAPSHOT_STATUSES = sorted(fields.SnapshotStatus.ALL)

#: The document's second rule: of the volume, and that of the snapshot.
ALLOWED_VOLUME = {'available', 'error_rollbacking'}
ALLOWED = {(status, 'available') for status in ALLOWED_VOLUME}

#: In a part of them, one of the two does not stand in the way.
PAIRS = [(volume, snapshot) for volume, snapshot in itertools.product(
             VOLUME_STATUSES, SNAPSHOT_STATUSES)
         if scale.FULL or volume in ALLOWED_VOLUME or snapshot == 'available']


def evs(project, snapshot_id, volume_id):
    return ('/v2/%s/cloudsnapshots/%s/rollback' % (project, snapshot_id),
            {'rollback': {'volume_id': volume_id}})


def evs_v5(project, snapshot_id, volume_id):
    return ('/v5/%s/snapshots/%s/rollback' % (project, snapshot_id),
            {'rollback': {'volume_id': volume_id}})


def native(project, snapshot_id, volume_id):
    return ('/v3/%s/volumes/%s/action' % (project, volume_id),
            {'revert': {'snapshot_id': snapshot_id}})


def evs_sdk(project, snapshot_id, volume_id):
    """Huawei's own client asks; see :meth:`MatrixTestCase.ask_sdk`."""
    return sdk.RollbackSnapshotRequest(
        snapshot_id, sdk.RollbackSnapshotRequestBody(
            sdk.RollbackSnapshotOption(volume_id=volume_id)))


APIS = (evs, evs_v5, evs_sdk, native)

#: By which Cinder's own API has a rollback.
VERSION = {'OpenStack-API-Version': 'volume ' + cloud.MICROVERSION}


class MatrixTestCase(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        self.sdk = sdk.EvsClient.new_builder().with_credentials(
            self.cloud.credentials(self.project)).with_endpoints(
                [self.cloud.url]).build()
        self.count = itertools.count()
        self.volume = self.create_volume()
        self.write(self.volume, OLD)
        self.snapshot = self.create_snapshot(self.volume)
        self.write(self.volume, NEW)
        self.volumes = [self.volume]
        self.connection = wire.Connection(self.cloud.url, {
            'X-Auth-Token': 'admin:' + self.project, **VERSION})
        self.addCleanup(self.connection.close)
        self.addCleanup(self.reset)

    def volume_of(self, project):
        """A volume with a snapshot, of some project."""
        client = self.cloud.client(project)
        volume = self.wait_for(
            client.volumes, client.volumes.create(1), 'available')
        snapshot = self.wait_for(
            client.volume_snapshots,
            client.volume_snapshots.create(volume.id), 'available')
        self.volumes.append(volume)
        return volume, snapshot

    def store(self, volume, volume_status, snapshot_status):
        self.set_stored_status('volumes', volume, volume_status)
        self.set_stored_status('snapshots', self.snapshot, snapshot_status)

    def reset(self):
        for volume in self.volumes:
            self.store(volume, 'available', 'available')

    def stored(self):
        """Statuses of all there is, and how often any changed so far."""
        statuses = dict(self.cloud.stored(
            'SELECT id, status FROM volumes UNION ALL '
            'SELECT id, status FROM snapshots'))
        return ([statuses[volume.id] for volume in self.volumes],
                statuses[self.snapshot.id],
                self.cloud.stored(
                    'SELECT COUNT(*) FROM evs_fake_history WHERE '
                    'project_id = ?', self.project))

    def ask(self, api, volume, snapshot=None):
        """Ask for a rollback: status; code and message of a refusal."""
        asked = api(self.project, (snapshot or self.snapshot).id, volume.id)
        if api is evs_sdk:
            return self.ask_sdk(asked)
        answer = self.connection.request('POST', *asked)
        if answer.status == 202:
            return answer.status, None, ''
        fault, = answer.json().values()
        return answer.status, fault['code'], fault['message']

    def ask_sdk(self, request):
        # Equal requests of one second have one signature: a replay, if the
        # machine is so slow that the second is over.
        self.sdk.preset_headers = {'X-Count': str(next(self.count))}
        try:
            answer = self.sdk.rollback_snapshot(request)
        except exceptions.ClientRequestException as error:
            self.assertTrue(error.request_id)
            return error.status_code, error.error_code, error.error_msg
        self.assertEqual(self.volume.id, answer.rollback.volume_id)
        return answer.status_code, None, ''

    def check_refused(self, api, volume, words, status=400, snapshot=None):
        """Refused in the API's own way, for a reason; no change at all."""
        before = self.stored()
        answer, code, message = self.ask(api, volume, snapshot)
        self.assertEqual(before, self.stored())
        self.assertEqual(
            (status, status if api is native else 'EVS.5%d' % status),
            (answer, code), message)
        for word in words:
            self.assertIn(word, message)

    def check_bytes(self, data):
        self.assertEqual(data, self.read(self.volume, len(data)))

    def check_accepted(self, api):
        status, _code, message = self.ask(api, self.volume)
        self.assertEqual(202, status, message)
        self.wait_for(self.cinder.volumes, self.volume, 'available')
        self.wait_for(self.cinder.volume_snapshots, self.snapshot,
                      'available')
        self.check_bytes(OLD)
        self.write(self.volume, NEW)


class TestStatuses(MatrixTestCase):

    def test_tables(self):
        """What was believed to be all is no less than the document's."""
        self.assertEqual(set(), {
            states.cinder_snapshot_status(status)
            for status in states.SNAPSHOT_STATUSES} - set(SNAPSHOT_STATUSES))
        self.assertEqual(set(), {
            states.cinder_volume_status(status)
            for status in states.VOLUME_MEANINGS} - set(VOLUME_STATUSES))

    def test_own_volume(self):
        accepted = set()
        for pair in PAIRS:
            self.store(self.volume, *pair)
            for api in APIS:
                if pair in ALLOWED:
                    self.store(self.volume, *pair)
                    self.check_accepted(api)
                    accepted.add(pair)
                else:
                    self.check_refused(api, self.volume, self.reason(*pair),
                                       409 if api is native else 400)
        self.assertEqual(ALLOWED, accepted)
        self.check_bytes(NEW)

    def reason(self, volume_status, snapshot_status):
        """What the refusal of a rollback names."""
        if volume_status in ALLOWED_VOLUME:
            return self.snapshot.id, '"%s"' % states.snapshot_status(
                snapshot_status)
        return self.volume.id, '"%s"' % states.volume_status(volume_status)

    def check_other_volume(self, project):
        """No status makes it a target."""
        other, newest = self.volume_of(project)
        for pair in PAIRS:
            self.store(other, *pair)
            for api in APIS:
                self.check_refused(
                    # Cinder's own is of volumes, not of snapshots.
                    api, other, [newest.id] if api is native else [
                        'only to its source volume ' + self.volume.id])
        self.check_bytes(NEW)

    def test_another_volume(self):
        self.check_other_volume(self.project)

    def test_volume_of_another_project(self):
        self.check_other_volume(self.project + '-other')


class TestOtherConditions(MatrixTestCase):

    def test_native_by_a_member(self):
        """To whom another project's volume is none at all."""
        tenant = tenants.Tenant(self.cloud, self.project)
        self.addCleanup(tenant.close)
        other, _newest = self.volume_of(self.project + '-other')
        path, body = native(self.project, self.snapshot.id, other.id)
        for status in VOLUME_STATUSES:
            self.store(other, status, 'available')
            before = self.stored()
            response = tenant.request('POST', path, body, headers=VERSION)
            self.assertEqual(404, response.status_code, response.text)
            self.assertEqual(before, self.stored())

    def test_volume_of_no_such_id(self):
        nothing = self.cinder.volumes.resource_class(
            self.cinder.volumes, {'id': str(uuid.uuid4())})
        for api in (evs, evs_v5, evs_sdk):
            self.check_refused(api, nothing, ['only to its source volume'])
        self.check_refused(native, nothing, ['could not be found'], 404)

    def test_snapshots_that_are_not_ones_own(self):
        _other, others = self.volume_of(self.project + '-other')
        nothing = self.cinder.volume_snapshots.resource_class(
            self.cinder.volume_snapshots, {'id': str(uuid.uuid4())})
        for snapshot in (others, nothing):
            for api in (evs, evs_v5, evs_sdk):
                self.check_refused(api, self.volume, ['could not be found'],
                                   404, snapshot)
            self.check_refused(native, self.volume, [self.snapshot.id],
                               snapshot=snapshot)
        self.check_bytes(NEW)

    def test_reserved_names(self):
        for prefix in states.RESERVED_SNAPSHOT_PREFIXES:
            self.cinder.volume_snapshots.update(
                self.snapshot, name=prefix + 'x')
            for api in APIS:
                self.check_refused(api, self.volume, ['reserved'],
                                   409 if api is native else 400)
        for name in ('autobk', 'my autobk_snapshot_'):
            self.cinder.volume_snapshots.update(self.snapshot, name=name)
            self.check_accepted(evs)
