# SPDX-License-Identifier: Apache-2.0
"""EVS's lists of volume transfers, page by page."""

from cinder.db import api as db

from tests.unit import database
from tests.unit.api import base

_PATH = '/os-volume-transfer'


class TransfersTest(base.WsgiTestCase):

    def setUp(self):
        super().setUp()
        self.ids = [self.offer(name) for name in ('a', 'b', 'c')]

    def offer(self, name):
        self.volume = database.create_volume()
        return db.transfer_create(self.context, {
            'volume_id': self.volume.id, 'display_name': name, 'salt': 's',
            'crypt_hash': 'h', 'expires_at': None})['id']

    def found(self, query='', **kwargs):
        response = self.send('GET', _PATH + query, version='v2', **kwargs)
        self.assertEqual(200, response.status_int, response.text)
        return [each['id'] for each in response.json['transfers']]

    def test_pages(self):
        for query, expected in (
                ('', self.ids), ('?limit=2', self.ids[:2]),
                ('?limit=1&offset=1', self.ids[1:2]),
                ('?marker=' + self.ids[0], self.ids[1:]),
                ('?name=b', self.ids[1:2]), ('?name=x', [])):
            self.assertEqual(expected, self.found(query), query)

    def test_show(self):
        listed = self.send('GET', _PATH + '?name=c', version='v2'
                           ).json['transfers']
        path = '/%s%s/%s' % (database.PROJECT, _PATH, self.ids[2])
        shown = {
            'id': self.ids[2], 'name': 'c', 'volume_id': self.volume.id,
            'links': [
                {'rel': 'self', 'href': 'http://localhost/v2' + path},
                {'rel': 'bookmark', 'href': 'http://localhost' + path}]}
        self.assertEqual([shown], listed)
        detailed, = self.send('GET', _PATH + '/detail?name=c', version='v2'
                              ).json['transfers']
        self.assertTrue(detailed.pop('created_at'))
        self.assertEqual(shown, detailed)

    def test_of_the_project_only(self):
        self.assertEqual([], self.found(project='other'))

    def test_refusals(self):
        for query, code in (('limit=0', 'EVS.2142'), ('limit=x', 'EVS.2142'),
                            ('offset=-1', 'EVS.5400'),
                            ('marker=x', 'EVS.1024')):
            response = self.send('GET', '%s?%s' % (_PATH, query),
                                 version='v2')
            self.assertEqual(
                (400, code), (response.status_int,
                              response.json['badRequest']['code']), query)
