# SPDX-License-Identifier: Apache-2.0
"""Exchanging the contents of a real database of Cinder's and ours."""

import contextlib
import pathlib
import shutil
import sqlite3
import threading

import fixtures
import testtools
from cinder import context as cinder_context
from cinder import objects

from evs_fake.cloud import tables
from tests.unit import database


class TablesTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.useFixture(database.DatabaseFixture())
        self.path = database._database().path
        top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.empty = top / 'empty'
        self.saved = top / 'saved'
        shutil.copy(self.path, self.empty)
        self.service = self.create_service()
        self.volume = database.create_volume(
            host='unit@evs-1#evs-1', service_uuid=self.service.uuid)
        self.snapshot = database.create_snapshot(self.volume)

    @staticmethod
    def create_service():
        service = objects.Service(
            cinder_context.get_admin_context(), host='unit@evs-1',
            binary='cinder-volume', topic='cinder-volume')
        service.create()
        return service

    def rows(self, query, *values):
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(query, values).fetchall()

    def numbers(self):
        return [number for number, in self.rows(
            'SELECT number FROM evs_fake_history ORDER BY number')]

    def test_empty(self):
        tables.replace(self.path, self.empty, 5)
        self.assertEqual(5, tables.mark_of(self.path))
        self.assertEqual(
            {'volumes': 0, 'snapshots': 0, 'backups': 0},
            tables.counts(self.path))
        # What is not of the world, and what a new one has.
        self.assertEqual([(self.service.uuid,)],
                         self.rows('SELECT uuid FROM services'))
        self.assertNotEqual([], self.rows('SELECT id FROM volume_types'))
        self.assertNotEqual([], self.rows('SELECT * FROM alembic_version'))
        self.assertEqual([], self.numbers())

    def test_and_back(self):
        tables.save(self.path, self.saved)
        before = self.numbers()
        everything = self.everything()
        self.assertEqual({'volumes': 1, 'snapshots': 1, 'backups': 0},
                         tables.counts(self.saved))
        tables.replace(self.path, self.empty, 5)
        tables.replace(self.path, self.saved, 6)
        self.assertEqual(everything, self.everything())
        # Triggers wrote nothing down that stayed; and no number comes twice.
        self.assertEqual(before, self.numbers())
        database.create_volume()
        self.assertGreater(self.numbers()[-1], before[-1])

    def everything(self):
        names = [name for name, in self.rows(
            "SELECT name FROM sqlite_master WHERE type = 'table' "
            "AND name <> 'sqlite_sequence'")]
        self.assertIn('evs_fake_history', names)
        return {name: self.rows('SELECT * FROM "%s"' % name)
                for name in names}

    def test_numbers_go_on_after_an_empty_one(self):
        last = self.numbers()[-1]
        tables.replace(self.path, self.empty, 5)
        database.create_volume()
        self.assertGreater(self.numbers()[0], last)

    def test_service_that_is_another_one_now(self):
        tables.save(self.path, self.saved)
        self.service.destroy()
        other = self.create_service()
        tables.replace(self.path, self.saved, 5)
        self.assertEqual([(other.uuid,)],
                         self.rows('SELECT service_uuid FROM volumes'))

    def test_all_or_nothing(self):
        tables.save(self.path, self.saved)
        with contextlib.closing(sqlite3.connect(self.saved)) as connection:
            # Of the last that is copied.
            connection.execute('DROP TABLE evs_fake_history')
        before = self.everything()
        self.assertRaises(sqlite3.OperationalError, tables.replace,
                          self.path, self.saved, 5)
        self.assertEqual(before, self.everything())
        self.assertEqual(0, tables.mark_of(self.path))

    def test_waits_for_a_writer(self):
        with contextlib.closing(sqlite3.connect(
                self.path, isolation_level=None,
                check_same_thread=False)) as writer:
            writer.execute('BEGIN IMMEDIATE')
            thread = threading.Thread(target=tables.replace, args=(
                self.path, self.empty, 5))
            thread.start()
            thread.join(0.05)
            self.assertTrue(thread.is_alive())
            writer.execute('COMMIT')
            thread.join(60)
        self.assertEqual(5, tables.mark_of(self.path))
