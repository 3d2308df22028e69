# SPDX-License-Identifier: Apache-2.0
"""The control API: credentials."""

import json
import re

import webob

from evs_fake.api.control import router
from evs_fake.db import credentials
from tests.unit import database
from tests.unit.api import base


class CredentialsTest(base.ApiTestCase):

    def setUp(self):
        super().setUp()
        self.app = router.app_factory({})
        self.admin = database.context(is_admin=True, roles=['admin'])

    def send(self, method, path='/credentials', body=None, context=None):
        request = webob.Request.blank(path, method=method)
        request.environ['cinder.context'] = context or self.admin
        if body is not None:
            request.body = (body if isinstance(body, bytes)
                            else json.dumps(body).encode())
        return request.get_response(self.app)

    def create(self, **asked):
        response = self.send('POST', body={'credential': asked})
        self.assertEqual(201, response.status_int, response.text)
        return response.json['credential']

    def assert_fault(self, response, status, name, *words):
        self.assertEqual(status, response.status_int, response.text)
        self.assertEqual({name}, set(response.json))
        self.assertEqual(status, response.json[name]['code'])
        for word in words:
            self.assertIn(word, response.json[name]['message'])

    def test_create(self):
        made = self.create(project_id='p')
        self.assertTrue(re.fullmatch('[A-Z0-9]{20}', made['access_key']))
        self.assertTrue(re.fullmatch('[A-Za-z0-9]{40}', made['secret_key']))
        self.assertTrue(re.fullmatch(
            r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}', made['created_at']))
        self.assertEqual(
            ('p', 'admin', ['member', 'reader'], ''),
            (made['project_id'], made['user_id'], made['roles'],
             made['description']))
        found = credentials.get(made['access_key'])
        self.assertEqual(made['secret_key'], found.secret_key)
        self.assertIsNone(credentials.get(made['access_key'].lower()))

    def test_create_with_everything(self):
        asked = {'project_id': 'p', 'user_id': 'ann', 'roles': [],
                 'description': '\u732b'}
        made = self.create(**asked)
        self.assertEqual(asked, {name: made[name] for name in asked})

    def test_create_refused(self):
        for asked, word in (
                ({}, 'project_id'), ({'project_id': ''}, 'project_id'),
                ({'project_id': 5}, 'project_id'),
                ({'project_id': '../x'}, 'project_id'),
                ({'project_id': 'x\n'}, 'project_id'),
                ({'project_id': 'x' * 65}, 'project_id'),
                ({'project_id': 'p', 'user_id': 'a b'}, 'user_id'),
                ({'project_id': 'p', 'roles': 'admin'}, 'roles'),
                ({'project_id': 'p', 'roles': [1]}, 'roles'),
                ({'project_id': 'p', 'roles': ['']}, 'roles'),
                ({'project_id': 'p', 'roles': ['a', 'a']}, 'roles'),
                ({'project_id': 'p', 'roles': ['\0']}, 'text'),
                ({'project_id': 'p', 'description': None}, 'description'),
                ({'project_id': 'p', 'description': 'x' * 256},
                 'description'),
                ({'project_id': 'p', 'access_key': 'A' * 20}, 'access_key'),
                ({'project_id': 'p', 'secret_key': 'x'}, 'secret_key')):
            self.assert_fault(
                self.send('POST', body={'credential': asked}),
                400, 'badRequest', word)
        for body in (b'', b'[]', b'{}', b'{"credential": 1}'):
            self.assert_fault(self.send('POST', body=body),
                              400, 'badRequest')
        self.assertEqual([], credentials.get_all(self.admin))

    def test_list(self):
        self.assertEqual({'credentials': []}, self.send('GET').json)
        made = [self.create(project_id=project) for project in 'aba']
        for each in made:
            del each['secret_key']
        self.assertEqual({'credentials': made}, self.send('GET').json)
        self.assertEqual(
            {'credentials': [made[0], made[2]]},
            self.send('GET', '/credentials?project_id=a').json)
        self.assert_fault(self.send('GET', '/credentials?project_id=/'),
                          400, 'badRequest', 'project_id')

    def test_delete(self):
        made, kept = (self.create(project_id='p') for _each in range(2))
        path = '/credentials/' + made['access_key']
        response = self.send('DELETE', path)
        self.assertEqual((204, b''), (response.status_int, response.body))
        self.assert_fault(self.send('DELETE', path), 404, 'itemNotFound',
                          made['access_key'])
        self.assertIsNone(credentials.get(made['access_key']))
        self.assertIsNotNone(credentials.get(kept['access_key']))

    def test_administrators_only(self):
        made = self.create(project_id=database.PROJECT)
        for roles in (['member', 'reader'], ['reader'], []):
            for method, path, body in (
                    ('POST', '/credentials',
                     {'credential': {'project_id': database.PROJECT}}),
                    ('GET', '/credentials', None),
                    ('DELETE', '/credentials/' + made['access_key'], None)):
                self.assert_fault(
                    self.send(method, path, body,
                              database.context(roles=roles)),
                    403, 'forbidden')
        self.assertEqual(1, len(credentials.get_all(self.admin)))

    def test_unknown_path(self):
        for method, path in (('GET', '/'), ('PUT', '/credentials'),
                             ('GET', '/credentials/x'), ('GET', '/nope')):
            self.assert_fault(self.send(method, path), 404, 'itemNotFound')
