# SPDX-License-Identifier: Apache-2.0
"""Versions, by the pipelines of the sample, whoever asks."""

import webob

from tests.unit.api import base


class VersionsTest(base.WsgiTestCase):

    def get(self, path, **kwargs):
        return webob.Request.blank(path, **kwargs).get_response(self.app)

    def ids(self, response):
        return [each['id'] for each in response.json['versions']]

    def test_root(self):
        response = self.get('/')
        self.assertEqual(300, response.status_int)
        self.assertEqual(['v3.0', 'v1.0', 'v2.0'], self.ids(response))
        self.assertEqual(len(response.body), response.content_length)

    def test_each(self):
        for version in ('v1', 'v2'):
            for path in ('/' + version, '/%s/' % version):
                response = self.get(path)
                self.assertEqual(200, response.status_int)
                self.assertEqual([version + '.0'], self.ids(response))

    def test_v3_is_cinders(self):
        response = self.get('/v3', headers={'X-Auth-Token': 'user:project'})
        self.assertEqual(200, response.status_int)
        self.assertEqual(['v3.0'], self.ids(response))
        self.assertTrue(response.json['versions'][0]['version'])

    def test_public_endpoint(self):
        self.database.conf.config(public_endpoint='https://evs.example.com')
        for path in ('/', '/v2'):
            links = [link['href'] for each in self.get(path).json['versions']
                     for link in each['links'] if link['rel'] == 'self']
            self.assertIn('https://evs.example.com/v2/', links)

    def test_method(self):
        response = self.get('/', method='HEAD')
        self.assertEqual((300, b''), (response.status_int, response.body))
        # As Cinder, which does not look at it.
        self.assertEqual(300, self.get('/', method='POST').status_int)
        self.assertEqual(300, self.get(
            '/', headers={'Accept': 'application/xml'}).status_int)
        response = self.get('/v1', method='DELETE')
        self.assertEqual(405, response.status_int)
        self.assertEqual('EVS.5405', response.json['badMethod']['code'])
