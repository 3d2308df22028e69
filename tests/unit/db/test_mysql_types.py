# SPDX-License-Identifier: Apache-2.0
"""Columns that MySQL and MariaDB had otherwise at first.

On those of the servers in ``EVS_FAKE_TEST_DATABASES`` that are such: see
:mod:`tests.unit.db.test_triggers`.
"""

import importlib
import os
import unittest

import alembic.migration
import alembic.operations
import sqlalchemy as sa
import testtools
from oslo_db import exception as db_exception
from oslo_db.sqlalchemy import exc_filters
from sqlalchemy.dialects import mysql

from evs_fake.db import columns
from evs_fake.db import models
from tests.unit import server_database

_REVISION = importlib.import_module(
    'evs_fake.db.migrations.versions.0008_mysql_types')

_URLS = [url for url in os.environ.get('EVS_FAKE_TEST_DATABASES', '').split()
         if url.startswith(columns.MYSQL)]


@unittest.skipUnless(_URLS, 'no MySQL in EVS_FAKE_TEST_DATABASES')
class MySQLTypesTest(testtools.TestCase):
    """A table as the first revisions made it."""

    def setUp(self):
        super().setUp()
        self.engine = self.useFixture(
            server_database.ServerDatabase(_URLS[0])).engine
        metadata = sa.MetaData()
        sa.Table('evs_fake_tags', metadata,
                 sa.Column('key', sa.String(128), primary_key=True),
                 sa.Column('value', sa.String(255), nullable=False))
        sa.Table('evs_fake_rules', metadata,
                 sa.Column('created_at', sa.DateTime, nullable=False),
                 sa.Column('expires_at', sa.DateTime))
        # Not ours to change.
        sa.Table('volumes', metadata, sa.Column('created_at', sa.DateTime))
        metadata.create_all(self.engine)

    def run_revision(self, change):
        with self.engine.begin() as connection:
            context = alembic.migration.MigrationContext.configure(connection)
            with alembic.operations.Operations.context(context):
                change()

    def column(self, table, name):
        return next(column for column in sa.inspect(
            self.engine).get_columns(table) if column['name'] == name)

    def times(self):
        return [(column['type'].fsp or 0, column['nullable']) for column in (
            self.column('evs_fake_rules', 'created_at'),
            self.column('evs_fake_rules', 'expires_at'),
            self.column('volumes', 'created_at'))]

    def test_times(self):
        self.run_revision(_REVISION.upgrade)
        self.assertEqual([(6, False), (6, True), (0, True)], self.times())
        self.run_revision(_REVISION.downgrade)
        self.assertEqual([(0, False), (0, True), (0, True)], self.times())

    def test_keys_that_differ_by_case(self):
        self.run_revision(_REVISION.upgrade)
        with self.engine.begin() as connection:
            connection.execute(sa.text(
                "INSERT INTO evs_fake_tags VALUES ('a', '1'), ('A', '2')"))
        self.assertFalse(self.column('evs_fake_tags', 'value')['nullable'])

    def test_models_say_the_same(self):
        self.run_revision(_REVISION.upgrade)
        for name, model in (('key', models.Tag.key),
                            ('value', models.Tag.value)):
            found = self.column('evs_fake_tags', name)['type']
            said = model.type.dialect_impl(mysql.dialect())
            self.assertEqual((said.length, said.collation),
                             (found.length, found.collation))

    def test_foreign_text(self):
        with self.engine.begin() as connection:
            connection.execute(sa.text(
                'ALTER TABLE volumes ADD id VARCHAR(36) CHARSET utf8mb3'))
        exc_filters.register_engine(self.engine)
        for statement in ('SELECT * FROM volumes WHERE id = :text',
                          "SELECT * FROM volumes WHERE id IN (:text, 'a')",
                          'SELECT * FROM volumes WHERE id IN '
                          "(:text, 'a', 'b', 'c')",
                          'INSERT INTO volumes (id) VALUES (:text)'):
            with self.engine.connect() as connection:
                for text, is_foreign in (('\U0001f600', True),
                                         ('x' * 40, False)):
                    try:
                        connection.execute(
                            sa.text(statement), {'text': text})
                    except (db_exception.DBError,
                            sa.exc.DBAPIError) as error:
                        self.assertEqual(
                            is_foreign, columns.is_foreign_text(error))
                    else:
                        self.assertFalse(is_foreign, statement)
