# SPDX-License-Identifier: Apache-2.0
"""``evs-fake openrc`` without a cloud: files and messages."""

import io
import pathlib
import shlex

import fixtures
import testtools
import yaml

from evs_fake.cloud import state_dir
from evs_fake.cmd import evs_fake

URL = 'http://127.0.0.1:1'
CBR = 'http://127.0.0.1:2'
ENDPOINT = {'url': URL, 'cbr': CBR}


class TestOpenrc(testtools.TestCase):

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
