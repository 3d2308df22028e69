# SPDX-License-Identifier: Apache-2.0
"""From a request to a handler, and back, whatever the table of routes."""

import json
from urllib import parse

import pymysql
import testtools
import webob
from cinder import exception as cinder_exception
from cinder.db import api as db_api
from oslo_db import exception as db_exception

from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.api.routing import router
from evs_fake.api.routing import schema
from evs_fake.policies import snapshots as policy
from tests.unit import database
from tests.unit.api import base


def fault(status, message, code):
    return {'status': status, 'message': message, 'code': code}


class RouterTest(base.ApiTestCase):

    def setUp(self):
        super().setUp()
        self.requests = []
        self.outcome = {'some': 'answer'}
        table = [route.Route(
            'PUT', 'v9', '/{project_id}/things/{thing_id}', policy.UPDATE,
            self.handle, 202, body={'type': 'object', 'required': ['a']},
            query={'limit': {'type': 'integer', 'maximum': 5,
                             schema.CODE: 'X.1'}})]
        self.app = router.Router(table, 'v9', fault)

    def handle(self, request):
        self.requests.append(request)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def send(self, path='/things/t', body=b'{"a": 1}', context=None):
        request = webob.Request.blank('/%s%s' % (database.PROJECT, path),
                                      method='PUT', body=body)
        self.sent = request.environ['cinder.context'] = (
            context or self.context)
        return request.get_response(self.app)

    def test_request_and_answer(self):
        response = self.send('/things/t?limit=3&other=4')
        self.assertEqual(202, response.status_int)
        self.assertEqual({'some': 'answer'}, response.json)
        self.assertEqual('application/json', response.content_type)
        self.assertEqual(self.sent.request_id,
                         response.headers['X-Request-Id'])
        request, = self.requests
        self.assertEqual({'thing_id': 't'}, request.ids)
        self.assertEqual({'a': 1}, request.body)
        self.assertEqual({'limit': 3}, request.query)
        self.assertEqual('http://localhost', request.url)

    def test_empty_answer(self):
        self.outcome = None
        response = self.send()
        self.assertEqual(202, response.status_int)
        self.assertEqual(b'', response.body)

    def test_administrator_is_one_of_the_project(self):
        self.send(context=database.context(is_admin=True, roles=['admin',
                                                                 'member']))
        request, = self.requests
        self.assertFalse(request.context.is_admin)
        self.assertTrue(self.sent.is_admin)
        self.assertIn('admin', request.context.roles)

    def test_nobody_is_somebody(self):
        """Cinder's noauth and a token such as ":project"."""
        self.send(context=database.context(is_admin=True, user_id=''))
        request, = self.requests
        self.assertTrue(db_api.is_user_context(request.context))

    def refused(self, status, code, word, **kwargs):
        response = self.send(**kwargs)
        self.assertEqual(status, response.status_int)
        self.assertEqual((status, code), (response.json['status'],
                                          response.json['code']))
        self.assertIn(word, response.json['message'])
        self.assertEqual(self.sent.request_id,
                         response.headers['X-Request-Id'])

    def test_query(self):
        self.refused(400, 'X.1', 'limit', path='/things/t?limit=6')
        for value in ('x', '', '1.0', ' 1', '1_0', '\u0663', '9' * 5000):
            self.refused(400, 'X.1', 'limit',
                         path='/things/t?limit=' + parse.quote(value))
        self.assertEqual([], self.requests)

    def test_no_text(self):
        self.refused(400, None, 'thing_id', path='/things/a%00b')
        self.refused(400, None, 'limit', path='/things/t?limit=%00')
        for body in (b'{"a": "\\u0000"}', b'{"a": 1, "\\u0000": 1}',
                     b'{"a": ["\\ud800"]}'):
            self.refused(400, None, 'text', body=body)
        for path in ('/things/%ff', '/things/t?limit=%ff'):
            self.assertEqual(400, self.send(path).status_int)
        self.assertEqual([], self.requests)

    def test_text_that_the_database_cannot_hold(self):
        self.outcome = db_exception.DBError(
            pymysql.err.OperationalError(1267, 'Illegal mix'))
        self.refused(400, None, 'characters')
        self.outcome = db_exception.DBError(
            pymysql.err.OperationalError(1205, 'Lock wait timeout'))
        self.refused(500, None, 'log')

    def test_no_json(self):
        for body in (b'', b'{', b'NaN', b'{"a": Infinity}', b'\xff',
                     b'[' * 100000):
            self.refused(400, None, 'JSON', body=body)

    def test_deep_json(self):
        deep = b'{"a": ' + b'[' * 100 + b']' * 100 + b'}'
        self.refused(400, None, 'deep', body=deep)

    def test_policy(self):
        self.refused(403, None, policy.UPDATE,
                     context=database.context(roles=['reader']))

    def test_other_project(self):
        self.refused(400, None, database.PROJECT,
                     context=database.context(project_id='other'))

    def test_errors_of_handlers(self):
        for error, status, code in (
                (exception.Refused('why'), 400, None),
                (exception.Refused('why', 'X.2', 409), 409, 'X.2'),
                (cinder_exception.InvalidVolume(reason='why'), 400, None),
                (cinder_exception.SnapshotNotFound(snapshot_id='why'), 404,
                 None),
                (cinder_exception.SnapshotLimitExceeded(
                    message='why', allowed=1), 413, None)):
            self.outcome = error
            self.refused(status, code, 'why')

    def test_unexpected_error(self):
        for error in (ValueError('secret'),
                      cinder_exception.VolumeBackendAPIException(
                          data='secret')):
            self.outcome = error
            self.refused(500, None, 'log')
            self.assertNotIn('secret', self.send().text)
            self.assertIn('secret', self.log.output)


class SchemaTest(testtools.TestCase):

    def load(self, query, **schemas):
        return schema.load_query(
            webob.Request.blank('/?' + query), schemas)

    def test_types(self):
        self.assertEqual(
            {'i': -3, 'b': True, 's': '5', 'a': ['x', 'y']},
            self.load('i=-3&b=TRUE&s=4&s=5&a=x&a=y&more=1',
                      i={'type': 'integer'}, b={'type': 'boolean'},
                      s={'type': 'string'}, none={'type': 'integer'},
                      a={'type': 'array', 'items': {'type': 'string'}}))

    def test_long_value_is_not_sent_back_whole(self):
        error = self.assertRaises(
            exception.Refused, self.load, 's=' + 'x' * 10000,
            s={'type': 'string', 'maxLength': 5})
        self.assertTrue(len(error.message) < 500)

    def test_body(self):
        body = {'a': [1, {'b': None}]}
        self.assertEqual(body, schema.load(
            webob.Request.blank('/', body=json.dumps(body).encode()), {}))
