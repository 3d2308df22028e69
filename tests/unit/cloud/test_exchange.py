# SPDX-License-Identifier: Apache-2.0
"""Resets and saves whose processes die before each of their steps."""

import contextlib
import os
import pathlib
import signal
import sqlite3
import traceback

import fixtures
import testtools

from evs_fake.cloud import exchange
from evs_fake.cloud import saved_states
from evs_fake.cloud import state_dir
from evs_fake.cloud import tables

#: What changes a directory or makes it last: a death may come before any.
CALLS = ('fsync', 'link', 'mkdir', 'rename', 'rmdir', 'unlink')


def kill_before_call(number):
    """Have this process die before the n-th (from 0) of CALLS it makes."""
    left = [number]

    def dying(real):
        def call(*arguments, **options):
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
            return real(*arguments, **options)
        return call

    for name in CALLS:
        setattr(os, name, dying(getattr(os, name)))


class DirectoryTestCase(testtools.TestCase):
    """A state directory with a small database and two directories."""

    def setUp(self):
        super().setUp()
        self.top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.state = state_dir.StateDir(self.top)
        self.state.make()
        self.volumes, self.backups = self.top / 'volumes', self.state.backups
        self.volumes.mkdir()
        self.make_database(self.state.database, 'old')
        self.source = self.top / 'source.sqlite'
        self.make_database(self.source, 'new')
        self.write(self.volumes, 'a', 'old')
        self.write(self.backups / 'x', 'c', 'old')
        self.places = [
            exchange.Place(self.volumes, self.top / 'aside'),
            exchange.Place(self.backups, self.backups / '.reset')]
        self.old = self.everything()

    @staticmethod
    def make_database(path, content):
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.executescript("""
                PRAGMA journal_mode = WAL;
                CREATE TABLE volumes (content TEXT, service_uuid TEXT,
                                      host TEXT, deleted INTEGER);
                CREATE TABLE snapshots (deleted INTEGER);
                CREATE TABLE backups (deleted INTEGER);
                CREATE TABLE services (uuid TEXT, host TEXT, binary TEXT,
                                       deleted INTEGER);
                INSERT INTO volumes VALUES ('%s', NULL, NULL, 0);
            """ % content)

    @staticmethod
    def write(directory, name, text):
        directory.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)

    def everything(self):
        """The database's word, and all files by their paths."""
        with contextlib.closing(
                sqlite3.connect(self.state.database)) as connection:
            content, = connection.execute('SELECT content FROM volumes')
        return content, {
            str(path.relative_to(self.top)): path.read_text()
            for directory in (self.volumes, self.backups)
            for path in directory.rglob('*') if path.is_file()}

    def prepare(self):
        for place in self.places:
            place.prepare()
        # One of a name that is there, too.
        self.write(self.places[0].new, 'a', 'new')
        self.write(self.places[0].new, 'b', 'new')
        self.write(self.places[1].new / 'x', 'd', 'new')

    NEW = ('new',), {'volumes/a': 'new', 'volumes/b': 'new',
                     'backups/x/d': 'new'}

    def replace(self):
        tables.replace(self.state.database, self.source, 7)

    def die_everywhere(self, action):
        """Have children die before each of their calls, in turn.

        :returns: the number of each death, after it; the last is that of
            the child that lived.
        """
        number = 0
        while True:
            pid = os.fork()
            if not pid:
                try:
                    kill_before_call(number)
                    action()
                    os._exit(0)
                except BaseException:
                    traceback.print_exc()
                finally:
                    os._exit(1)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            self.assertIn(status, (0, -signal.SIGKILL))
            yield number
            if not status:
                return
            number += 1


class ExchangeTest(DirectoryTestCase):

    def run_exchange(self):
        self.prepare()
        exchange.run(self.state, self.places, 7, self.replace)
        exchange.clear(self.state, self.places)

    def assert_nothing_aside(self):
        self.assertFalse(self.state.journal.exists())
        for place in self.places:
            self.assertFalse(place.aside.exists())

    def test_all(self):
        self.run_exchange()
        self.assertEqual(self.NEW, self.everything())
        self.assert_nothing_aside()
        self.assertEqual(7, tables.mark_of(self.state.database))

    def test_to_nothing(self):
        for place in self.places:
            place.prepare()
        exchange.run(self.state, self.places, 7, self.replace)
        exchange.clear(self.state, self.places)
        self.assertEqual((('new',), {}), self.everything())
        self.assert_nothing_aside()

    def test_directories_stay(self):
        opened = os.open(self.volumes, os.O_RDONLY)
        self.addCleanup(os.close, opened)
        self.run_exchange()
        self.assertEqual(['a', 'b'], sorted(os.listdir(opened)))

    def test_database_that_cannot_be_exchanged(self):
        self.prepare()

        def fail():
            raise sqlite3.OperationalError

        self.assertRaises(sqlite3.OperationalError, exchange.run,
                          self.state, self.places, 7, fail)
        self.assertEqual(self.old, self.everything())
        self.assert_nothing_aside()

    def test_what_failed_amid_the_moves_is_kept_for_the_next(self):
        self.prepare()
        self.useFixture(fixtures.MockPatchObject(
            exchange.Place, 'exchange', side_effect=OSError))
        self.assertRaises(OSError, exchange.run, self.state, self.places, 7,
                          self.replace)
        exchange.clear(self.state, self.places)
        self.assertTrue(self.places[0].new.exists())

    def test_death_anywhere(self):
        done = []
        for _number in self.die_everywhere(self.run_exchange):
            exchange.settle(self.state)
            exchange.clear(self.state, self.places)
            found = self.everything()
            self.assertIn(found, (self.old, self.NEW))
            done.append(found == self.NEW)
            self.assert_nothing_aside()
            # Again as before.
            self.undo()
        self.assertEqual([False, True], sorted(set(done)))
        self.assertEqual(sorted(done), done)

    def test_death_anywhere_amid_settling(self):
        """Deaths while the first one is settled change nothing."""
        self.prepare()
        with fixtures.MockPatchObject(
                exchange, '_move_all', side_effect=OSError):
            self.assertRaises(OSError, exchange.run, self.state,
                              self.places, 7, self.replace)
        for _number in self.die_everywhere(
                lambda: exchange.settle(self.state)):
            pass
        exchange.settle(self.state)
        exchange.clear(self.state, self.places)
        self.assertEqual(self.NEW, self.everything())
        self.assert_nothing_aside()

    def undo(self):
        for path in (self.volumes, self.backups):
            for file in [file for file in path.rglob('*') if file.is_file()]:
                file.unlink()
        for name, text in self.old[1].items():
            self.write((self.top / name).parent, (self.top / name).name, text)
        for path in self.top.glob('cinder.sqlite*'):
            path.unlink()
        self.make_database(self.state.database, 'old')


class SavedStatesTest(DirectoryTestCase):

    def setUp(self):
        super().setUp()
        self.store = saved_states.Store(self.state.states)
        self.directories = [
            saved_states.Directory(self.volumes, True, '.reset'),
            saved_states.Directory(self.backups, False, '.reset')]

    def save(self):
        self.store.save('one', self.state.database, self.directories,
                        {'schema': 's'})

    def saved(self):
        """What was saved, as :meth:`everything` has what there is."""
        with contextlib.closing(sqlite3.connect(
                self.store.database('one'))) as connection:
            content, = connection.execute('SELECT content FROM volumes')
        found = {}
        for number, directory in enumerate((self.volumes, self.backups)):
            contents = self.store.contents('one', number)
            found.update({
                str(directory.relative_to(self.top)
                    / path.relative_to(contents)): path.read_text()
                for path in contents.rglob('*') if path.is_file()})
        return content, found

    def test_save(self):
        self.save()
        self.assertEqual(['one'], self.store.names())
        about = self.store.about('one')
        self.assertEqual(
            ('one', 1, 0, 0, 's'),
            tuple(about[name] for name in (
                'name', 'volumes', 'snapshots', 'backups', 'schema')))
        self.assertGreater(about['size'], 0)
        self.assertEqual(self.old, self.saved())

    def test_what_is_written_later_is_not_in_it(self):
        self.save()
        with (self.volumes / 'a').open('r+') as file:
            file.write('NEW')
        (self.backups / 'x' / 'c').unlink()
        self.assertEqual(self.old, self.saved())

    def test_holes_stay_holes(self):
        with (self.volumes / 'big').open('wb') as file:
            file.truncate(1 << 30)
        self.save()
        copy = self.store.contents('one', 0) / 'big'
        self.assertEqual((1 << 30, True), (
            copy.stat().st_size, copy.stat().st_blocks < 100))

    def test_unknown(self):
        self.assertIsNone(self.store.about('one'))

    def test_death_anywhere_amid_saving(self):
        done = []
        for _number in self.die_everywhere(self.save):
            self.store.clean()
            self.assertEqual(self.store.names(),
                             os.listdir(self.state.states))
            done.append(bool(self.store.names()))
            if done[-1]:
                self.assertEqual(self.old, self.saved())
                self.store.delete('one')
            self.assertEqual([], os.listdir(self.state.states))
        self.assertEqual([False, True], sorted(set(done)))

    def test_death_anywhere_amid_deleting(self):
        self.save()
        deaths = 0
        for _number in self.die_everywhere(
                lambda: self.store.delete('one')):
            deaths += 1
            self.store.clean()
            if self.store.names():
                self.assertEqual(self.old, self.saved())
            else:
                self.assertEqual([], os.listdir(self.state.states))
                self.save()
        self.assertGreater(deaths, 3)
