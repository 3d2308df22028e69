# SPDX-License-Identifier: Apache-2.0
"""Requests that are done once, however often they are sent."""

import concurrent.futures
import datetime
import uuid

from huaweicloudsdkcore.exceptions import exceptions
from huaweicloudsdkevs import v2 as evs

from tests.functional import base
from tests.functional import cloud


class ClientTokenTestCase(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        self.token = str(uuid.uuid4())
        self.connect()

    def connect(self, project=None):
        self.cinder = self.cloud.client(project or self.project)
        self.evs = evs.EvsClient.new_builder().with_credentials(
            self.cloud.credentials(project or self.project)).with_endpoints(
                [self.cloud.url]).build()

    def create(self, token=None, **option):
        answer = self.evs.create_volume(evs.CreateVolumeRequest(
            x_client_token=token or self.token,
            body=evs.CreateVolumeRequestBody(volume=evs.CreateVolumeOption(
                **{'availability_zone': 'nova', 'volume_type': 'SSD',
                   'size': 1, **option}))))
        self.assertEqual(202, answer.status_code)
        return answer.job_id, answer.volume_ids

    def refused(self, code, **option):
        error = self.assertRaises(
            exceptions.ClientRequestException, self.create, **option)
        self.assertEqual((400, code), (error.status_code, error.error_code))
        self.assertIn('X-Client-Token', error.error_msg)

    def volumes(self):
        return {volume.id for volume in self.cinder.volumes.list()}


class TestClientToken(ClientTokenTestCase):

    def test_once(self):
        made = self.create(name='v', count=2)
        self.assertEqual(made, self.create(name='v', count=2))
        self.assertEqual(set(made[1]), self.volumes())
        self.assertEqual(made, self.create(
            self.token.upper(), name='v', count=2))
        # Another token, and another project, are others' matter.
        self.assertNotEqual(made, self.create(
            str(uuid.uuid4()), name='v', count=2))
        self.assertEqual(4, len(self.volumes()))
        self.connect(self.project + '-other')
        self.assertNotEqual(made, self.create(name='v', count=2))
        self.assertEqual(2, len(self.volumes()))

    def test_another_request(self):
        self.create(name='v')
        self.refused('EVS.2219', name='w')
        self.refused('EVS.2219')
        older = self.cloud.session(self.project).post(
            '%s/v2/%s/cloudvolumes' % (self.cloud.url, self.project),
            headers={'X-Client-Token': self.token}, raise_exc=False,
            json={'volume': {'availability_zone': 'nova', 'name': 'v',
                             'volume_type': 'SSD', 'size': 1}})
        self.assertEqual('EVS.2219', older.json()['badRequest']['code'])
        self.assertEqual(1, len(self.volumes()))

    def test_older_versions(self):
        for version in ('v2', 'v3'):
            token = str(uuid.uuid4())
            first, second = (self.cloud.session(self.project).post(
                '%s/%s/%s/cloudvolumes' % (
                    self.cloud.url, version, self.project),
                headers={'X-Client-Token': token},
                json={'volume': {'availability_zone': 'nova', 'size': 1,
                                 'volume_type': 'SSD'}})
                for _each in range(2))
            self.assertEqual(200, second.status_code)
            self.assertEqual(first.json(), second.json())
        self.assertEqual(2, len(self.volumes()))

    def test_no_uuid(self):
        self.refused('EVS.2218', token='mine')
        self.assertEqual(set(), self.volumes())

    def test_refused_request_leaves_it_free(self):
        self.assertRaises(exceptions.ClientRequestException, self.create,
                          volume_type='none')
        self.assertEqual(self.create(), self.create())
        self.assertEqual(1, len(self.volumes()))

    def test_too_old(self):
        self.create()
        self.cloud.alter(
            'UPDATE evs_fake_client_tokens SET created_at = ? '
            'WHERE project_id = ?',
            cloud.stored_time(-datetime.timedelta(hours=8, seconds=1)),
            self.project)
        self.refused('EVS.2220')
        self.assertEqual(1, len(self.volumes()))

    def test_at_the_same_time(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(self.create) for _each in range(8)]
        answers = [each.result() for each in asked]
        self.assertEqual([answers[0]] * 8, answers)
        self.assertEqual(set(answers[0][1]), self.volumes())


class TestRestart(ClientTokenTestCase):

    def make_cloud(self):
        own = self.useFixture(cloud.CloudFixture()).cloud
        own.start()
        return own

    def test_restart(self):
        made = self.create()
        unknown = str(uuid.uuid4())
        self.create(unknown)
        self.cloud.kill()
        # As if it had died before it knew the answer.
        self.cloud.alter("UPDATE evs_fake_client_tokens SET answer = '{}' "
                         "WHERE token = ?", unknown)
        self.cloud.start()
        self.connect()
        self.assertEqual(made, self.create())
        self.refused('EVS.2222', token=unknown)
        self.assertEqual(2, len(self.volumes()))
