# SPDX-License-Identifier: Apache-2.0
"""Our tables come and go by migration, and are what the models say."""

import alembic.autogenerate
import alembic.migration
import sqlalchemy
import testtools

from evs_fake import db
from evs_fake.db import migration
from evs_fake.db import models
from evs_fake.db.cbr import models as _cbr  # noqa: F401 - adds its tables
from tests.unit import database


def _tables():
    inspector = sqlalchemy.inspect(db.get_engine())
    return {name for name in inspector.get_table_names()
            if name.startswith('evs_fake_')}


def _indexes():
    """Names of ours on Cinder's tables."""
    return {index['name'] for index in sqlalchemy.inspect(
        db.get_engine()).get_indexes('snapshots')
        if index['name'].startswith('evs_fake_')}


class MigrationTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.useFixture(database.DatabaseFixture())

    def test_models(self):
        def ours(name, kind, _parents):
            return kind != 'table' or name in models.Base.metadata.tables

        with db.get_engine().connect() as connection:
            context = alembic.migration.MigrationContext.configure(
                connection, opts={'include_name': ours})
            self.assertEqual([], alembic.autogenerate.compare_metadata(
                context, models.Base.metadata))

    def test_down_and_up(self):
        found = _tables()
        self.assertEqual({*models.Base.metadata.tables,
                          migration.VERSION_TABLE}, found)
        indexes = _indexes()
        self.assertEqual(3, len(indexes))
        migration.db_downgrade('base')
        self.assertEqual({migration.VERSION_TABLE}, _tables())
        self.assertEqual(set(), _indexes())
        migration.db_sync()
        self.assertEqual(found, _tables())
        self.assertEqual(indexes, _indexes())

    def test_cinders_own_revision_is_left_alone(self):
        query = sqlalchemy.text('SELECT version_num FROM alembic_version')

        def revision():
            with db.get_engine().connect() as connection:
                return connection.execute(query).scalar()

        before = revision()
        migration.db_downgrade('base')
        self.assertEqual(before, revision())
