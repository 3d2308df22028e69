# SPDX-License-Identifier: Apache-2.0
"""No web page drives a cloud that believes every request."""

import requests

from tests.functional import base
from tests.functional import cloud

#: Of each API, how a path and a refusal looks.
_PATHS = (
    ('url', '/', 'forbidden', 403),
    ('url', '/healthcheck', 'forbidden', 403),
    ('url', '/v3/%s/volumes', 'forbidden', 403),
    ('url', '/v2/%s/cloudsnapshots/detail', 'forbidden', 'EVS.5403'),
    ('url', '/v5/%s/snapshots', 'forbidden', 'EVS.5403'),
    ('url', '/evs-fake/v1/rules', 'forbidden', 403),
    ('url', '/evs-fake/openapi/evs.json', 'forbidden', 403),
    ('cbr', '/', None, 'BackupService.8600'),
    ('cbr', '/v3/%s/vaults', None, 'BackupService.8600'),
)


class TestVisitors(base.CloudTestCase):

    def ask(self, service, path, method='GET', **options):
        return requests.request(
            method, self.cloud.endpoint[service].rstrip('/') + path,
            timeout=cloud.TIMEOUT, **options)

    def assert_refused(self, headers, method='GET'):
        for service, path, name, code in _PATHS:
            if '%s' in path:
                path = path % self.project
            response = self.ask(service, path, method, headers=headers)
            self.assertEqual(403, response.status_code, path)
            self.assertEqual(
                [], [header for header in response.headers
                     if header.lower().startswith('access-control')])
            fault = response.json()
            self.assertEqual(
                code, fault[name]['code'] if name else fault['error_code'])

    def test_foreign_host(self):
        """A name that led elsewhere when the page was loaded."""
        self.assert_refused({'Host': 'evil.example:8776'})
        # Such a page is its own origin.
        self.assert_refused({'Host': 'evil.example',
                             'Origin': 'http://evil.example'})

    def test_foreign_page(self):
        self.assert_refused({'Origin': 'https://evil.example'})
        self.assert_refused({'Sec-Fetch-Site': 'cross-site'})
        self.assert_refused({
            'Origin': 'https://evil.example',
            'Access-Control-Request-Method': 'POST',
            'Access-Control-Request-Headers': 'x-auth-token'}, 'OPTIONS')

    def test_nothing_is_done(self):
        """What a page may send without asking, as a form does."""
        path = '/v3/%s/volumes' % self.project
        for headers in ({'Origin': 'null'}, {'Host': 'evil.example'}):
            response = self.ask(
                'url', path, 'POST', data='{"volume": {"size": 1}}',
                headers={'Content-Type': 'text/plain', **headers})
            self.assertEqual(403, response.status_code)
        self.assertEqual([], self.cinder.volumes.list())

    def test_own_names(self):
        for service in ('url', 'cbr'):
            port = self.cloud.endpoint[service].rpartition(':')[2]
            for name in ('localhost', '127.0.0.1', '[::1]', 'LOCALHOST.'):
                response = self.ask(service, '/', headers={
                    'Host': '%s:%s' % (name, port)})
                self.assertIn(response.status_code, (200, 300), name)
