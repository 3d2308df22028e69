# SPDX-License-Identifier: Apache-2.0
"""Databases that are kept for the next cloud, of services beside Cinder."""

import contextlib
import pathlib
import sqlite3

import fixtures
import testtools

from evs_fake.cloud import exception
from evs_fake.cloud.child import database

#: Stands for a service's migrations: says that it ran, and makes a table.
_MIGRATE = """
import sqlite3, sys
print('migrating')
connection = sqlite3.connect(sys.argv[1])
connection.execute('CREATE TABLE IF NOT EXISTS alembic_version (version_num)')
connection.execute("INSERT INTO alembic_version VALUES ('1')")
connection.commit()
"""


class DatabaseTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.useFixture(fixtures.EnvironmentVariable(
            'XDG_CACHE_HOME', str(self.top / 'cache')))
        self.log = self.top / 'log'

    def update(self, name='one.sqlite', script=_MIGRATE):
        # Any distribution that is installed has a version.
        path = self.top / name
        database.bring_up_to_date('testtools', path,
                                  ['-c', script, str(path)], self.log)
        return path

    def migrations(self, path):
        with contextlib.closing(sqlite3.connect(path)) as connection:
            return len(connection.execute(
                'SELECT * FROM alembic_version').fetchall())

    def runs(self):
        return self.log.read_text().count('migrating')

    def test_migrated_once(self):
        path = self.update()
        self.assertEqual(1, self.migrations(self.update()))
        self.assertEqual(1, self.runs())
        self.assertEqual(1, self.migrations(path))

    def test_the_next_one_is_a_copy(self):
        self.update()
        other = self.update('other.sqlite')
        self.assertEqual(1, self.runs())
        self.assertEqual(1, self.migrations(other))

    def test_another_version(self):
        path = self.update()
        path.with_suffix('.version').write_text('0.1')
        self.assertEqual(2, self.migrations(self.update()))
        self.assertEqual(2, self.migrations(self.update()))

    def test_an_older_one_is_not_kept_for_others(self):
        path = self.top / 'one.sqlite'
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute('CREATE TABLE mine (value)')
        self.update()
        self.assertEqual([], list((self.top / 'cache').rglob('*.sqlite')))

    def test_failure(self):
        error = self.assertRaises(
            exception.CloudError, self.update,
            script='import sys; sys.exit("why")')
        self.assertIn(str(self.log), str(error))
        self.assertIn('why', self.log.read_text())

    def test_damaged(self):
        path = self.top / 'one.sqlite'
        path.write_bytes(b'This was a database once. ' * 1000)
        error = self.assertRaises(exception.CloudError, self.update)
        self.assertIn('is damaged', str(error))
        self.assertFalse(self.log.exists())
