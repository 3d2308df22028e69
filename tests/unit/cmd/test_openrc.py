# SPDX-License-Identifier: Apache-2.0
"""``evs-fake openrc`` without a cloud: files and messages."""

import io
import pathlib
import shlex

import fixtures
import testtools
import yaml

from evs_fake.cloud import state_dir
from evs_fake.cloud.identity import accounts
from evs_fake.cmd import evs_fake

URL = 'http://127.0.0.1:1'
CBR = 'http://127.0.0.1:2'
ENDPOINT = {'url': URL, 'cbr': CBR}


class OpenrcTestCase(testtools.TestCase):

    def setUp(self):
        super().setUp()
        # Quotes and blanks: what is printed is for a shell.
        top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.state = state_dir.StateDir(top / "it's here")
        self.state.make()
        self.stdout = io.StringIO()
        self.stderr = io.StringIO()
        self.useFixture(fixtures.MonkeyPatch('sys.stdout', self.stdout))
        self.useFixture(fixtures.MonkeyPatch('sys.stderr', self.stderr))

    def openrc(self, *arguments):
        return evs_fake.main(
            ['openrc', '--state-dir', str(self.state.path), *arguments])

    def exported(self):
        words = [shlex.split(line)
                 for line in self.stdout.getvalue().splitlines()]
        return dict(word.split('=', 1) for command, *arguments in words
                    for word in arguments if command == 'export')


class TestOpenrc(OpenrcTestCase):

    def test_environment(self):
        self.state.write_endpoint(ENDPOINT)
        self.assertEqual(0, self.openrc('--project', 'mine'))
        exported = self.exported()
        self.assertEqual('mine', exported['CINDER_PROJECT_ID'])
        self.assertEqual(URL + '/v3', exported['CINDER_ENDPOINT'])
        clouds = pathlib.Path(exported['OS_CLIENT_CONFIG_FILE'])
        written = yaml.safe_load(clouds.read_text())['clouds']
        self.assertEqual(
            {'endpoint': URL + '/v3/mine', 'token': 'admin:mine'},
            written.pop(exported['OS_CLOUD'])['auth'])
        cbr = written.pop('evs-fake-cbr')
        self.assertEqual(CBR + '/v3/mine', cbr['cbr_endpoint_override'])
        self.assertEqual(
            {'endpoint': URL + '/v3', 'user_id': 'admin',
             'project_id': 'mine'}, cbr['auth'])
        self.assertEqual({}, written)
        self.assertEqual(0o600, clouds.stat().st_mode & 0o777)

    def test_unsets_nothing_that_it_exports(self):
        self.state.write_endpoint(ENDPOINT)
        self.openrc()
        unset = self.stdout.getvalue().splitlines()[0].split()
        self.assertEqual('unset', unset[0])
        self.assertEqual(set(), set(unset) & set(self.exported()))

    def test_projects_do_not_disturb_each_other(self):
        self.state.write_endpoint(ENDPOINT)
        self.openrc('--project', 'one')
        first = self.exported()['OS_CLIENT_CONFIG_FILE']
        self.openrc('--project', 'two')
        self.assertNotEqual(first, self.exported()['OS_CLIENT_CONFIG_FILE'])
        self.assertIn('admin:one', pathlib.Path(first).read_text())

    def test_project_that_is_a_path(self):
        self.state.write_endpoint(ENDPOINT)
        self.assertRaises(SystemExit, self.openrc, '--project', '../x')
        self.assertIn('../x', self.stderr.getvalue())

    def test_no_cloud_runs(self):
        self.assertEqual(1, self.openrc())
        self.assertEqual('', self.stdout.getvalue())
        self.assertIn('no cloud runs', self.stderr.getvalue())

    def test_images(self):
        self.state.write_endpoint({**ENDPOINT, 'image': 'http://127.0.0.1:4'})
        self.openrc()
        exported = self.exported()
        written = yaml.safe_load(pathlib.Path(
            exported['OS_CLIENT_CONFIG_FILE']).read_text())['clouds']
        own = written[exported['OS_CLOUD']]
        self.assertEqual('http://127.0.0.1:4', own['image_endpoint_override'])
        self.assertNotIn('has_image', own)
        self.assertIs(False, own['has_compute'])

    def test_users_are_keystones(self):
        self.state.write_endpoint(ENDPOINT)
        self.assertEqual(1, self.openrc('--user', 'member'))
        self.assertIn('no Keystone', self.stderr.getvalue())
        self.assertEqual('', self.stdout.getvalue())


class TestWithKeystone(OpenrcTestCase):

    def setUp(self):
        super().setUp()
        self.passwords = accounts.make_passwords(self.state)
        self.state.write_endpoint({
            **ENDPOINT, 'auth': 'keystone',
            'identity': 'http://127.0.0.1:3'})

    def test_environment(self):
        for arguments, user, project in (
                ((), 'admin', 'demo'), (('--user', 'reader'), 'reader',
                                        'demo'),
                (('--user', 'alt'), 'alt', 'alt')):
            self.assertEqual(0, self.openrc(*arguments))
            exported = self.exported()
            self.assertEqual(
                ('http://127.0.0.1:3/v3', user, self.passwords[user],
                 project),
                tuple(exported['OS_' + name] for name in (
                    'AUTH_URL', 'USERNAME', 'PASSWORD', 'PROJECT_NAME')))

    def test_leaves_nothing_of_a_cloud_without(self):
        self.openrc()
        unset = self.stdout.getvalue().splitlines()[0].split()
        self.assertEqual('unset', unset[0])
        self.assertEqual(
            set(), {'OS_AUTH_SYSTEM', 'CINDER_PROJECT_ID', 'OS_CLOUD',
                    'CINDER_ENDPOINT', 'OS_CLIENT_CONFIG_FILE'}
            - set(unset))
        self.assertEqual(set(), set(unset) & set(self.exported()))

    def test_project_is_the_users(self):
        self.assertEqual(1, self.openrc('--project', 'demo'))
        self.assertIn('--user', self.stderr.getvalue())
        self.assertEqual('', self.stdout.getvalue())

    def test_unknown_user(self):
        self.assertRaises(SystemExit, self.openrc, '--user', 'nobody')

    def test_passwords_that_are_gone(self):
        self.state.passwords.unlink()
        self.assertEqual(1, self.openrc())
        self.assertIn(str(self.state.passwords), self.stderr.getvalue())
