# SPDX-License-Identifier: Apache-2.0
"""EVS's older tags: the same tags on volumes, snapshots and backups."""

from cinder import objects

from tests.unit import database
from tests.unit.api import base

_UNKNOWN = '00000000-0000-4000-8000-000000000000'


class VendorTagsTest(base.WsgiTestCase):

    def setUp(self):
        super().setUp()
        self.volume = database.create_volume()
        backup = objects.Backup(
            self.context, user_id=database.USER, volume_id=self.volume.id,
            project_id=database.PROJECT, status='available', size=1)
        backup.create()
        self.ids = {
            'volumes': self.volume.id, 'backups': backup.id,
            'snapshots': database.create_snapshot(self.volume).id}

    def ask(self, method, kind, resource_id=None, body=None, key=None,
            **kwargs):
        return self.send(method, ''.join('/' + part for part in (
            'os-vendor-tags', kind, resource_id, key) if part), body,
            version='v2', **kwargs)

    def assert_tags(self, expected, kind):
        response = self.ask('GET', kind, self.ids[kind])
        self.assertEqual((200, {'tags': expected}),
                         (response.status_int, response.json))

    def test_life(self):
        for kind, resource_id in self.ids.items():
            self.assert_tags({}, kind)
            for method, given, expected in (
                    ('PUT', {'a': '1', 'b': '2'}, {'a': '1', 'b': '2'}),
                    ('PUT', {'c': kind}, {'c': kind}),
                    ('POST', {'d': ''}, {'c': kind, 'd': ''}),
                    ('POST', {'d': 'x'}, {'c': kind, 'd': 'x'})):
                body = {'tags': given}
                response = self.ask(method, kind, resource_id, body)
                self.assertEqual((200, body),
                                 (response.status_int, response.json))
                self.assert_tags(expected, kind)
            body = {'tag': {'d': 'y'}}
            for method, asked in (('PUT', body), ('GET', None)):
                response = self.ask(method, kind, resource_id, asked, 'd')
                self.assertEqual((200, body),
                                 (response.status_int, response.json))
            response = self.ask('DELETE', kind, resource_id, key='d')
            self.assertEqual((200, ''), (response.status_int, response.text))
            self.assert_tags({'c': kind}, kind)
        for kind in self.ids:
            self.assertEqual({'tags': {'c': [kind]}},
                             self.ask('GET', kind).json)
            self.assertEqual({'tags': {}},
                             self.ask('GET', kind, project='other').json)

    def test_deletion_of_several(self):
        for kind, resource_id in self.ids.items():
            self.ask('PUT', kind, resource_id,
                     {'tags': {'a': '1', 'b': '2', 'c': '3'}})
            response = self.ask(
                'POST', kind, resource_id,
                {'os-delete_tags': {'a': '1', 'b': 'other', 'd': ''}},
                'action')
            self.assertEqual((200, ''), (response.status_int, response.text))
            self.assert_tags({'b': '2', 'c': '3'}, kind)

    def test_reset_to_none(self):
        self.ask('PUT', 'volumes', self.volume.id, {'tags': {'a': '1'}})
        self.ask('PUT', 'volumes', self.volume.id, {'tags': {}})
        self.assert_tags({}, 'volumes')

    def test_the_newer_view(self):
        self.ask('PUT', 'volumes', self.volume.id, {'tags': {'a': '1'}})
        self.assertEqual(
            {'tags': [{'key': 'a', 'value': '1'}]},
            self.send('GET', '/cloudvolumes/%s/tags' % self.volume.id,
                      version='v2').json)

    def test_refusals(self):
        tags = {'tags': {'a': '1'}}
        too_many = {'tags': {'k%d' % number: '' for number in range(21)}}
        one = self.volume.id
        self.ask('PUT', 'volumes', one, {'tags': {'x': '1'}})
        for expected, arguments in (
                ((400, 'EVS.5400'), ('GET', 'servers')),
                ((400, 'EVS.5400'), ('PUT', 'servers', one, tags)),
                ((404, 'EVS.5404'), ('GET', 'volumes', _UNKNOWN)),
                ((404, 'EVS.5404'), ('PUT', 'snapshots', one, tags)),
                ((404, 'EVS.5404'), ('POST', 'backups', one, tags)),
                ((404, 'EVS.5404'), ('GET', 'volumes', one, None, 'none')),
                ((404, 'EVS.5404'), ('DELETE', 'volumes', one, None, 'a')),
                ((400, 'EVS.5400'), ('PUT', 'volumes', one,
                                     {'tag': {'y': '1'}}, 'x')),
                ((400, 'EVS.5400'), ('PUT', 'volumes', one, {'tag': {}},
                                     'x')),
                ((400, 'EVS.5400'), ('PUT', 'volumes', one, too_many)),
                ((400, 'EVS.1062'), ('PUT', 'volumes', one,
                                     {'tags': {'a': '*'}})),
                ((400, 'EVS.1062'), ('POST', 'volumes', one,
                                     {'tags': {'*': 'a'}}))):
            response = self.ask(*arguments)
            fault, = response.json.values()
            self.assertEqual(expected, (response.status_int, fault['code']),
                             (arguments, fault))
        self.assert_tags({'x': '1'}, 'volumes')

    def test_too_many_together(self):
        for number in range(20):
            self.ask('POST', 'volumes', self.volume.id,
                     {'tags': {'k%d' % number: ''}})
        response = self.ask('POST', 'volumes', self.volume.id,
                            {'tags': {'more': ''}})
        self.assertEqual('EVS.1061', response.json['badRequest']['code'])

    def test_of_another_project(self):
        for kind, resource_id in self.ids.items():
            for method, body in (('GET', None), ('PUT', {'tags': {}}),
                                 ('POST', {'tags': {'a': '1'}})):
                self.assertEqual(404, self.ask(
                    method, kind, resource_id, body, project='other'
                ).status_int, (kind, method))

    def test_snapshot_of_the_system(self):
        snapshot = database.create_snapshot(
            self.volume, 'backing-up', use_quota=False)
        objects.Backup(
            self.context, volume_id=self.volume.id, status='creating',
            user_id=database.USER, project_id=database.PROJECT,
            temp_snapshot_id=snapshot.id).create()
        self.ids = {'snapshots': snapshot.id}
        for method, key, body in (
                ('PUT', None, {'tags': {'a': 'b'}}),
                ('POST', None, {'tags': {'a': 'b'}}),
                ('POST', 'action', {'os-delete_tags': {'a': 'b'}}),
                ('PUT', 'a', {'tag': {'a': 'b'}}),
                ('DELETE', 'a', None)):
            response = self.ask(method, 'snapshots', snapshot.id, body, key)
            self.assertEqual(400, response.status_int, response.text)
            self.assertIn('view-only', response.text)
        self.assert_tags({}, 'snapshots')
