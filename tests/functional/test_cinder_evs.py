# SPDX-License-Identifier: Apache-2.0
"""``cinder evs-...``: the extension of python-cinderclient, as installed."""

import pathlib
import shutil
import subprocess
import sys
import unittest

import fixtures

from tests.functional import cloud
from tests.functional import evs_commands

SOURCE = pathlib.Path(__file__).parents[2] / 'cinderclient-extension'

#: python-cinderclient finds extensions by what later ones do not have.
FINDS_EXTENSIONS = sys.version_info < (3, 12)


class Installed(fixtures.Fixture):
    """The extension in a directory of its own: it is for no other test.

    :ivar path: of the directory.
    :ivar ran: what pip said.
    """

    def _setUp(self):
        top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        # Pip builds in the source's directory.
        source = shutil.copytree(SOURCE, top / 'source')
        self.path = top / 'installed'
        self.ran = subprocess.run(
            [sys.executable, '-m', 'pip', 'install', '--quiet',
             '--disable-pip-version-check', '--no-deps',
             '--no-build-isolation', '--no-index', '--target',
             str(self.path), str(source)],
            capture_output=True, text=True, timeout=cloud.TIMEOUT)


class TestInstallation(evs_commands.EVSCommandsTestCase):

    def test_help(self):
        """The cinder command works with the extension and without it."""
        without = self.run_cinder('help')
        self.assertIn('snapshot-create', without)
        self.assertNotIn('evs-', without)
        installed = self.useFixture(Installed())
        environment = {**self.environment, 'PYTHONPATH': str(installed.path)}
        if FINDS_EXTENSIONS:
            self.assertEqual(0, installed.ran.returncode,
                             installed.ran.stderr)
        else:
            self.assertIn('requires a different Python',
                          installed.ran.stderr)
        found = self.run_cinder('help', environment=environment)
        self.assertIn('snapshot-create', found)
        self.assertEqual(FINDS_EXTENSIONS, 'evs-rule-create' in found)


@unittest.skipUnless(FINDS_EXTENSIONS, 'python-cinderclient finds no '
                     'extensions on Python 3.12 and later')
class TestCinderEVS(evs_commands.EVSCommandsTestCase):

    def environment_of(self, project):
        return {**super().environment_of(project), 'PYTHONPATH': str(SOURCE)}

    def test_rules(self):
        self.assert_lists_operations(self.refused(
            self.run_cinder, 'evs-rule-create', 'snapshot-made', 'hold'))
        rule = self.cinder_show(
            'evs-rule-create', 'snapshot-create', 'hold', '--project',
            self.project, '--timeout', '3600')
        snapshot = self.begin_snapshot()
        self.assertEqual('creating', snapshot.status)
        listed = {row['ID']: row for row in self.cinder_rows(
            'evs-rule-list')}
        self.assertEqual('snapshot-create', listed[rule['id']]['Operation'])
        released = self.cinder_show('evs-rule-release', rule['id'])
        self.assertEqual('released', released['state'])
        self.wait_for(self.cinder.volume_snapshots, snapshot, 'available')
        said = self.refused(
            self.run_cinder, 'evs-rule-delete', 'none', rule['id'])
        self.assertIn('Rule none could not be found.', said)
        self.assertIn('1 of 2', said)

    def test_rollback_and_history(self):
        volume, snapshot = self.make_old_and_new()
        self.run_cinder('evs-rollback', '--wait', snapshot.name)
        self.assertEqual(evs_commands.OLD,
                         self.read(volume, len(evs_commands.OLD)))
        self.assertEqual(
            ['creating', 'available', 'rollbacking', 'available'],
            [row['New Status'] for row in self.cinder_rows(
                'evs-history', '--resource', snapshot.id)])
        other = self.create_volume()
        self.assertIn('only to its source volume', self.refused(
            self.run_cinder, 'evs-rollback', snapshot.id, '--volume',
            other.id))
