# SPDX-License-Identifier: Apache-2.0
"""``evs-fake-manage``, as an operator runs it."""

import contextlib
import pathlib
import sqlite3
import subprocess
import sys

import fixtures
import testtools


class ManageTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.database = self.top / 'cinder.sqlite'
        self.config = self.top / 'cinder.conf'
        self.config.write_text(
            '[database]\nconnection = sqlite:///%s\n' % self.database)

    def run_command(self, *arguments, command='evs-fake-manage'):
        return subprocess.run(
            [sys.executable, '-W', 'ignore',
             str(pathlib.Path(sys.executable).with_name(command)),
             *arguments], capture_output=True, text=True, timeout=120)

    def test_db_sync_before_cinders_own(self):
        ended = self.run_command(
            '--config-file', str(self.config), 'db', 'sync')
        self.assertEqual(1, ended.returncode)
        self.assertIn('cinder-manage db sync', ended.stderr)
        self.assertEqual(1, ended.stderr.count('\n'), ended.stderr)

    def test_db_sync(self):
        ended = self.run_command('--config-file', str(self.config), 'db',
                                 'sync', command='cinder-manage')
        self.assertEqual(0, ended.returncode, ended.stderr)
        for _again in range(2):
            ended = self.run_command(
                '--config-file', str(self.config), 'db', 'sync')
            self.assertEqual(0, ended.returncode, ended.stderr)
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            tables = {row[0] for row in database.execute(
                'SELECT name FROM sqlite_master')}
        self.assertIn('evs_fake_jobs', tables)

    def test_missing_file(self):
        ended = self.run_command('--config-file', '/none', 'db', 'sync')
        self.assertEqual(1, ended.returncode)
        self.assertTrue(ended.stderr.startswith('evs-fake-manage: '),
                        ended.stderr)
        self.assertEqual(1, ended.stderr.count('\n'), ended.stderr)
