# SPDX-License-Identifier: Apache-2.0

import errno
import fcntl
import os
import socket
import stat

import fixtures
import testtools

from evs_fake import exception
from evs_fake.storage import file
from tests.unit.storage import contract
from tests.unit.storage import sparsefile


class FileEngineContractTest(contract.EngineContract, testtools.TestCase):

    def new_engine(self, capacity_gb=None):
        directory = self.useFixture(fixtures.TempDir())
        return file.FileEngine(directory.join('pool'), capacity_gb)


class FileEngineWithoutReflinksTest(FileEngineContractTest):
    """Wherever the tests run, as on a file system that only reads."""

    def setUp(self):
        super().setUp()
        self.requests = []

        def refuse(*arguments):
            self.requests.append(arguments)
            raise OSError(errno.EOPNOTSUPP, 'Operation not supported')

        self.useFixture(fixtures.MonkeyPatch('fcntl.ioctl', refuse))
        self.useFixture(fixtures.MonkeyPatch('os.copy_file_range', refuse))

    def test_it_was_tried(self):
        self.new_snapshot(self.new_volume(*contract.PIECES))
        self.assertLess(1, len(self.requests))


class PoolTestCase(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir())
        self.path = self.directory.join('pool')

    def new_engine(self):
        engine = file.FileEngine(self.path)
        engine.setup()
        self.addCleanup(engine.close)
        return engine

    def pool(self, *names):
        return os.path.join(self.path, *names)

    def temporaries(self):
        return [name for _, _, names in os.walk(self.pool('tmp'))
                for name in names]


class SetupTest(PoolTestCase):

    def assertSetupFails(self, *words):
        error = self.assertRaises(exception.StorageError,
                                  file.FileEngine(self.path).setup)
        for word in (self.path, *words):
            self.assertIn(word, str(error))

    def test_layout_is_private(self):
        engine = self.new_engine()
        volume_id = contract.new_id()
        engine.create_volume(volume_id, 1)
        for names, mode in (((), 0o700), (('volumes',), 0o700),
                            (('snapshots',), 0o700), (('tmp',), 0o700),
                            (('unmanaged-volumes',), 0o700),
                            (('unmanaged-snapshots',), 0o700),
                            (('volumes', volume_id), 0o600)):
            self.assertEqual(mode, stat.S_IMODE(
                os.stat(self.pool(*names)).st_mode))

    def test_layout_that_was_open_to_others_is_closed(self):
        os.makedirs(self.pool('volumes'), mode=0o755)
        os.chmod(self.pool('volumes'), 0o777)
        self.new_engine()
        self.assertEqual(0o700, stat.S_IMODE(
            os.stat(self.pool('volumes')).st_mode))

    def test_part_of_somebody_else(self):
        self.new_engine().create_volume(contract.new_id(), 1)
        owner = os.geteuid()
        self.useFixture(fixtures.MonkeyPatch('os.geteuid',
                                             lambda: owner + 1))
        before = os.listdir('/proc/self/fd')
        self.assertSetupFails('volumes: belongs to user %d, not %d' % (
            owner, owner + 1))
        self.assertEqual(before, os.listdir('/proc/self/fd'))

    def test_umask(self):
        self.addCleanup(os.umask, os.umask(0))
        for mask in (0, 0o022, 0o077):
            os.umask(mask)
            self.path = self.directory.join('pool-%o' % mask)
            engine = self.new_engine()
            volume_id = contract.new_id()
            engine.create_volume(volume_id, 1)
            engine.create_snapshot(contract.new_id(), volume_id)
            for directory, names, files in os.walk(self.path):
                for name in [*names, *files]:
                    mode = os.lstat(os.path.join(directory, name)).st_mode
                    self.assertEqual(0, mode & 0o077, name)

    def test_relative_path_survives_a_change_of_directory(self):
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.directory.path)
        engine = file.FileEngine('pool')
        os.chdir('/')
        engine.setup()
        self.addCleanup(engine.close)
        volume_id = contract.new_id()
        engine.create_volume(volume_id, 1)
        self.assertEqual(self.pool('volumes', volume_id),
                         engine.volume_path(volume_id))

    def test_pool_that_is_a_link_to_a_directory(self):
        os.mkdir(self.directory.join('elsewhere'))
        os.symlink('elsewhere', self.path)
        self.new_engine().create_volume(contract.new_id(), 1)

    def test_pool_that_is_a_file(self):
        with open(self.path, 'w'):
            pass
        self.assertSetupFails('File exists')

    def test_part_that_is_a_link(self):
        os.mkdir(self.path)
        os.mkdir(self.directory.join('elsewhere'))
        os.symlink('../elsewhere', self.pool('volumes'))
        self.assertSetupFails('volumes')
        self.assertEqual([], os.listdir(self.directory.join('elsewhere')))

    def test_part_on_another_file_system(self):
        self.new_engine()
        fields = list(os.stat('/proc'))
        fields[stat.ST_UID] = os.geteuid()
        other = os.stat_result(fields)
        real = os.fstat
        snapshots = os.stat(self.pool('snapshots'))

        def fstat(fd):
            found = real(fd)
            return other if os.path.samestat(found, snapshots) else found

        self.useFixture(fixtures.MonkeyPatch('os.fstat', fstat))
        before = os.listdir('/proc/self/fd')
        self.assertSetupFails('snapshots: is another file system')
        self.assertEqual(before, os.listdir('/proc/self/fd'))

    def test_pool_that_cannot_be_written(self):
        engine = self.new_engine()
        real = os.access

        def access(path, mode, **options):
            return path != 'snapshots' and real(path, mode, **options)

        self.useFixture(fixtures.MonkeyPatch('os.access', access))
        self.assertSetupFails('snapshots: not writable')
        self.assertRaises(exception.StorageError, engine.setup)

    def test_failed_setup_gives_every_descriptor_back(self):
        os.mkdir(self.path)
        with open(self.pool('tmp'), 'w'):
            pass
        before = os.listdir('/proc/self/fd')
        self.assertSetupFails('tmp')
        self.assertEqual(before, os.listdir('/proc/self/fd'))

    def test_pool_that_was_replaced(self):
        engine = self.new_engine()
        os.rename(self.path, self.path + '.old')
        self.assertRaises(exception.StorageError, engine.setup)
        self.new_engine()
        error = self.assertRaises(exception.StorageError, engine.setup)
        self.assertIn('replaced', str(error))

    def test_before_setup_and_after_close(self):
        engine = file.FileEngine(self.path)
        calls = (lambda: engine.create_volume(contract.new_id(), 1),
                 lambda: engine.delete_volume(contract.new_id()),
                 lambda: engine.has_volume(contract.new_id()),
                 engine.volume_ids, engine.usage, engine.recover)
        for call in calls:
            error = self.assertRaises(exception.StorageError, call)
            self.assertIn('not set up', str(error))
        before = os.listdir('/proc/self/fd')
        engine.setup()
        engine.close()
        engine.close()
        self.assertEqual(before, os.listdir('/proc/self/fd'))
        self.assertEqual([], os.listdir(self.pool('tmp')))
        for call in calls:
            self.assertRaises(exception.StorageError, call)

    def test_bytes_outlive_the_engine(self):
        engine = file.FileEngine(self.path)
        engine.setup()
        volume_id = contract.new_id()
        engine.create_volume(volume_id, 1)
        sparsefile.write(engine.volume_path(volume_id), *contract.PIECES)
        before = sparsefile.content(engine.volume_path(volume_id))
        engine.close()
        self.assertEqual(before, sparsefile.content(
            self.new_engine().volume_path(volume_id)))


class AttackTest(PoolTestCase):
    """Names in the pool that are not what the engine made."""

    def setUp(self):
        super().setUp()
        self.engine = self.new_engine()
        self.victim = self.directory.join('victim')
        with open(self.victim, 'w') as victim:
            victim.write('untouched')
        self.addCleanup(self.check_victim)
        self.good = contract.new_id()
        self.snapshot = contract.new_id()
        self.engine.create_volume(self.good, 1)
        self.engine.create_snapshot(self.snapshot, self.good)

    def check_victim(self):
        with open(self.victim) as victim:
            self.assertEqual('untouched', victim.read())
        self.assertEqual(0o600, 0o600 & os.stat(self.victim).st_mode)

    def assertRefused(self, make):
        bad = contract.new_id()
        for kind in ('volumes', 'snapshots'):
            make(self.pool(kind, bad))
        for name, arguments in (
                ('extend_volume', (bad, 2)),
                ('clone_volume', (contract.new_id(), bad, 1)),
                ('create_snapshot', (contract.new_id(), bad)),
                ('create_volume_from_snapshot',
                 (contract.new_id(), bad, 1)),
                ('rollback', (bad, self.snapshot)),
                ('rollback', (self.good, bad)),
                ('volume_path', (bad,)),
                ('snapshot_path', (bad,)),
                ('volume_size', (bad,)),
                ('delete_volume', (bad,)),
                ('delete_snapshot', (bad,))):
            error = self.assertRaises(exception.StorageError,
                                      getattr(self.engine, name), *arguments)
            self.assertIn('not a regular file', str(error))
        for name, arguments in (
                ('create_volume', (bad, 1)),
                ('clone_volume', (bad, self.good, 1)),
                ('create_snapshot', (bad, self.good)),
                ('create_volume_from_snapshot', (bad, self.snapshot, 1))):
            self.assertRaises(exception.StorageObjectExists,
                              getattr(self.engine, name), *arguments)
        self.assertFalse(self.engine.has_volume(bad))
        self.assertFalse(self.engine.has_snapshot(bad))
        self.assertEqual({self.good}, self.engine.volume_ids())
        self.assertEqual({self.snapshot}, self.engine.snapshot_ids())
        self.assertEqual([], self.temporaries())
        for kind in ('volumes', 'snapshots'):
            self.assertTrue(os.path.lexists(self.pool(kind, bad)))

    def test_link(self):
        self.assertRefused(lambda path: os.symlink(self.victim, path))

    def test_link_to_another_volume(self):
        self.assertRefused(lambda path: os.symlink(
            self.pool('volumes', self.good), path))

    def test_dangling_link(self):
        self.assertRefused(lambda path: os.symlink(
            self.directory.join('new'), path))
        self.assertFalse(os.path.exists(self.directory.join('new')))

    def test_fifo(self):
        self.assertRefused(os.mkfifo)

    def test_directory(self):
        self.assertRefused(os.mkdir)

    def test_socket(self):
        def listen(path):
            listener = socket.socket(socket.AF_UNIX)
            self.addCleanup(listener.close)
            with fixtures.TempDir() as short:
                listener.bind(short.join('s'))
                os.rename(short.join('s'), path)

        self.assertRefused(listen)

    def test_device(self):
        try:
            os.mknod(self.directory.join('zero'), stat.S_IFCHR | 0o600,
                     os.makedev(1, 5))
        except PermissionError:
            self.skipTest('nobody but root makes devices')
        self.assertRefused(lambda path: os.mknod(
            path, stat.S_IFCHR | 0o600, os.makedev(1, 5)))

    def test_hard_link(self):
        os.truncate(self.victim, contract.GIB)
        self.addCleanup(os.truncate, self.victim, len('untouched'))
        bad = contract.new_id()
        os.link(self.victim, self.pool('volumes', bad))
        for name, arguments in (
                ('extend_volume', (bad, 2)), ('volume_path', (bad,)),
                ('create_snapshot', (contract.new_id(), bad)),
                ('clone_volume', (contract.new_id(), bad, 1))):
            error = self.assertRaises(exception.StorageError,
                                      getattr(self.engine, name), *arguments)
            self.assertIn('hard links', str(error))
        self.assertEqual([], self.temporaries())
        # What it was is nobody's affair: these leave the victim alone.
        self.engine.rollback(bad, self.snapshot)
        self.engine.extend_volume(bad, 2)
        self.engine.delete_volume(bad)

    def test_file_of_somebody_else(self):
        owner = os.geteuid()
        self.useFixture(fixtures.MonkeyPatch('os.geteuid',
                                             lambda: owner + 1))
        for name, arguments in (
                ('extend_volume', (self.good, 2)),
                ('volume_path', (self.good,)),
                ('snapshot_path', (self.snapshot,)),
                ('create_snapshot', (contract.new_id(), self.good)),
                ('rollback', (self.good, self.snapshot))):
            error = self.assertRaises(exception.StorageError,
                                      getattr(self.engine, name), *arguments)
            self.assertIn('belongs to user %d' % owner, str(error))
        self.assertEqual([], self.temporaries())

    def swap(self, make):
        """Replace the volume between the engine's look and its open."""
        path = self.pool('volumes', self.good)
        real = os.open

        def swap_then_open(name, flags, *arguments, **options):
            if name == self.good:
                os.unlink(path)
                make(path)
            return real(name, flags, *arguments, **options)

        self.useFixture(fixtures.MonkeyPatch('os.open', swap_then_open))

    def test_link_that_appears_after_the_look(self):
        self.swap(lambda path: os.symlink(self.victim, path))
        self.assertRaises(exception.StorageError, self.engine.extend_volume,
                          self.good, 2)

    def test_fifo_that_appears_after_the_look(self):
        self.swap(os.mkfifo)
        error = self.assertRaises(
            exception.StorageError, self.engine.create_snapshot,
            contract.new_id(), self.good)
        self.assertIn('not a regular file', str(error))

    def test_volume_that_goes_away_after_the_look(self):
        self.swap(lambda path: None)
        self.assertRaises(exception.StorageObjectNotFound,
                          self.engine.create_snapshot,
                          contract.new_id(), self.good)

    def test_other_names_are_not_objects(self):
        for name in ('README', self.good + '~', '.hidden',
                     self.good.upper()):
            with open(self.pool('volumes', name), 'w'):
                pass
        self.assertEqual({self.good}, self.engine.volume_ids())

    def test_recover_follows_no_link(self):
        os.symlink(self.directory.path, self.pool('tmp', 'link'))
        os.mkdir(self.pool('tmp', 'dead'))
        os.symlink(self.victim, self.pool('tmp', 'dead', 'link'))
        os.symlink(self.directory.path, self.pool('tmp', 'dead', 'up'))
        with open(self.pool('tmp', 'stray'), 'w'):
            pass
        self.assertEqual({'link', 'stray', 'dead/link', 'dead/up'},
                         set(self.engine.recover()))
        self.assertEqual(1, len(os.listdir(self.pool('tmp'))))


class FullDiskTest(PoolTestCase):
    """Every system call that a change makes may be the one that fails."""

    def test_failure_leaves_no_temporary(self):
        engine = self.new_engine()
        volume_id, snapshot_id = contract.new_id(), contract.new_id()
        engine.create_volume(volume_id, 1)
        sparsefile.write(engine.volume_path(volume_id), *contract.PIECES)
        engine.create_snapshot(snapshot_id, volume_id)
        sparsefile.write(engine.volume_path(volume_id), (0, b'later'))
        before = sparsefile.content(engine.volume_path(volume_id))
        for call, name, arguments in (
                ('os.ftruncate', 'create_volume', (1,)),
                ('os.fsync', 'create_volume', (1,)),
                ('os.rename', 'create_volume', (1,)),
                ('os.fsync', 'create_snapshot', (volume_id,)),
                ('os.rename', 'create_snapshot', (volume_id,)),
                ('os.rename', 'clone_volume', (volume_id, 2)),
                ('os.ftruncate', 'create_volume_from_snapshot',
                 (snapshot_id, 2))):
            new = contract.new_id()
            self.assertFails(call, engine, name, new, *arguments)
        for call in ('os.fsync', 'os.rename', 'os.open'):
            self.assertFails(call, engine, 'rollback', volume_id,
                             snapshot_id)
        self.assertFails('os.unlink', engine, 'delete_volume', volume_id)
        self.assertFails('os.ftruncate', engine, 'extend_volume', volume_id,
                         2)
        self.assertEqual({volume_id}, engine.volume_ids())
        self.assertEqual({snapshot_id}, engine.snapshot_ids())
        self.assertEqual(before,
                         sparsefile.content(engine.volume_path(volume_id)))

    def assertFails(self, call, engine, name, *arguments):
        def full(*_, **__):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with fixtures.MonkeyPatch(call, full):
            error = self.assertRaises(exception.StorageError,
                                      getattr(engine, name), *arguments)
        for word in (name, arguments[0], 'No space left on device'):
            self.assertIn(word, str(error))
        self.assertEqual([], self.temporaries())

    def test_deletion_that_was_cut_short_is_flushed(self):
        engine = self.new_engine()
        volume_id = contract.new_id()
        engine.create_volume(volume_id, 1)
        flushed = []
        real = os.fsync

        def fsync(fd):
            flushed.append(os.readlink(f'/proc/self/fd/{fd}'))
            real(fd)

        self.useFixture(fixtures.MonkeyPatch('os.fsync', fsync))
        engine.delete_volume(volume_id)
        engine.delete_volume(volume_id)
        self.assertEqual([self.pool('volumes')] * 2, flushed)

    def test_file_and_directory_are_flushed_in_this_order(self):
        engine = self.new_engine()
        volume_id = contract.new_id()
        engine.create_volume(volume_id, 1)
        steps = []

        def recording(call, label):
            real = getattr(os, call)

            def record(*arguments, **options):
                steps.append(label(*arguments))
                return real(*arguments, **options)

            self.useFixture(fixtures.MonkeyPatch(f'os.{call}', record))

        def flushed(fd):
            path = os.readlink(f'/proc/self/fd/{fd}')
            return os.path.relpath(path, self.path).split('/')[0]

        recording('fsync', flushed)
        recording('rename', lambda *_: 'rename')
        recording('unlink', lambda *_: 'unlink')
        snapshot_id = contract.new_id()
        engine.create_snapshot(snapshot_id, volume_id)
        # What is unlinked after a rename is another name, the temporary's.
        self.assertEqual(
            ['volumes', 'tmp', 'rename', 'snapshots', 'unlink'], steps)
        del steps[:]
        engine.rollback(volume_id, snapshot_id)
        self.assertEqual(
            ['snapshots', 'tmp', 'rename', 'volumes', 'unlink'], steps)
        del steps[:]
        engine.extend_volume(volume_id, 2)
        self.assertEqual(['volumes'], steps)

    def test_changes_in_place_exclude_each_other(self):
        engine = self.new_engine()
        volume_id, snapshot_id = contract.new_id(), contract.new_id()
        engine.create_volume(volume_id, 1)
        engine.create_snapshot(snapshot_id, volume_id)
        locked = []

        def checking(call):
            real = getattr(os, call)

            def check(*arguments, **options):
                locked.append((call, self.is_locked()))
                return real(*arguments, **options)

            self.useFixture(fixtures.MonkeyPatch(f'os.{call}', check))

        for call in ('ftruncate', 'rename', 'unlink'):
            checking(call)
        engine.extend_volume(volume_id, 2)
        self.assertEqual([('ftruncate', True)], locked)
        del locked[:]
        engine.rollback(volume_id, snapshot_id)
        self.assertIn(('rename', True), locked)
        self.assertEqual(('ftruncate', True), locked[-3])
        del locked[:]
        engine.delete_volume(volume_id)
        self.assertEqual([('unlink', True)], locked)
        self.assertFalse(self.is_locked())

    def is_locked(self):
        fd = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
        return False


class UnmanagedTest(PoolTestCase):
    """Files that nobody but their names vouch for."""

    def setUp(self):
        super().setUp()
        self.engine = self.new_engine()

    def unmanaged(self, *names):
        return self.pool('unmanaged-volumes', *names)

    def put(self, name, size=contract.GIB):
        with open(self.unmanaged(name), 'wb') as made:
            made.write(b'data')
            made.truncate(size)

    def assertRefused(self, name, *words):
        offered, = self.engine.unmanaged_volumes()
        error = self.assertRaises(
            exception.StorageError, self.engine.manage_volume,
            contract.new_id(), name)
        for word in words:
            self.assertIn(word, offered.reason)
            self.assertIn(word, str(error))
        self.assertEqual(set(), self.engine.volume_ids())
        self.assertTrue(os.path.lexists(self.unmanaged(name)))

    def test_file_of_any_name(self):
        for name in ('disk.img', '-rf *', 'a\nb', '\u00e4'):
            volume_id = contract.new_id()
            self.put(name)
            os.chmod(self.unmanaged(name), 0o666)
            self.engine.manage_volume(volume_id, name)
            self.assertEqual(0o600, stat.S_IMODE(
                os.stat(self.pool('volumes', volume_id)).st_mode))
            self.assertEqual(b'data', sparsefile.read(
                self.engine.volume_path(volume_id), 0, 4))

    def test_link_out_of_the_pool(self):
        outside = self.directory.join('secret')
        with open(outside, 'wb') as made:
            made.truncate(contract.GIB)
        os.symlink(outside, self.unmanaged('name'))
        self.assertRefused('name', 'not a regular file')

    def test_link_that_came_since_it_was_looked_at(self):
        outside = self.directory.join('secret')
        with open(outside, 'wb') as made:
            made.truncate(contract.GIB)
        self.put('name')
        check = file.FileEngine._require_fit

        def check_then_swap(*arguments):
            check(*arguments)
            os.unlink(self.unmanaged('name'))
            os.symlink(outside, self.unmanaged('name'))

        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.storage.file.FileEngine._require_fit',
            staticmethod(check_then_swap)))
        self.assertRaises(exception.StorageError, self.engine.manage_volume,
                          contract.new_id(), 'name')
        self.assertEqual(set(), self.engine.volume_ids())

    def test_file_that_took_its_place_at_the_last_moment(self):
        outside = self.directory.join('secret')
        rename = os.rename

        def swap_then_rename(source, *arguments, **options):
            if source == 'name':
                os.unlink(self.unmanaged('name'))
                os.symlink(outside, self.unmanaged('name'))
            rename(source, *arguments, **options)

        self.put('name')
        self.useFixture(fixtures.MonkeyPatch('os.rename', swap_then_rename))
        error = self.assertRaises(
            exception.StorageError, self.engine.manage_volume,
            contract.new_id(), 'name')
        self.assertIn('replaced', str(error))
        self.assertEqual([], os.listdir(self.pool('volumes')))
        self.assertEqual(outside, os.readlink(self.unmanaged('name')))

    def test_device(self):
        try:
            os.mknod(self.unmanaged('name'), stat.S_IFBLK | 0o600,
                     os.makedev(7, 0))
        except PermissionError:
            self.skipTest('nobody but root makes devices')
        self.assertRefused('name', 'not a regular file')

    def test_import_of_what_is_no_file(self):
        fifo = self.directory.join('fifo')
        os.mkfifo(fifo)
        for path in (fifo, self.directory.path, '/dev/zero'):
            self.assertRaises(exception.StorageError,
                              self.engine.import_volume, contract.new_id(),
                              path)
        self.assertEqual(set(), self.engine.volume_ids())

    def test_what_is_no_file(self):
        for make in (os.mkdir, os.mkfifo):
            make(self.unmanaged('name'))
            self.assertRefused('name', 'not a regular file')
            (os.rmdir if make is os.mkdir else os.unlink)(
                self.unmanaged('name'))
        with socket.socket(socket.AF_UNIX) as listener:
            directory = os.open(self.unmanaged(), os.O_RDONLY)
            self.addCleanup(os.close, directory)
            listener.bind('/proc/self/fd/%d/name' % directory)
            self.assertRefused('name', 'not a regular file')

    def test_hard_link(self):
        self.put('name')
        os.link(self.unmanaged('name'), self.directory.join('other'))
        self.assertRefused('name', 'hard links')

    def test_file_of_somebody_else(self):
        self.put('name')
        self.useFixture(fixtures.MonkeyPatch(
            'os.geteuid', lambda: os.getuid() + 1))
        self.assertRefused('name', 'belongs to user %d' % os.getuid())

    def test_size(self):
        for size in (0, 1, contract.GIB - 1, contract.GIB + 512):
            self.put('name', size)
            self.assertRefused('name', '%d bytes' % size)

    def test_flushed_before_it_has_its_name(self):
        self.put('name')
        calls = []
        for name in ('fsync', 'rename'):
            original = getattr(os, name)

            def call(*args, name=name, original=original, **kwargs):
                calls.append(name)
                return original(*args, **kwargs)

            self.useFixture(fixtures.MonkeyPatch('os.' + name, call))
        self.engine.manage_volume(contract.new_id(), 'name')
        self.assertEqual(['fsync', 'rename', 'fsync', 'fsync'], calls)
