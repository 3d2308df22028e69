# SPDX-License-Identifier: Apache-2.0
"""Whether CBR has something to look after."""

import datetime

import sqlalchemy
import testtools
from cinder import context as cinder_context
from oslo_db.sqlalchemy import types

from evs_fake import db
from evs_fake.api.cbr import conductor
from evs_fake.db import cinder_models
from evs_fake.db.cbr import backups
from evs_fake.db.cbr import models
from evs_fake.db.cbr import vaults
from tests.unit import database

_NOW = datetime.datetime(2026, 1, 1)
#: What is in columns that have to have a value, by their types.
_SOMETHING = {
    sqlalchemy.String: 'x', sqlalchemy.DateTime: _NOW,
    sqlalchemy.Boolean: True, types.JsonEncodedDict: {},
    types.JsonEncodedList: []}


class UseTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.useFixture(database.DatabaseFixture())
        self.admin = cinder_context.get_admin_context()

    def assert_use(self, table, **values):
        """Whether a row is use of CBR, until it is gone."""
        table = table.__table__
        filled = {column.name: _SOMETHING[type(column.type)]
                  for column in table.c if not column.nullable
                  and type(column.type) in _SOMETHING}
        with db.main_context_manager.writer.using(self.admin) as session:
            # Whose it is, is not what this is about.
            session.execute(sqlalchemy.text('PRAGMA defer_foreign_keys = 1'))
            session.execute(table.insert(), filled | values)
            found = session.execute(sqlalchemy.select(table)).all()
            self.assertEqual(1, len(found))
            used = vaults.is_used(self.admin)
            session.execute(table.delete())
        self.assertFalse(vaults.is_used(self.admin))
        return used

    def test_kinds(self):
        self.assertFalse(vaults.is_used(self.admin))
        self.assertTrue(self.assert_use(models.Policy, enabled=True))
        self.assertFalse(self.assert_use(models.Policy, enabled=False))
        self.assertTrue(self.assert_use(models.Backup))
        self.assertTrue(self.assert_use(
            models.OperationLog, status='running'))
        self.assertFalse(self.assert_use(
            models.OperationLog, status='success'))
        for key, used in ((backups.VAULT_KEY, True), ('other', False)):
            self.assertEqual(used, self.assert_use(
                cinder_models.BackupMetadata, key=key, deleted=False))

    def test_who_does_not_use_it_pays_for_one_question(self):
        seen = self.useFixture(database.StatementsFixture())
        conductor.Conductor().run(self.admin, _NOW)
        self.assertEqual(1, len([
            statement for statement, _parameters in seen.asked
            if statement.startswith('SELECT')]))
