# SPDX-License-Identifier: Apache-2.0
"""The pytest plugin, in other people's runs of pytest."""

import json
import os
import re
import subprocess
import sys
import types

import fixtures
import testtools

from evs_fake.api.auth import identity
from evs_fake.cmd import openrc
from evs_fake.testing import cloud
from evs_fake.testing import control
from tests.unit.testing import base

_IMPORTED = '''
import sys
import pytest
before = set(sys.modules)
import evs_fake.testing.pytest_plugin
print(*sorted(name for name in set(sys.modules) - before
              if name.split('.')[0] not in sys.stdlib_module_names))
'''


_TESTS = '''
def test_first(evs_fake, evs_fake_cloud):
    assert evs_fake is evs_fake_cloud

def test_second(evs_fake):
    assert evs_fake.endpoint

def test_failing(evs_fake_cloud):
    assert evs_fake_cloud is None

def test_failing_without():
    raise AssertionError

def test_unrelated():
    pass
'''


class TestPlugin(testtools.TestCase):

    def test_costs_others_nothing(self):
        imported = subprocess.run(
            [sys.executable, '-c', _IMPORTED], check=True, text=True,
            capture_output=True).stdout
        self.assertEqual(
            ['evs_fake', 'evs_fake.testing',
             'evs_fake.testing.pytest_plugin'], imported.split())


class TestFixtures(base.ServerTestCase):

    def pytest(self, tests, code=0):
        """Run tests of these names; what pytest printed."""
        (self.top / 'conftest.py').write_text(
            'import sys\n'
            'from evs_fake.testing import server\n'
            'server.command = lambda *arguments: '
            '[sys.executable, "-c", %r, *arguments]\n' % base.SERVES)
        (self.top / 'test_it.py').write_text(_TESTS)
        (self.top / 'pytest.ini').write_text(
            '[pytest]\nevs_fake_config_files = a.conf\n')
        run = subprocess.run(
            [sys.executable, '-m', 'pytest', '-q',
             '-p', 'evs_fake.testing.pytest_plugin',
             '--evs-fake-state-dir', 'kept', '-k', tests],
            cwd=self.top, text=True, capture_output=True,
            # Others' plugins take their time.
            env={**os.environ, 'PYTEST_DISABLE_PLUGIN_AUTOLOAD': '1'})
        self.assertEqual(code, run.returncode, run.stdout + run.stderr)
        return run.stdout

    def test_reset_for_each_test(self):
        self.pytest('first or second')
        kept = self.top / 'kept'
        self.assertEqual(2 * [('/reset', {'reset': {}})],
                         self.posts(types.SimpleNamespace(state_dir=kept)))
        self.assertEqual(
            ['--config-file', str(self.top / 'a.conf')],
            json.loads((kept / 'arguments.json').read_text())[-2:])
        # Ended before the run was.
        self.assertTrue((kept / 'tidied').exists())

    def test_no_cloud_for_others(self):
        self.pytest('unrelated')
        self.assertFalse((self.top / 'kept').exists())

    def test_failures_tell_the_history(self):
        printed = self.pytest('failing', code=1)
        self.assertIn('2 failed', printed)
        self.assertEqual(1, len(re.findall(
            r'- evs-fake history -+\n'
            r'1 2026-01-31 23:59:59\.000001 snapshot an-id: '
            r'\(new\) -> creating\n', printed)), printed)

    def test_directory_for_each_worker(self):
        self.useFixture(fixtures.EnvironmentVariable(
            'PYTEST_XDIST_WORKER', 'gw7'))
        self.pytest('first or second')
        self.assertTrue((self.top / 'kept' / 'gw7' / 'posts').exists())


class TestNames(testtools.TestCase):
    """What the tests' side must know without importing it."""

    def test_identity(self):
        self.assertEqual(identity.DEFAULT_USER, control.USER)
        self.assertEqual(identity.DEFAULT_PROJECT, control.PROJECT)
        self.assertEqual(identity.token(control.USER, 'some'),
                         control.token('some'))

    def test_microversion(self):
        self.assertEqual(openrc.MICROVERSION, cloud.MICROVERSION)
