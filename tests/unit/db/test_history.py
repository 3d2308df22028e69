# SPDX-License-Identifier: Apache-2.0
"""What triggers write down, and how it is read and forgotten."""

import datetime

import fixtures
import sqlalchemy as sa
import testtools
from cinder import context as cinder_context
from oslo_utils import timeutils

from evs_fake import db
from evs_fake.db import history
from evs_fake.db import migration
from evs_fake.db import models
from evs_fake.db import triggers
from tests.unit import database


class HistoryTestCase(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.useFixture(database.DatabaseFixture())
        self.context = cinder_context.get_admin_context()

    def find(self, after=0, limit=100, **criteria):
        return history.find(
            self.context, history.Criteria(**criteria), after, limit)

    def seen(self, **criteria):
        return [(change.old_status, change.new_status)
                for change in self.find(**criteria)[0]]

    def add(self, *numbers, seconds=0):
        """Rows so old; the numbers between them are of other writers."""
        time = timeutils.utcnow() - datetime.timedelta(seconds=seconds)
        with db.main_context_manager.writer.using(self.context) as session:
            for number in numbers:
                session.add(models.StatusChange(
                    number=number, resource_type='volume',
                    resource_id=str(number), project_id='p',
                    old_status='a', new_status='b', occurred_at=time))


class TriggersTest(HistoryTestCase):

    def test_life_of_a_snapshot(self):
        volume = database.create_volume()
        snapshot = database.create_snapshot(volume, status='creating')
        snapshot.status = 'available'
        snapshot.save()
        # Not a change of the status.
        snapshot.display_name = 'x'
        snapshot.save()
        snapshot.destroy()
        self.assertEqual(
            [(None, 'creating'), ('creating', 'available'),
             ('available', 'deleted')], self.seen(resource_id=snapshot.id))
        change = self.find(resource_id=snapshot.id)[0][0]
        self.assertEqual(('snapshot', snapshot.project_id),
                         (change.resource_type, change.project_id))
        self.assertTrue(
            abs(timeutils.utcnow() - change.occurred_at)
            < datetime.timedelta(minutes=1))
        self.assertEqual([(None, 'available')],
                         self.seen(resource_id=volume.id))

    def test_conditional_update(self):
        volume = database.create_volume()
        self.assertTrue(volume.conditional_update(
            {'status': 'deleting'}, {'status': 'available'}))
        self.assertEqual([(None, 'available'), ('available', 'deleting')],
                         self.seen(resource_id=volume.id))

    def test_transaction_that_is_rolled_back(self):
        volume = database.create_volume()

        class Stop(Exception):
            pass

        def change():
            with db.main_context_manager.writer.using(
                    self.context) as session:
                session.execute(sa.text(
                    "UPDATE volumes SET status = 'x' WHERE id = :id"),
                    {'id': volume.id})
                raise Stop

        self.assertRaises(Stop, change)
        self.assertEqual([(None, 'available')],
                         self.seen(resource_id=volume.id))

    def test_triggers_that_a_migration_took_away(self):
        with db.get_engine().begin() as connection:
            triggers.drop(connection)
        volume = database.create_volume()
        self.assertEqual([], self.seen())
        migration.db_sync()
        volume.status = 'error'
        volume.save()
        self.assertEqual([('available', 'error')], self.seen())


class FindTest(HistoryTestCase):

    def numbers(self, *args, **kwargs):
        found, cursor = self.find(*args, **kwargs)
        return [change.number for change in found], cursor

    def test_pages(self):
        self.add(1, 2, 3, 4, 5)
        self.assertEqual(([1, 2], 2), self.numbers(limit=2))
        self.assertEqual(([3, 4, 5], 5), self.numbers(2, limit=3))
        self.assertEqual(([], 5), self.numbers(5))

    def test_criteria(self):
        self.add(1, 2)
        for criteria in ({'project_id': 'q'}, {'resource_type': 'backup'},
                         {'resource_id': '3'}):
            self.assertEqual(([], 2), self.numbers(**criteria))
        self.assertEqual(([2], 2), self.numbers(
            project_id='p', resource_type='volume', resource_id='2'))

    def have_several_writers(self):
        """As other databases than SQLite."""
        self.useFixture(fixtures.MockPatchObject(
            history, '_commits_in_order', return_value=False))

    def test_nothing_behind_a_number_that_may_still_come(self):
        self.have_several_writers()
        self.add(1, 2, 4, 5)
        self.assertEqual(([1, 2], 2), self.numbers())
        self.add(3)
        self.assertEqual(([3, 4, 5], 5), self.numbers(2))

    def test_numbers_that_cannot_come(self):
        """SQLite has one writer: what is missing was rolled back."""
        self.add(3, 5)
        self.assertEqual(([3, 5], 5), self.numbers())

    def test_numbers_that_never_came(self):
        self.have_several_writers()
        self.add(2, 5, seconds=60)
        self.add(6, 8)
        self.assertEqual(([2, 5, 6], 6), self.numbers())
        self.assertEqual(([], 6), self.numbers(6))

    def test_cursor_of_what_is_not_there_yet(self):
        self.add(1)
        self.assertEqual(([], 7), self.numbers(7))


class PurgeTest(HistoryTestCase):

    def purge(self, seconds, rows):
        history.purge(self.context, timeutils.utcnow() - datetime.timedelta(
            seconds=seconds), rows)
        with db.main_context_manager.reader.using(self.context) as session:
            return session.execute(sa.select(
                models.StatusChange.number)).scalars().all()

    def test_nothing_there(self):
        self.assertEqual([], self.purge(0, 0))

    def test_by_age(self):
        self.add(1, 2, seconds=60)
        self.add(3, 4)
        self.assertEqual([1, 2, 3, 4], self.purge(120, 100))
        self.assertEqual([3, 4], self.purge(30, 100))

    def test_by_count(self):
        self.add(1, 2, 3, 4)
        self.assertEqual([3, 4], self.purge(30, 2))
        self.add(5)
        self.assertEqual([4, 5], self.purge(30, 2))
