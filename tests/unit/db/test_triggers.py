# SPDX-License-Identifier: Apache-2.0
"""The triggers on each kind of database.

On SQLite always, and on the servers that the environment variable
``EVS_FAKE_TEST_DATABASES`` names: SQLAlchemy's URLs, apart by blanks, of
users who may create databases.
"""

import os
import unittest

import sqlalchemy as sa
import testtools

from evs_fake.db import models
from evs_fake.db import triggers
from tests.unit import server_database

_CHANGES = models.StatusChange.__table__


class TriggersTestCase(testtools.TestCase):

    URL = None

    def setUp(self):
        super().setUp()
        self.engine = self.useFixture(
            server_database.ServerDatabase(self.URL)).engine
        metadata = sa.MetaData()
        self.tables = {name: sa.Table(
            name, metadata, sa.Column('id', sa.String(36), primary_key=True),
            sa.Column('project_id', sa.String(255)),
            sa.Column('status', sa.String(255)),
            sa.Column('size', sa.Integer))
            for name in ('snapshots', 'volumes', 'backups')}
        metadata.create_all(self.engine)
        _CHANGES.create(self.engine)
        with self.engine.begin() as connection:
            triggers.create(connection)

    def changes(self):
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.select(
                _CHANGES.c.resource_type, _CHANGES.c.resource_id,
                _CHANGES.c.project_id, _CHANGES.c.old_status,
                _CHANGES.c.new_status).order_by(_CHANGES.c.number))]

    def insert(self, connection, table='snapshots', status='creating'):
        connection.execute(sa.insert(self.tables[table]).values(
            id='1', project_id='p', status=status))

    def set(self, connection, table='snapshots', **values):
        connection.execute(sa.update(self.tables[table]).values(**values))


class AnyDatabase:

    def test_each_table(self):
        for table, kind in (('snapshots', 'snapshot'), ('volumes', 'volume'),
                            ('backups', 'backup')):
            with self.engine.begin() as connection:
                self.insert(connection, table)
            with self.engine.begin() as connection:
                self.set(connection, table, status='available')
            self.assertEqual(
                [(kind, '1', 'p', None, 'creating'),
                 (kind, '1', 'p', 'creating', 'available')],
                self.changes()[-2:])

    def test_what_is_no_change(self):
        with self.engine.begin() as connection:
            self.insert(connection)
            self.set(connection, size=5)
            self.set(connection, status='creating')
        self.assertEqual(1, len(self.changes()))

    def test_to_and_from_null(self):
        with self.engine.begin() as connection:
            self.insert(connection, status=None)
            self.set(connection, status='available')
            self.set(connection, status=None)
        self.assertEqual(
            [('snapshot', '1', 'p', None, 'available'),
             ('snapshot', '1', 'p', 'available', None)], self.changes())

    def test_rolled_back(self):
        with self.engine.connect() as connection:
            self.insert(connection)
            connection.rollback()
        self.assertEqual([], self.changes())

    def test_time(self):
        with self.engine.begin() as connection:
            self.insert(connection)
        with self.engine.connect() as connection:
            at, now = connection.execute(sa.select(
                _CHANGES.c.occurred_at, self.now())).one()
        self.assertTrue(abs((now - at).total_seconds()) < 60, (at, now))

    def now(self):
        now = {'sqlite': "datetime('now')", 'mysql': 'UTC_TIMESTAMP(6)',
               'postgresql': "now() AT TIME ZONE 'UTC'"}
        return sa.type_coerce(
            sa.literal_column(now[self.engine.dialect.name]), sa.DateTime())

    def test_twice_and_away(self):
        with self.engine.begin() as connection:
            triggers.create(connection)
            self.insert(connection)
        self.assertEqual(1, len(self.changes()))
        with self.engine.begin() as connection:
            triggers.drop(connection)
            triggers.drop(connection)
            self.set(connection, status='available')
        self.assertEqual(1, len(self.changes()))


def load_tests(loader, _standard, _pattern):
    urls = ['sqlite://',
            *os.environ.get('EVS_FAKE_TEST_DATABASES', '').split()]
    suite = unittest.TestSuite()
    for url in urls:
        name = 'TriggersTest_%s' % sa.make_url(url).get_backend_name()
        case = type(name, (AnyDatabase, TriggersTestCase),
                    {'URL': url, '__module__': __name__})
        # Runners find a test again by its name.
        globals()[name] = case
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite
