# SPDX-License-Identifier: Apache-2.0
"""A new cloud's database, where the user's cache has none."""

import contextlib
import pathlib
import sqlite3

import fixtures
import testtools

from evs_fake.cloud import exception
from evs_fake.cloud import pristine
from evs_fake.cloud import schema
from evs_fake.cloud import seeds
from evs_fake.cloud import settings
from evs_fake.cloud import state_dir
from tests.unit import database


class PristineTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.useFixture(fixtures.EnvironmentVariable(
            'XDG_CACHE_HOME', str(top / 'cache')))
        self.state = state_dir.StateDir(top / 'state')
        self.state.make()
        self.state.write(self.state.settings, settings.render(self.state))
        conf = self.useFixture(database.ConfigFixture()).conf
        conf([], project='cinder',
             default_config_files=[str(self.state.settings)],
             default_config_dirs=[])

    def test_made_once(self):
        self.state.write(self.state.schema,
                         schema.fingerprint(['nova']) + '\nSSD')
        made = pristine.database(self.state)
        with contextlib.closing(sqlite3.connect(made)) as connection:
            names = {name for name, in connection.execute(
                'SELECT name FROM volume_types')}
            self.assertEqual([], connection.execute(
                'SELECT * FROM evs_fake_history').fetchall())
        self.assertEqual({*seeds.TYPES, '__DEFAULT__'}, names)
        again = made.stat().st_mtime_ns
        self.assertEqual(made, pristine.database(self.state))
        self.assertEqual(again, made.stat().st_mtime_ns)
        self.assertEqual(self.state.path, made.parent)

    def test_of_another_version(self):
        self.state.write(self.state.schema, 'other\nSSD')
        error = self.assertRaises(exception.CloudError, pristine.database,
                                  self.state)
        self.assertIn('another version', str(error))
        self.assertEqual([], list(self.state.path.glob('*.sqlite')))
