# SPDX-License-Identifier: Apache-2.0
"""Which cloud ``evs-fake rule`` and its like are about."""

import io
import os
import pathlib

import fixtures
import testtools

from evs_fake.cloud import state_dir
from evs_fake.cloud.identity import accounts
from evs_fake.cmd import evs_fake
from tests.unit.clients import server

TOKEN = {'token': {
    'expires_at': '2999-01-01T00:00:00.000000Z',
    'issued_at': '2026-01-01T00:00:00.000000Z', 'methods': ['password'],
    'user': {'id': 'u', 'name': 'u', 'domain': {'id': 'd', 'name': 'd'}},
    'project': {'id': 'p', 'name': 'p', 'domain': {'id': 'd', 'name': 'd'}},
    'roles': [], 'catalog': [{
        'type': 'block-storage', 'name': 'cinder', 'id': 'c',
        'endpoints': [{'id': region, 'interface': 'public',
                       'region_id': region, 'region': region,
                       'url': 'http://%s.example.org/volume/v3' % region}
                      for region in ('one', 'two')]}]}}

KEYSTONE = {'OS_AUTH_URL': 'http://keystone.example.org/v3',
            'OS_USERNAME': 'u', 'OS_PASSWORD': 'secret',
            'OS_PROJECT_NAME': 'p', 'OS_USER_DOMAIN_NAME': 'd',
            'OS_PROJECT_DOMAIN_NAME': 'd', 'OS_REGION_NAME': 'two'}
NOAUTH = {'OS_AUTH_SYSTEM': 'noauth', 'CINDER_PROJECT_ID': 'mine',
          'CINDER_ENDPOINT': 'http://noauth.example.org/v3'}


class TestControl(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.server = self.useFixture(server.Server())
        self.useFixture(fixtures.FakeLogger())
        for name in list(os.environ):
            if name.startswith(('OS_', 'CINDER_')):
                self.useFixture(fixtures.EnvironmentVariable(name))
        top = self.useFixture(fixtures.TempDir()).path
        self.useFixture(fixtures.EnvironmentVariable('XDG_STATE_HOME', top))
        self.stdout, self.stderr = io.StringIO(), io.StringIO()
        self.useFixture(fixtures.MonkeyPatch('sys.stdout', self.stdout))
        self.useFixture(fixtures.MonkeyPatch('sys.stderr', self.stderr))

    def environment(self, **variables):
        for name, value in variables.items():
            self.useFixture(fixtures.EnvironmentVariable(name, value))

    def run_there(self, path):
        """Have a cloud run on a state directory, as far as it tells."""
        state = state_dir.StateDir(pathlib.Path(path))
        state.make()
        state.write_endpoint({'url': 'http://local.example.org'})

    def rules(self, *arguments):
        self.server.answers({'rules': []})
        return evs_fake.main(['rule', 'list', *arguments])

    def assert_asked(self, url, token=None):
        request = self.server.requests[-1]
        self.assertEqual(('GET', '/evs-fake/v1/rules'),
                         (request.method, request.path[-18:]))
        self.assertEqual(url, request.url + request.path[:-18])
        if token is not None:
            self.assertEqual(token, request.headers['X-Auth-Token'])

    def test_state_directory_comes_first(self):
        self.environment(**NOAUTH)
        self.run_there(state_dir.default_path())
        self.assertEqual(0, self.rules())
        self.assert_asked('http://local.example.org', 'admin:demo')

    def test_directory_of_a_cloud_with_keystone(self):
        """By the administrator's password, whoever the environment is."""
        self.environment(**KEYSTONE)
        self.run_there(state_dir.default_path())
        state = state_dir.StateDir(state_dir.default_path())
        passwords = accounts.make_passwords(state)
        state.write_endpoint({'url': 'http://local.example.org',
                              'identity': 'http://local.example.org:5000',
                              'auth': 'keystone'})
        self.server.answers(TOKEN, 201, {'X-Subject-Token': 'issued'})
        self.assertEqual(0, self.rules(), self.stderr.getvalue())
        self.assert_asked('http://local.example.org', 'issued')
        user, = (request.body['auth']['identity']['password']['user']
                 for request in self.server.requests if request.body)
        self.assertEqual(('admin', passwords['admin']),
                         (user['name'], user['password']))

    def test_environment_of_openrc(self):
        self.environment(**NOAUTH)
        self.assertEqual(0, self.rules())
        self.assert_asked('http://noauth.example.org', 'admin:mine')

    def test_environment_of_keystone(self):
        self.environment(**KEYSTONE)
        # Keystone's versions come first.
        self.server.answers({'version': {
            'id': 'v3.14', 'status': 'stable', 'links': [
                {'rel': 'self', 'href': KEYSTONE['OS_AUTH_URL']}]}})
        self.server.answers(TOKEN, 201, {'X-Subject-Token': 'issued'})
        self.assertEqual(0, self.rules(), self.stderr.getvalue())
        self.assertEqual('/v3/auth/tokens', self.server.requests[1].path)
        self.assert_asked('http://two.example.org/volume', 'issued')

    def test_keystone_that_does_not_answer(self):
        self.environment(**KEYSTONE)
        self.assertEqual(1, evs_fake.main(['rule', 'list']))
        self.assertIn('cannot log in', self.stderr.getvalue())

    def test_directory_that_is_named_is_meant(self):
        self.environment(**NOAUTH)
        self.run_there(state_dir.default_path())
        self.assertEqual(1, self.rules('--state-dir', '/none/such'))
        self.assertEqual([], self.server.requests)
        self.assertIn('no cloud runs on /none/such',
                      self.stderr.getvalue())

    def test_none(self):
        self.assertEqual(1, self.rules())
        self.assertIn('no cloud runs on', self.stderr.getvalue())
        self.assertEqual([], self.server.requests)

    def test_refusal(self):
        self.environment(**NOAUTH)
        self.server.answers({'forbidden': {
            'code': 403, 'message': 'not you'}}, 403)
        self.assertEqual(1, evs_fake.main(['rule', 'list']))
        self.assertEqual(
            'evs-fake: the cloud at http://noauth.example.org refused: '
            'not you (HTTP 403)\n', self.stderr.getvalue())

