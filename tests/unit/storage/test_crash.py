# SPDX-License-Identifier: Apache-2.0
"""Real processes that die, or live on, in the middle of a change."""

import errno
import os
import resource
import signal
import traceback

import fixtures
import testtools

from evs_fake import exception
from evs_fake.storage import extents
from evs_fake.storage import file
from tests.unit.storage import contract
from tests.unit.storage import sparsefile

# What a change is made of: a process may die before any of them.
CALLS = ('copy_file_range', 'ftruncate', 'fsync', 'link', 'rename', 'unlink')


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


class ProcessTestCase(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir())
        self.path = self.directory.join('pool')
        # So that a copy is calls to count, on every file system.
        self.useFixture(fixtures.MonkeyPatch('fcntl.ioctl', self.refuse))
        self.engine = self.new_engine()
        self.addCleanup(self.engine.close)
        self.volume_id = contract.new_id()
        self.snapshot_id = contract.new_id()
        self.engine.create_volume(self.volume_id, 1)
        path = self.engine.volume_path(self.volume_id)
        sparsefile.write(path, *contract.PIECES)
        self.engine.create_snapshot(self.snapshot_id, self.volume_id)
        self.old = sparsefile.content(path)
        self.write_later()
        self.new = sparsefile.content(path)

    @staticmethod
    def refuse(*_):
        raise OSError(errno.EOPNOTSUPP, 'Operation not supported')

    def new_engine(self):
        engine = file.FileEngine(self.path)
        engine.setup()
        return engine

    def write_later(self):
        sparsefile.write(self.engine.volume_path(self.volume_id),
                         (0, b'later'), (50_000_000, b'later'))

    def content(self):
        return sparsefile.content(self.engine.volume_path(self.volume_id))

    def temporaries(self):
        return [name for _, _, names in os.walk(
            os.path.join(self.path, 'tmp')) for name in names]

    def fork(self, action):
        """Run an action in a child process, of which the pid returns."""
        pid = os.fork()
        if not pid:
            try:
                action()
                # Neither the runner nor the test's cleanups are a child's.
                os._exit(0)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        return pid

    @staticmethod
    def wait(pid):
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class KilledTest(ProcessTestCase):
    """A child dies before each system call of a change, in turn."""

    def kill_everywhere(self, action, is_done, undo):
        """Check that a change is done or not, whenever its process dies.

        :param action: what the child does with an engine.
        :param is_done: whether all is as after the change; fails unless
            all else is as before it.
        :param undo: makes all as before the change.
        :returns: how many deaths left a temporary.
        """
        left = 0
        done = []
        status = None
        while status != 0:
            deaths = len(done)

            def child(number=deaths):
                engine = self.new_engine()
                kill_before_call(number)
                action(engine)

            status = self.wait(self.fork(child))
            self.assertIn(status, (0, -signal.SIGKILL))
            done.append(is_done())
            temporaries = self.temporaries()
            left += len(temporaries)
            self.assertEqual(temporaries, [
                name.partition('/')[2] for name in self.engine.recover()])
            self.assertEqual([], self.temporaries())
            self.assertEqual(done[-1], is_done())
            undo()
        # Nowhere half: from one call on, it is done.
        self.assertEqual([False, True], sorted(set(done)))
        self.assertEqual(sorted(done), done)
        return left

    def test_create_volume(self):
        volume_id = contract.new_id()

        def is_done():
            if not self.engine.has_volume(volume_id):
                return False
            self.assertEqual(7 << 30, self.engine.volume_size(volume_id))
            return True

        self.assertGreater(self.kill_everywhere(
            lambda engine: engine.create_volume(volume_id, 7), is_done,
            lambda: self.engine.delete_volume(volume_id)), 1)

    def test_create_snapshot(self):
        snapshot_id = contract.new_id()

        def is_done():
            self.assertEqual(self.new, self.content())
            if not self.engine.has_snapshot(snapshot_id):
                return False
            self.assertEqual(self.new, sparsefile.content(
                self.engine.snapshot_path(snapshot_id)))
            return True

        self.assertGreater(self.kill_everywhere(
            lambda engine: engine.create_snapshot(snapshot_id,
                                                  self.volume_id),
            is_done, lambda: self.engine.delete_snapshot(snapshot_id)), 4)

    def test_rollback(self):
        def is_done():
            self.assertEqual(self.old, sparsefile.content(
                self.engine.snapshot_path(self.snapshot_id)))
            content = self.content()
            self.assertIn(content, (self.old, self.new))
            return content == self.old

        self.assertGreater(self.kill_everywhere(
            lambda engine: engine.rollback(self.volume_id,
                                           self.snapshot_id),
            is_done, self.write_later), 4)

    def test_rollback_of_an_extended_volume(self):
        self.engine.extend_volume(self.volume_id, 2)
        size = 2 << 30

        def is_done():
            content = self.content()
            self.assertIn(content, ((size, self.old[1]),
                                    (size, self.new[1])))
            return content[1] == self.old[1]

        self.kill_everywhere(
            lambda engine: engine.rollback(self.volume_id,
                                           self.snapshot_id),
            is_done, self.write_later)

    def test_delete(self):
        volume_id = contract.new_id()
        self.engine.create_volume(volume_id, 1)

        def undo():
            if not self.engine.has_volume(volume_id):
                self.engine.create_volume(volume_id, 1)

        self.assertEqual(0, self.kill_everywhere(
            lambda engine: engine.delete_volume(volume_id),
            lambda: not self.engine.has_volume(volume_id), undo))


class LivingTest(ProcessTestCase):
    """What a process that lives is making is left to it."""

    def start_copy(self):
        """A child that stops in the middle of create_snapshot()."""
        ready, told = os.pipe()
        never, silent = os.pipe()
        self.addCleanup(os.close, ready)
        self.addCleanup(os.close, silent)
        snapshot_id = contract.new_id()

        def copy_half(source, target):
            os.pwrite(target, b'half', 0)
            os.write(told, b'!')
            # The parent closes its end at the latest when it dies.
            os.close(silent)
            os.read(never, 1)

        def child():
            extents.copy = copy_half
            self.new_engine().create_snapshot(snapshot_id, self.volume_id)

        pid = self.fork(child)
        os.close(told)
        os.close(never)
        self.assertEqual(b'!', os.read(ready, 1))
        return pid, snapshot_id

    def test_recover_waits_for_the_death(self):
        pid, snapshot_id = self.start_copy()
        try:
            self.assertEqual([], self.engine.recover())
            other = self.new_engine()
            self.addCleanup(other.close)
            self.assertEqual([], other.recover())
            temporary, = self.temporaries()
            self.assertIn(snapshot_id, temporary)
            self.assertFalse(self.engine.has_snapshot(snapshot_id))
        finally:
            os.kill(pid, signal.SIGKILL)
            status = self.wait(pid)
        self.assertEqual(-signal.SIGKILL, status)
        self.assertEqual([temporary], [
            name.partition('/')[2] for name in self.engine.recover()])
        self.assertEqual([], self.temporaries())
        self.assertEqual([], self.engine.recover())
        self.assertEqual(self.new, self.content())
        self.assertEqual({self.snapshot_id}, self.engine.snapshot_ids())

    def test_the_engine_works_while_another_is_in_a_copy(self):
        pid, snapshot_id = self.start_copy()
        try:
            self.engine.rollback(self.volume_id, self.snapshot_id)
            self.engine.create_snapshot(snapshot_id, self.volume_id)
            self.engine.delete_volume(self.volume_id)
        finally:
            os.kill(pid, signal.SIGKILL)
            self.wait(pid)
        self.assertEqual(self.old, sparsefile.content(
            self.engine.snapshot_path(snapshot_id)))

    def test_engines_of_one_process_respect_each_other(self):
        other = self.new_engine()
        self.addCleanup(other.close)
        removed = []
        copy = extents.copy

        def copy_then_recover(source, target):
            copy(source, target)
            removed.extend(other.recover())

        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.storage.extents.copy', copy_then_recover))
        self.engine.rollback(self.volume_id, self.snapshot_id)
        self.assertEqual([], removed)
        self.assertEqual(self.old, self.content())

    def test_processes_share_a_pool(self):
        def child():
            engine = self.new_engine()
            for _ in range(10):
                volume_id, snapshot_id = contract.new_id(), contract.new_id()
                engine.create_volume(volume_id, 1)
                engine.create_snapshot(snapshot_id, self.volume_id)
                engine.recover()
                engine.rollback(volume_id, snapshot_id)
                engine.usage()
                self.assertEqual(self.new, sparsefile.content(
                    engine.volume_path(volume_id)))
                engine.delete_volume(volume_id)
                engine.delete_snapshot(snapshot_id)
            engine.close()

        children = [self.fork(child) for _ in range(4)]
        self.assertEqual([0] * 4, [self.wait(pid) for pid in children])
        self.assertEqual([], self.engine.recover())
        self.assertEqual({self.volume_id}, self.engine.volume_ids())
        self.assertEqual({self.snapshot_id}, self.engine.snapshot_ids())


class LimitedTest(ProcessTestCase):
    """The kernel itself refuses."""

    def test_file_size_limit(self):
        def child():
            engine = self.new_engine()
            limit = 1 << 20
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            for name, arguments in (
                    ('create_volume', (contract.new_id(), 1)),
                    ('extend_volume', (self.volume_id, 2)),
                    ('clone_volume', (contract.new_id(), self.volume_id, 1)),
                    ('create_snapshot', (contract.new_id(), self.volume_id)),
                    ('rollback', (self.volume_id, self.snapshot_id))):
                error = self.assertRaises(exception.StorageError,
                                          getattr(engine, name), *arguments)
                for word in (name, arguments[0], 'File too large'):
                    self.assertIn(word, str(error))
            self.assertEqual([], self.temporaries())

        self.assertEqual(0, self.wait(self.fork(child)))
        self.assertEqual(self.new, self.content())
        self.assertEqual({self.volume_id}, self.engine.volume_ids())
        self.assertEqual({self.snapshot_id}, self.engine.snapshot_ids())

    def test_user_without_a_right_to_the_pool(self):
        os.chmod(self.directory.path, 0o500)
        self.addCleanup(os.chmod, self.directory.path, 0o700)
        path = self.directory.join('other')

        def child():
            if os.geteuid() == 0:
                os.setgroups([])
                os.setuid(65534)
            error = self.assertRaises(exception.StorageError,
                                      file.FileEngine(path).setup)
            self.assertIn('Permission denied', str(error))

        self.assertEqual(0, self.wait(self.fork(child)))
        self.assertFalse(os.path.exists(path))
