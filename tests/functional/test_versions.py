# SPDX-License-Identifier: Apache-2.0
"""One document of versions at the root, for EVS's clients and Cinder's."""

import openstack
import requests
from cinderclient import client as cinder_client
from huaweicloudsdkevs import v2 as evs
from keystoneauth1 import discover

from tests.functional import base
from tests.functional import cloud
from tests.functional import shell


class TestVersions(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        self.evs = evs.EvsClient.new_builder().with_credentials(
            self.cloud.credentials(self.project)).with_endpoints(
                [self.cloud.url]).build()

    def get(self, path, method='GET'):
        return requests.request(
            method, self.cloud.url + path, timeout=cloud.TIMEOUT,
            allow_redirects=False)

    def test_list(self):
        answer = self.evs.list_versions(evs.ListVersionsRequest())
        self.assertEqual(300, answer.status_code)
        self.assertEqual(
            [('v3.0', 'CURRENT', '3.71'), ('v1.0', 'SUPPORTED', ''),
             ('v2.0', 'SUPPORTED', '')],
            [(each.id, each.status, each.version)
             for each in answer.versions])
        for each in answer.versions:
            self.assertIn(
                '%s/%s/' % (self.cloud.url, each.id.partition('.')[0]),
                [link.href for link in each.links if link.rel == 'self'])
            self.assertEqual('application/json', each.media_types[0].base)

    def test_show(self):
        for version in ('v1', 'v2', 'v3'):
            answer = self.evs.show_version(
                evs.ShowVersionRequest(version=version))
            self.assertEqual(200, answer.status_code)
            self.assertEqual([version + '.0'],
                             [each.id for each in answer.versions])
            self.assertEqual(self.get('/%s' % version).json(),
                             self.get('/%s/' % version).json())

    def test_what_is_none(self):
        for path in ('/v4', '/v5', '/v2.1', '/v2/x'):
            self.assertEqual(404, self.get(path).status_code, path)
        refused = self.get('/v2', method='POST')
        self.assertEqual((405, 'EVS.5405'), (
            refused.status_code, refused.json()['badMethod']['code']))
        self.assertEqual(b'', self.get('/v2', method='HEAD').content)

    def test_cinderclient(self):
        for url in (self.cloud.url, self.cloud.url + '/v3',
                    '%s/v3/%s' % (self.cloud.url, self.project)):
            lowest, highest = cinder_client.get_server_version(url)
            self.assertEqual(('3.0', '3.71'), (lowest.get_string(),
                                               highest.get_string()))
        self.assertEqual(
            '3.71', cinder_client.get_highest_client_server_version(
                self.cloud.url))

    def test_keystoneauth(self):
        found = discover.Discover(self.cloud.session(), self.cloud.url)
        self.assertEqual(self.cloud.url + '/v3/', found.url_for('3.latest'))
        self.assertEqual(
            [(1, 0), (2, 0), (3, 0)],
            [each['version'] for each in found.version_data()])
        latest = found.versioned_data_for(
            min_version='3', max_version='latest')
        self.assertEqual(((3, 0), (3, 71)), (latest['min_microversion'],
                                             latest['max_microversion']))

    def test_openstacksdk(self):
        for path in ('', '/v3/' + self.project):
            connection = openstack.connection.Connection(
                auth_type='admin_token', block_storage_api_version='3',
                auth={'endpoint': self.cloud.url + path,
                      'token': 'admin:' + self.project})
            self.addCleanup(connection.close)
            found = connection.block_storage.get_endpoint_data()
            self.assertEqual(
                ((3, 0), (3, 71)),
                (found.api_version, found.max_microversion))
            self.assertTrue(found.url.startswith(self.cloud.url + '/v3'))


class TestCommands(shell.ShellTestCase):

    def test_commands(self):
        self.assertIn('3.71', self.run_cinder('version-list'))
        self.assertEqual([], self.openstack('volume', 'list'))
