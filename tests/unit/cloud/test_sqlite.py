# SPDX-License-Identifier: Apache-2.0
"""Concurrent transactions through oslo.db, as Cinder has them."""

import pathlib
import sqlite3
import threading

import fixtures
import sqlalchemy as sa
import testtools
from oslo_db import exception
from oslo_db.sqlalchemy import enginefacade

from evs_fake.cloud import sqlite
from evs_fake.cloud import work

#: Seconds in which anything must have happened, on the slowest machine.
TIMEOUT = 60

COUNTER = sa.table('counter', sa.column('value', sa.Integer))


@enginefacade.transaction_context_provider
class Context:
    """What a transaction belongs to: each thread has one of its own."""


class SqliteTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        directory = self.useFixture(fixtures.TempDir()).path
        # Characters that mean something in a URL.
        self.path = pathlib.Path(directory, 'a b?c#d%41&e.sqlite')
        self.manager = enginefacade.transaction_context()
        self.manager.configure(
            connection=sqlite.writer_url(self.path),
            slave_connection=sqlite.reader_url(self.path))
        sqlite.configure(self.manager)
        self.addCleanup(self.dispose)
        with self.write() as session:
            session.execute(sa.text('CREATE TABLE counter (value INTEGER)'))
            session.execute(COUNTER.insert().values(value=0))

    def dispose(self):
        factory = self.manager._factory
        for engine in (factory._writer_engine, factory._reader_engine):
            engine.dispose()

    def write(self):
        return self.manager.writer.using(Context())

    def read(self):
        return self.manager.reader.using(Context())

    def other_writes(self):
        """Another process begins to write; raises if it has to wait."""
        connection = sqlite3.connect(self.path, timeout=0)
        self.addCleanup(connection.close)
        connection.isolation_level = None
        connection.execute('BEGIN IMMEDIATE')
        connection.execute('ROLLBACK')

    @staticmethod
    def value(session):
        return session.execute(sa.select(COUNTER.c.value)).scalar()

    def in_threads(self, count, function):
        """Run a function in threads at once; their errors."""
        barrier = threading.Barrier(count, timeout=TIMEOUT)
        errors = []

        def run():
            try:
                barrier.wait()
                function()
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=run, daemon=True)
                   for _number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(TIMEOUT)
            self.assertFalse(thread.is_alive())
        return errors

    def test_one_file(self):
        self.assertTrue(self.path.is_file())
        names = {path.name.removeprefix(self.path.name)
                 for path in self.path.parent.iterdir()}
        self.assertEqual(set(), names - {'', '-wal', '-shm'})

    def test_connections(self):
        for transaction in (self.write, self.read):
            with transaction() as session:
                found = [session.execute(sa.text('PRAGMA ' + name)).scalar()
                         for name in ('busy_timeout', 'journal_mode',
                                      'synchronous')]
                self.assertEqual([sqlite.BUSY_TIMEOUT, 'wal', 1], found)

    def test_writer_begins_as_a_writer(self):
        with self.write() as session:
            # So far it only reads.
            self.assertEqual(0, self.value(session))
            error = self.assertRaises(sqlite3.OperationalError,
                                      self.other_writes)
            self.assertIn('locked', str(error))
        self.other_writes()

    def test_reader_does_not(self):
        with self.read() as session:
            self.assertEqual(0, self.value(session))
            self.other_writes()

    def test_reader_does_not_wait_for_a_writer(self):
        seen = []

        def look():
            with self.read() as session:
                seen.append(self.value(session))

        with self.write() as session:
            session.execute(COUNTER.update().values(value=1))
            self.assertEqual([], self.in_threads(4, look))
        self.assertEqual([0] * 4, seen)
        look()
        self.assertEqual(1, seen[-1])

    def test_reader_sees_one_state(self):
        with self.read() as reading:
            self.assertEqual(0, self.value(reading))

            def change():
                with self.write() as session:
                    session.execute(COUNTER.update().values(value=1))

            self.assertEqual([], self.in_threads(1, change))
            self.assertEqual(0, self.value(reading))

    def test_more_readers_than_connections_are_kept(self):
        barrier = threading.Barrier(20, timeout=TIMEOUT)

        def look():
            with self.read() as session:
                self.value(session)
                barrier.wait()

        self.assertEqual([], self.in_threads(20, look))

    def test_sleep_while_a_writer_waits(self):
        """A step of the clock is no end of its patience."""
        asked, steps = threading.Event(), iter([0])

        def time_of_day():
            # After the first look, half an hour has passed.
            asked.set()
            return next(steps, 1800)

        errors = []
        with self.write() as session:
            session.execute(COUNTER.update().values(value=1))
            self.useFixture(fixtures.MonkeyPatch(
                'sqlalchemy.util.queue._time', time_of_day))
            waiting = threading.Thread(
                target=lambda: errors.extend(self.in_threads(1, self.add)))
            waiting.start()
            self.assertTrue(asked.wait(TIMEOUT))
        waiting.join(TIMEOUT)
        self.assertEqual([], errors)
        with self.read() as session:
            self.assertEqual(2, self.value(session))

    def add(self):
        with self.write() as session:
            session.execute(COUNTER.update().values(
                value=COUNTER.c.value + 1))

    def test_read_modify_write(self):
        def count():
            for _number in range(25):
                with self.write() as session:
                    value = self.value(session)
                    session.execute(
                        COUNTER.update().values(value=value + 1))

        self.assertEqual([], self.in_threads(16, count))
        with self.read() as session:
            self.assertEqual(16 * 25, self.value(session))

    def test_failed_transaction_leaves_nothing(self):
        def fail():
            with self.write() as session:
                session.execute(COUNTER.update().values(value=1))
                raise ValueError

        self.assertRaises(ValueError, fail)
        self.other_writes()
        with self.read() as session:
            self.assertEqual(0, self.value(session))

    def test_connection_is_kept(self):
        def connection():
            with self.write() as session:
                return session.connection().connection.driver_connection

        self.assertIs(connection(), connection())

    def test_unit_of_work_that_was_cut_off(self):
        """It cannot begin to write, but it can read; the next one can."""
        def unit():
            with self.read() as session:
                self.value(session)
            with self.write() as session:
                session.execute(COUNTER.update().values(value=5))

        with work.WORK.cut():
            work.WORK.begin()
            # To Cinder it is one of the database, and none to try again.
            error = self.assertRaises(
                exception.DBError, work.WORK.run, unit)
            self.assertIsInstance(error.inner_exception, work.Ended)
            # No unit of work.
            with self.write() as session:
                self.assertEqual(0, self.value(session))
        work.WORK.begin()
        work.WORK.run(unit)
        with self.read() as session:
            self.assertEqual(5, self.value(session))


class UrlTest(testtools.TestCase):

    def test_reader_makes_no_file(self):
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).join('x'))
        engine = sa.create_engine(sqlite.reader_url(path))
        self.addCleanup(engine.dispose)
        self.assertRaises(sa.exc.OperationalError, engine.connect)
        self.assertFalse(path.exists())

    def test_engine_of_another_database_is_left_alone(self):
        engine = sa.create_engine('sqlite://')
        self.addCleanup(engine.dispose)
        former = engine.pool
        self.useFixture(fixtures.MonkeyPatch(
            'sqlalchemy.dialects.sqlite.pysqlite.SQLiteDialect_pysqlite'
            '.name', 'mysql'))
        sqlite._set_up(engine)
        self.assertIs(former, engine.pool)
