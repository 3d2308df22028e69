# SPDX-License-Identifier: Apache-2.0
"""The pytest plugin, in other people's runs of pytest."""

import subprocess
import sys

import testtools

from evs_fake.api.auth import identity
from evs_fake.cmd import openrc
from evs_fake.testing import cloud
from evs_fake.testing import control

_IMPORTED = '''
import sys
import pytest
before = set(sys.modules)
import evs_fake.testing.pytest_plugin
print(*sorted(name for name in set(sys.modules) - before
              if name.split('.')[0] not in sys.stdlib_module_names))
'''


class TestPlugin(testtools.TestCase):

    def test_costs_others_nothing(self):
        imported = subprocess.run(
            [sys.executable, '-c', _IMPORTED], check=True, text=True,
            capture_output=True).stdout
        self.assertEqual(
            ['evs_fake', 'evs_fake.testing',
             'evs_fake.testing.pytest_plugin'], imported.split())


class TestNames(testtools.TestCase):
    """What the tests' side must know without importing it."""

    def test_identity(self):
        self.assertEqual(identity.DEFAULT_USER, control.USER)
        self.assertEqual(identity.DEFAULT_PROJECT, control.PROJECT)
        self.assertEqual(identity.token(control.USER, 'some'),
                         control.token('some'))

    def test_microversion(self):
        self.assertEqual(openrc.MICROVERSION, cloud.MICROVERSION)
