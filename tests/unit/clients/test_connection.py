# SPDX-License-Identifier: Apache-2.0
"""Where a cloud is, and what its answers come to."""

import logging

import fixtures
import testtools

from evs_fake.clients import connection
from evs_fake.clients import control
from evs_fake.clients import exception
from tests.unit.clients import server


class Session:
    """As much of a keystoneauth session as finding a cloud takes."""

    def __init__(self, project=None):
        self.project = project

    def get_project_id(self, auth=None):
        return self.project


class TestPlace(testtools.TestCase):

    def test_beside_block_storage(self):
        for endpoint, root, project in (
                ('http://h:8776/v3', 'http://h:8776', None),
                ('http://h:8776/v3/', 'http://h:8776', None),
                ('http://h:8776/v3/mine', 'http://h:8776', 'mine'),
                ('https://h/volume/v3/mine/', 'https://h/volume', 'mine'),
                ('https://h/volume/v2/mine', 'https://h/volume', 'mine')):
            found = connection.Connection(Session(), endpoint)
            self.assertEqual(root, found.root, endpoint)
            if project is not None:
                self.assertEqual(project, found.project_id, endpoint)
            else:
                error = self.assertRaises(
                    exception.ClientError, getattr, found, 'project_id')
                self.assertIn('no project', str(error))

    def test_project_of_the_token(self):
        found = connection.Connection(Session('of token'), 'http://h/v3/AUTH')
        self.assertEqual('of token', found.project_id)

    def test_override(self):
        for override in ('http://other:1', 'http://other:1/',
                         'http://other:1/evs-fake/v1',
                         'http://other:1/evs-fake/v1/',
                         'http://other:1/v3/mine'):
            found = connection.Connection(Session(), 'http://h/v3/mine',
                                          override=override)
            self.assertEqual('http://other:1', found.root, override)
            self.assertEqual('mine', found.project_id)

    def test_no_endpoint(self):
        error = self.assertRaises(
            exception.ClientError, connection.Connection, Session(), None)
        self.assertIn('block storage', str(error))


class TestAsk(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.server = self.useFixture(server.Server())
        self.cloud = self.server.connection()

    def refused(self):
        return str(self.assertRaises(
            exception.ClientError, self.cloud.ask, 'GET', '/x'))

    def test_request(self):
        self.server.answers({'a': 1})
        self.assertEqual({'a': 1}, self.cloud.ask(
            'POST', '/x/y', {'b': 2}, {'c': 3}))
        [request] = self.server.requests
        self.assertEqual(('POST', '/x/y', {'b': 2}), request.asked)
        self.assertEqual({'c': '3'}, request.query)
        self.assertEqual('a token', request.headers['X-Auth-Token'])

    def test_no_content(self):
        self.server.answers(status=204)
        self.assertIsNone(self.cloud.ask('DELETE', '/x'))

    def test_errors_of_cinder_and_of_evs(self):
        for body in ({'badRequest': {'code': 400, 'message': 'too late'}},
                     {'error': {'code': 'EVS.1', 'message': 'too late'}}):
            self.server.answers(body, 400)
            self.assertEqual('the cloud at %s refused: too late (HTTP 400)'
                             % server.URL, self.refused())

    def test_errors_in_other_shapes(self):
        for body in (None, [], {}, {'a': 1}, {'a': {}, 'b': {}}, 'text'):
            self.server.answers(body, 503)
            self.assertTrue(self.refused().endswith('refused: HTTP 503'))

    def test_answer_of_something_else(self):
        self.server.says('<html>')
        self.assertIn('no evs-fake at ' + server.URL, self.refused())

    def test_no_answer(self):
        self.assertIn('the cloud at %s does not answer: ' % server.URL,
                      self.refused())

    def test_secrets_are_in_no_log(self):
        log = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))
        cloud = control.Control(self.cloud)
        self.server.answers({'credential': {'secret_key': 'hush'}})
        self.server.answers({'rules': ['seen']})
        cloud.create_credential('mine')
        cloud.list_rules()
        self.assertIn('seen', log.output)
        self.assertNotIn('hush', log.output)


class TestSegment(testtools.TestCase):

    def test_segment(self):
        self.assertEqual('a%2Fb%3Fc%20d', connection.segment('a/b?c d'))
        for text in ('', '.', '..'):
            self.assertRaises(exception.ClientError, connection.segment, text)
