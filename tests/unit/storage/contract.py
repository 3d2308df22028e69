# SPDX-License-Identifier: Apache-2.0
"""What every storage engine does, as tests to mix into a TestCase."""

import contextlib
import errno
import os
import subprocess
import sys
import threading
import uuid
from concurrent import futures
from unittest import mock

import fixtures

from evs_fake import exception
from evs_fake.storage import base
from evs_fake.storage import extents
from tests.unit.storage import sparsefile

GIB = base.GIB
END = GIB - 1
# The first byte, data across pages at odd offsets, and the very last byte.
PIECES = ((0, b'first'), (4095, b'over a page'), (12345, bytes(range(256))),
          (700_000_001, b'x' * 9001), (END - 2, b'end'))
BAD_NAMES = ('', '.', '..', '../evil', '/etc/passwd', 'a/b', 'a\0b',
             'a' * 256, '\u00e4' * 128, None, 7, b'name')
BAD_IDS = ('', '.', '..', '../evil', '/etc/passwd', 'a\0b', '\n',
           '6fa459ea-ee8a-3ca4-894e-db77e160355e\n',
           '6FA459EA-EE8A-3CA4-894E-DB77E160355E',
           '6fa459ea-ee8a-3ca4-894e-db77e160355E',
           '6fa459eaee8a3ca4894edb77e160355e',
           '{6fa459ea-ee8a-3ca4-894e-db77e160355e}',
           'g' * 36, 'a' * 5000, '\uff16fa459ea-ee8a-3ca4-894e-db77e160355e',
           None, 7, b'6fa459ea-ee8a-3ca4-894e-db77e160355e',
           uuid.UUID('6fa459ea-ee8a-3ca4-894e-db77e160355e'))
# A client that writes and neither flushes nor closes before it is done.
CLIENT = ('import os, sys\n'
          'fd = os.open(sys.argv[1], os.O_RDWR)\n'
          'os.pwrite(fd, b"from a client", 5001)\n'
          'print("written", flush=True)\n'
          'sys.stdin.read()\n')


def new_id() -> str:
    return str(uuid.uuid4())


class EngineContract:
    """Mix into a TestCase that defines new_engine()."""

    def new_engine(self, capacity_gb=None):
        raise NotImplementedError

    def setUp(self):
        super().setUp()
        self.engine = self.new_engine()
        self.engine.setup()
        self.addCleanup(self.engine.close)

    def new_volume(self, *pieces, size_gb=1):
        volume_id = new_id()
        self.engine.create_volume(volume_id, size_gb)
        sparsefile.write(self.engine.volume_path(volume_id), *pieces)
        return volume_id

    def new_snapshot(self, volume_id):
        snapshot_id = new_id()
        self.engine.create_snapshot(snapshot_id, volume_id)
        return snapshot_id

    def volume_content(self, volume_id):
        return sparsefile.content(self.engine.volume_path(volume_id))

    def snapshot_content(self, snapshot_id):
        return sparsefile.content(self.engine.snapshot_path(snapshot_id))

    def during_copy(self, action):
        """Have something happen when a copy's bytes are all there."""
        copy = extents.copy

        def copy_then_act(source, target):
            copy(source, target)
            action()

        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.storage.extents.copy', copy_then_act))

    def full_medium(self):
        """Have a copy fail when part of it is written."""
        def fill(source, target):
            os.pwrite(target, b'half', 0)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        return mock.patch('evs_fake.storage.extents.copy', fill)

    def assertNothingLeft(self, volumes=(), snapshots=()):
        self.assertEqual(set(volumes), self.engine.volume_ids())
        self.assertEqual(set(snapshots), self.engine.snapshot_ids())

    # Setup and inventory

    def test_setup_again_keeps_everything(self):
        volume_id = self.new_volume(*PIECES)
        before = self.volume_content(volume_id)
        self.engine.setup()
        self.assertEqual(before, self.volume_content(volume_id))

    def test_inventory(self):
        self.assertNothingLeft()
        volume_id = self.new_volume()
        snapshot_id = self.new_snapshot(volume_id)
        self.assertNothingLeft({volume_id}, {snapshot_id})
        self.assertTrue(self.engine.has_volume(volume_id))
        self.assertTrue(self.engine.has_snapshot(snapshot_id))
        self.assertFalse(self.engine.has_volume(snapshot_id))
        self.assertFalse(self.engine.has_snapshot(volume_id))

    def test_volume_and_snapshot_may_share_an_id(self):
        volume_id = self.new_volume()
        self.engine.create_snapshot(volume_id, volume_id)
        self.engine.delete_volume(volume_id)
        self.assertNothingLeft(snapshots={volume_id})

    def test_no_call_accepts_what_is_not_an_id(self):
        good = self.new_volume()
        calls = {
            'create_volume': lambda bad: (bad, 1),
            'delete_volume': lambda bad: (bad,),
            'extend_volume': lambda bad: (bad, 2),
            'clone_volume': lambda bad: (bad, good, 1),
            'create_snapshot': lambda bad: (bad, good),
            'delete_snapshot': lambda bad: (bad,),
            'create_volume_from_snapshot': lambda bad: (bad, good, 1),
            'rollback': lambda bad: (bad, good),
            'volume_path': lambda bad: (bad,),
            'snapshot_path': lambda bad: (bad,),
            'volume_size': lambda bad: (bad,),
            'has_volume': lambda bad: (bad,),
            'snapshot_size': lambda bad: (bad,),
            'has_snapshot': lambda bad: (bad,),
            'clone_volumes': lambda bad: ({new_id(): good, bad: good},),
            'create_snapshots': lambda bad: ({new_id(): good, bad: good},),
            'import_volume': lambda bad: (bad, '/dev/null'),
            'import_snapshot': lambda bad: (bad, '/dev/null'),
            'manage_volume': lambda bad: (bad, 'name'),
            'manage_snapshot': lambda bad: (bad, 'name'),
            'unmanage_volume': lambda bad: (bad, 'name'),
            'unmanage_snapshot': lambda bad: (bad, 'name'),
        }
        for name, arguments in calls.items():
            for bad in BAD_IDS:
                error = self.assertRaises(
                    exception.StorageError,
                    getattr(self.engine, name), *arguments(bad))
                self.assertIn('not a canonical UUID', str(error))
        for name in ('clone_volume', 'create_volume_from_snapshot'):
            for bad in BAD_IDS:
                self.assertRaises(exception.StorageError,
                                  getattr(self.engine, name), good, bad, 1)
        for name in ('create_snapshot', 'rollback'):
            for bad in BAD_IDS:
                self.assertRaises(exception.StorageError,
                                  getattr(self.engine, name), good, bad)
        self.assertNothingLeft({good})

    def test_no_call_accepts_what_is_not_a_size(self):
        good = self.new_volume()
        snapshot_id = self.new_snapshot(good)
        for bad in (0, -1, 1.5, '1', None, True, 1 << 33, 1 << 80):
            for name, arguments in (
                    ('create_volume', (new_id(),)),
                    ('extend_volume', (good,)),
                    ('clone_volume', (new_id(), good)),
                    ('create_volume_from_snapshot',
                     (new_id(), snapshot_id))):
                self.assertRaises(exception.StorageError,
                                  getattr(self.engine, name),
                                  *arguments, bad)
        self.assertNothingLeft({good}, {snapshot_id})
        self.assertEqual(GIB, self.engine.volume_size(good))

    # Volumes

    def test_new_volume_is_zeros_of_the_size_asked_for(self):
        volume_id = self.new_volume(size_gb=3)
        self.assertEqual(3 * GIB, self.engine.volume_size(volume_id))
        self.assertEqual((3 * GIB, {}), self.volume_content(volume_id))

    def test_tebibyte_allocates_nearly_nothing(self):
        volume_id = self.new_volume((1 << 39, b'x'), size_gb=1024)
        path = self.engine.volume_path(volume_id)
        self.assertEqual(1 << 40, sparsefile.size(path))
        self.assertLess(sparsefile.allocated(path), 1 << 20)

    def test_create_never_touches_a_volume_that_is_there(self):
        volume_id = self.new_volume(*PIECES)
        snapshot_id = self.new_snapshot(volume_id)
        before = self.volume_content(volume_id)
        for name, arguments in (
                ('create_volume', (volume_id, 2)),
                ('clone_volume', (volume_id, volume_id, 2)),
                ('create_volume_from_snapshot',
                 (volume_id, snapshot_id, 2))):
            error = self.assertRaises(exception.StorageObjectExists,
                                      getattr(self.engine, name), *arguments)
            self.assertIn(volume_id, str(error))
        self.assertEqual(before, self.volume_content(volume_id))

    def test_create_that_loses_a_race_leaves_the_winner(self):
        source_id = self.new_volume(*PIECES)
        volume_id = new_id()
        self.during_copy(lambda: self.engine.create_volume(volume_id, 5))
        self.assertRaises(exception.StorageObjectExists,
                          self.engine.clone_volume, volume_id, source_id, 1)
        self.assertEqual((5 * GIB, {}), self.volume_content(volume_id))

    def test_delete_volume_that_is_gone_succeeds(self):
        volume_id = self.new_volume()
        self.engine.delete_volume(volume_id)
        self.assertFalse(self.engine.has_volume(volume_id))
        self.engine.delete_volume(volume_id)
        self.engine.delete_volume(new_id())

    def test_deleted_bytes_are_never_read_again(self):
        secret = b'secret' * 100_000
        volume_id = self.new_volume((0, secret), (END - 5, b'secret'))
        self.engine.delete_volume(volume_id)
        self.engine.create_volume(volume_id, 1)
        other_id = self.new_volume((0, b'x'))
        self.engine.extend_volume(other_id, 2)
        self.assertEqual((GIB, {}), self.volume_content(volume_id))
        self.assertEqual(bytes(len(secret)), sparsefile.read(
            self.engine.volume_path(volume_id), 0, len(secret)))
        self.assertEqual(
            (2 * GIB, {0: b'x'.ljust(sparsefile.PAGE, b'\0')}),
            self.volume_content(other_id))

    def test_extend_adds_zeros(self):
        volume_id = self.new_volume(*PIECES)
        _, pages = self.volume_content(volume_id)
        self.engine.extend_volume(volume_id, 3)
        self.assertEqual((3 * GIB, pages), self.volume_content(volume_id))

    def test_extend_to_the_same_size_changes_nothing(self):
        volume_id = self.new_volume(*PIECES)
        before = self.volume_content(volume_id)
        self.engine.extend_volume(volume_id, 1)
        self.assertEqual(before, self.volume_content(volume_id))

    def test_extend_never_shrinks(self):
        volume_id = self.new_volume((2 * GIB, b'kept'), size_gb=3)
        before = self.volume_content(volume_id)
        self.assertRaises(exception.StorageError,
                          self.engine.extend_volume, volume_id, 2)
        self.assertEqual(before, self.volume_content(volume_id))

    def test_extend_is_seen_by_an_attached_client(self):
        volume_id = self.new_volume()
        with open(self.engine.volume_path(volume_id), 'r+b') as client:
            self.engine.extend_volume(volume_id, 2)
            self.assertEqual(2 * GIB, os.fstat(client.fileno()).st_size)

    def test_what_is_not_there_is_not_found(self):
        volume_id = self.new_volume()
        snapshot_id = self.new_snapshot(volume_id)
        gone = new_id()
        for name, arguments in (
                ('extend_volume', (gone, 2)),
                ('clone_volume', (new_id(), gone, 1)),
                ('clone_volume', (new_id(), snapshot_id, 1)),
                ('create_snapshot', (new_id(), gone)),
                ('create_volume_from_snapshot', (new_id(), gone, 1)),
                ('create_volume_from_snapshot', (new_id(), volume_id, 1)),
                ('rollback', (gone, snapshot_id)),
                ('rollback', (volume_id, gone)),
                ('volume_path', (gone,)),
                ('snapshot_path', (gone,)),
                ('volume_size', (gone,))):
            self.assertRaises(exception.StorageObjectNotFound,
                              getattr(self.engine, name), *arguments)
        self.assertNothingLeft({volume_id}, {snapshot_id})

    # Copies

    def test_clone_is_exact_and_its_tail_zero(self):
        source_id = self.new_volume(*PIECES)
        _, pages = self.volume_content(source_id)
        for size_gb in (1, 4):
            volume_id = new_id()
            self.engine.clone_volume(volume_id, source_id, size_gb)
            self.assertEqual((size_gb * GIB, pages),
                             self.volume_content(volume_id))

    def test_clone_is_independent(self):
        source_id = self.new_volume(*PIECES)
        before = self.volume_content(source_id)
        volume_id = new_id()
        self.engine.clone_volume(volume_id, source_id, 1)
        sparsefile.write(self.engine.volume_path(volume_id), (0, b'other'))
        self.assertEqual(before, self.volume_content(source_id))
        self.engine.delete_volume(source_id)
        self.assertEqual(b'other', sparsefile.read(
            self.engine.volume_path(volume_id), 0, 5))

    def test_clone_is_never_smaller(self):
        source_id = self.new_volume(size_gb=2)
        snapshot_id = self.new_snapshot(source_id)
        self.assertRaises(exception.StorageError, self.engine.clone_volume,
                          new_id(), source_id, 1)
        self.assertRaises(exception.StorageError,
                          self.engine.create_volume_from_snapshot,
                          new_id(), snapshot_id, 1)
        self.assertNothingLeft({source_id}, {snapshot_id})

    def test_clone_of_a_source_that_grows_has_the_size_asked_for(self):
        source_id = self.new_volume(*PIECES)
        refuse = self.engine._refuse_to_shrink

        def refuse_then_extend(*arguments):
            refuse(*arguments)
            self.engine._refuse_to_shrink = refuse
            self.engine.extend_volume(source_id, 3)

        self.engine._refuse_to_shrink = refuse_then_extend
        volume_id = new_id()
        self.engine.clone_volume(volume_id, source_id, 2)
        self.assertEqual(3 * GIB, self.engine.volume_size(source_id))
        self.assertEqual(2 * GIB, self.engine.volume_size(volume_id))

    def test_snapshot_is_exact_and_does_not_change(self):
        volume_id = self.new_volume(*PIECES)
        before = self.volume_content(volume_id)
        snapshot_id = self.new_snapshot(volume_id)
        sparsefile.write(self.engine.volume_path(volume_id),
                         (0, b'later'), (END, b'!'), (50_000_000, b'later'))
        self.engine.extend_volume(volume_id, 2)
        self.assertEqual(before, self.snapshot_content(snapshot_id))
        self.engine.delete_volume(volume_id)
        self.assertEqual(before, self.snapshot_content(snapshot_id))
        self.engine.delete_snapshot(snapshot_id)
        self.engine.delete_snapshot(snapshot_id)
        self.assertNothingLeft()

    def test_snapshot_never_touches_one_that_is_there(self):
        volume_id = self.new_volume(*PIECES)
        snapshot_id = self.new_snapshot(volume_id)
        before = self.snapshot_content(snapshot_id)
        other_id = self.new_volume((0, b'other'))
        self.assertRaises(exception.StorageObjectExists,
                          self.engine.create_snapshot, snapshot_id, other_id)
        self.assertEqual(before, self.snapshot_content(snapshot_id))

    def test_snapshot_has_what_a_client_wrote_and_did_not_flush(self):
        volume_id = self.new_volume()
        path = self.engine.volume_path(volume_id)
        with subprocess.Popen(
                [sys.executable, '-I', '-S', '-c', CLIENT, path],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
            self.assertEqual(b'written\n', client.stdout.readline())
            snapshot_id = self.new_snapshot(volume_id)
        self.assertEqual(b'\0from a client\0', sparsefile.read(
            self.engine.snapshot_path(snapshot_id), 5000, 15))

    def test_volume_from_snapshot_is_exact_and_its_tail_zero(self):
        source_id = self.new_volume(*PIECES)
        _, pages = self.volume_content(source_id)
        snapshot_id = self.new_snapshot(source_id)
        sparsefile.write(self.engine.volume_path(source_id), (0, b'later'))
        for size_gb in (1, 2):
            volume_id = new_id()
            self.engine.create_volume_from_snapshot(volume_id, snapshot_id,
                                                    size_gb)
            self.assertEqual((size_gb * GIB, pages),
                             self.volume_content(volume_id))

    def test_copies_keep_holes(self):
        source_id = self.new_volume(*PIECES, size_gb=64)
        expected = sparsefile.data_extents(self.engine.volume_path(source_id))
        snapshot_id = self.new_snapshot(source_id)
        clone_id = new_id()
        self.engine.clone_volume(clone_id, source_id, 64)
        self.engine.rollback(source_id, snapshot_id)
        self.assertLess(sum(end - start for start, end in expected), 1 << 20)
        for path in (self.engine.volume_path(source_id),
                     self.engine.volume_path(clone_id),
                     self.engine.snapshot_path(snapshot_id)):
            self.assertEqual(expected, sparsefile.data_extents(path))
            self.assertLess(sparsefile.allocated(path), 1 << 20)

    def test_cost_of_a_snapshot_is_its_data_not_its_size(self):
        small, large = (
            self.engine.snapshot_path(self.new_snapshot(
                self.new_volume(*PIECES, size_gb=size_gb)))
            for size_gb in (1, 1024))
        self.assertEqual(1 << 40, sparsefile.size(large))
        self.assertEqual(sparsefile.content(small)[1],
                         sparsefile.content(large)[1])
        self.assertLessEqual(sparsefile.allocated(large),
                             sparsefile.allocated(small) + (64 << 10))

    # Rollback

    def test_rollback_restores_the_snapshot_and_keeps_it(self):
        volume_id = self.new_volume(*PIECES)
        before = self.volume_content(volume_id)
        snapshot_id = self.new_snapshot(volume_id)
        for _ in range(2):
            sparsefile.write(self.engine.volume_path(volume_id),
                             (0, b'later'), (END, b'!'),
                             (50_000_000, b'later'))
            self.engine.rollback(volume_id, snapshot_id)
            self.assertEqual(before, self.volume_content(volume_id))
            self.assertEqual(before, self.snapshot_content(snapshot_id))
        self.assertNothingLeft({volume_id}, {snapshot_id})

    def test_rollback_leaves_volume_and_snapshot_independent(self):
        volume_id = self.new_volume(*PIECES)
        snapshot_id = self.new_snapshot(volume_id)
        before = self.snapshot_content(snapshot_id)
        self.engine.rollback(volume_id, snapshot_id)
        sparsefile.write(self.engine.volume_path(volume_id), (0, b'later'))
        self.assertEqual(before, self.snapshot_content(snapshot_id))

    def test_rollback_keeps_an_extended_volumes_size(self):
        volume_id = self.new_volume(*PIECES)
        _, pages = self.volume_content(volume_id)
        snapshot_id = self.new_snapshot(volume_id)
        self.engine.extend_volume(volume_id, 3)
        sparsefile.write(self.engine.volume_path(volume_id),
                         (2 * GIB, b'goes away'), (3 * GIB - 1, b'!'))
        self.engine.rollback(volume_id, snapshot_id)
        self.assertEqual((3 * GIB, pages), self.volume_content(volume_id))

    def test_rollback_keeps_an_extension_that_came_meanwhile(self):
        volume_id = self.new_volume(*PIECES)
        _, pages = self.volume_content(volume_id)
        snapshot_id = self.new_snapshot(volume_id)
        self.during_copy(lambda: self.engine.extend_volume(volume_id, 2))
        self.engine.rollback(volume_id, snapshot_id)
        self.assertEqual((2 * GIB, pages), self.volume_content(volume_id))

    def test_rollback_does_not_revive_a_volume_deleted_meanwhile(self):
        volume_id = self.new_volume(*PIECES)
        snapshot_id = self.new_snapshot(volume_id)
        self.during_copy(lambda: self.engine.delete_volume(volume_id))
        self.assertRaises(exception.StorageObjectNotFound,
                          self.engine.rollback, volume_id, snapshot_id)
        self.assertNothingLeft(snapshots={snapshot_id})

    # Several snapshots of one moment

    def test_snapshots_together(self):
        volumes = [self.new_volume((0, bytes([number]) * 5000))
                   for number in range(3)]
        asked = {new_id(): volume_id for volume_id in volumes}
        self.engine.create_snapshots(asked)
        self.assertNothingLeft(volumes, asked)
        for snapshot_id, volume_id in asked.items():
            self.assertEqual(self.volume_content(volume_id),
                             self.snapshot_content(snapshot_id))

    def test_clones_together(self):
        volumes = [self.new_volume((0, bytes([number]) * 5000))
                   for number in range(3)]
        asked = {new_id(): volume_id for volume_id in volumes}
        self.engine.clone_volumes(asked)
        self.assertNothingLeft([*volumes, *asked])
        for clone_id, volume_id in asked.items():
            self.assertEqual(self.volume_content(volume_id),
                             self.volume_content(clone_id))
        with self.full_medium():
            self.assertRaises(exception.StorageError,
                              self.engine.clone_volumes,
                              {new_id(): each for each in volumes})
        self.assertNothingLeft([*volumes, *asked])

    def write_in(self, volume_id, number):
        sparsefile.write(self.engine.volume_path(volume_id),
                         (0, bytes([number])))

    def test_snapshots_together_are_of_one_moment(self):
        volumes = [self.new_volume((0, b'\0')) for _ in range(2)]
        asked = {new_id(): volume_id for volume_id in volumes}
        writes = iter((1, 2, 3))

        def write():
            # In this order: whoever has the second has the first as well.
            number = next(writes, None)
            for volume_id in volumes if number else ():
                self.write_in(volume_id, number)

        self.during_copy(write)
        self.engine.create_snapshots(asked)
        self.assertEqual(
            [b'\3'] * 2,
            [sparsefile.read(self.engine.snapshot_path(each), 0, 1)
             for each in asked])

    def test_snapshots_together_with_a_writer_that_never_rests(self):
        volumes = [self.new_volume((0, b'\0')) for _ in range(2)]
        asked = {new_id(): volume_id for volume_id in volumes}
        numbers = iter(range(1, 1000))
        self.during_copy(lambda: self.write_in(volumes[0], next(numbers)))
        error = self.assertRaises(exception.StorageError,
                                  self.engine.create_snapshots, asked)
        self.assertIn('written to all the time', str(error))
        self.assertNothingLeft(volumes)

    def test_snapshots_together_are_all_or_none(self):
        volumes = [self.new_volume(*PIECES) for _ in range(2)]
        present_id = self.new_snapshot(volumes[0])
        before = self.snapshot_content(present_id)
        for others, error in (
                ({present_id: volumes[1]}, exception.StorageObjectExists),
                ({new_id(): new_id()}, exception.StorageObjectNotFound)):
            self.assertRaises(error, self.engine.create_snapshots,
                              {new_id(): volumes[0], **others})
        with self.full_medium():
            self.assertRaises(
                exception.StorageError, self.engine.create_snapshots,
                {new_id(): volume_id for volume_id in volumes})
        self.assertNothingLeft(volumes, {present_id})
        self.assertEqual(before, self.snapshot_content(present_id))

    def test_snapshots_together_when_one_cannot_be_put_in_place(self):
        volumes = [self.new_volume(*PIECES) for _ in range(2)]
        created = self.engine._created
        seen = []

        @contextlib.contextmanager
        def create_then_fail(kind, object_id):
            with created(kind, object_id) as target:
                yield target
                if seen:
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
            # The other one is in its place by now.
            seen.extend(self.engine.snapshot_ids())

        self.engine._created = create_then_fail
        self.assertRaises(
            exception.StorageError, self.engine.create_snapshots,
            {new_id(): volume_id for volume_id in volumes})
        self.assertEqual(1, len(seen))
        self.assertNothingLeft(volumes)

    # Other pools

    def other_engine(self):
        other = self.new_engine()
        other.setup()
        self.addCleanup(other.close)
        return other

    def test_import_is_exact_and_independent(self):
        volume_id = self.new_volume(*PIECES, size_gb=2)
        snapshot_id = self.new_snapshot(volume_id)
        before = self.volume_content(volume_id)
        other = self.other_engine()
        for _ in range(2):
            other.import_volume(volume_id, self.engine.volume_path(volume_id))
            other.import_snapshot(
                snapshot_id, self.engine.snapshot_path(snapshot_id))
        sparsefile.write(self.engine.volume_path(volume_id), (0, b'later'))
        for path in (other.volume_path(volume_id),
                     other.snapshot_path(snapshot_id)):
            self.assertEqual(before, sparsefile.content(path))
            self.assertLess(sparsefile.allocated(path), 1 << 20)
        self.assertEqual(2 * GIB, other.snapshot_size(snapshot_id))

    def test_import_that_fails_changes_nothing(self):
        volume_id = self.new_volume(*PIECES)
        path = self.engine.volume_path(volume_id)
        other = self.other_engine()
        with self.full_medium():
            self.assertRaises(exception.StorageError,
                              other.import_volume, volume_id, path)
        self.assertEqual(set(), other.volume_ids())
        other.import_volume(volume_id, path)
        before = sparsefile.content(other.volume_path(volume_id))
        sparsefile.write(path, (0, b'later'))
        with self.full_medium():
            self.assertRaises(exception.StorageError,
                              other.import_volume, volume_id, path)
        self.assertRaises(exception.StorageError, other.import_volume,
                          volume_id, '/nonexistent/file')
        self.assertEqual(before,
                         sparsefile.content(other.volume_path(volume_id)))

    # What is not managed

    def test_unmanage_and_manage_again(self):
        volume_id = self.new_volume(*PIECES)
        snapshot_id = self.new_snapshot(volume_id)
        before = self.volume_content(volume_id)
        for _ in range(2):
            # Again: as after a crash that nobody was told of.
            self.engine.unmanage_volume(volume_id, 'a volume')
            self.engine.unmanage_snapshot(snapshot_id, 'a snapshot')
        self.assertNothingLeft()
        offered = base.Unmanaged('a volume', GIB)
        self.assertEqual([offered], self.engine.unmanaged_volumes())
        offered = base.Unmanaged('a snapshot', GIB)
        self.assertEqual([offered], self.engine.unmanaged_snapshots())
        other_id, another_id = new_id(), new_id()
        self.engine.manage_volume(other_id, 'a volume')
        self.engine.manage_snapshot(another_id, 'a snapshot')
        self.assertNothingLeft({other_id}, {another_id})
        self.assertEqual([], self.engine.unmanaged_volumes())
        self.assertEqual([], self.engine.unmanaged_snapshots())
        self.assertEqual(before, self.volume_content(other_id))
        self.assertEqual(before, self.snapshot_content(another_id))

    def test_manage_never_takes_the_place_of_another(self):
        present_id, volume_id = self.new_volume((0, b'!')), self.new_volume()
        self.engine.unmanage_volume(volume_id, 'name')
        before = self.volume_content(present_id)
        self.assertRaises(exception.StorageObjectExists,
                          self.engine.manage_volume, present_id, 'name')
        self.assertRaises(exception.StorageObjectExists,
                          self.engine.unmanage_volume, present_id, 'name')
        self.assertEqual(before, self.volume_content(present_id))
        self.assertEqual([base.Unmanaged('name', GIB)],
                         self.engine.unmanaged_volumes())

    def test_manage_what_is_not_there(self):
        snapshot_id = self.new_snapshot(self.new_volume())
        self.engine.unmanage_snapshot(snapshot_id, 'name')
        self.assertRaises(exception.StorageObjectNotFound,
                          self.engine.manage_volume, new_id(), 'name')
        self.assertRaises(exception.StorageObjectNotFound,
                          self.engine.manage_snapshot, new_id(), 'other')
        self.assertRaises(exception.StorageObjectNotFound,
                          self.engine.unmanage_volume, new_id(), 'name')

    def test_no_call_accepts_what_is_not_a_name(self):
        volume_id = self.new_volume()
        snapshot_id = self.new_snapshot(volume_id)
        for bad in BAD_NAMES:
            for name, object_id in (('manage_volume', new_id()),
                                    ('manage_snapshot', new_id()),
                                    ('unmanage_volume', volume_id),
                                    ('unmanage_snapshot', snapshot_id)):
                error = self.assertRaises(
                    exception.StorageError, getattr(self.engine, name),
                    object_id, bad)
                self.assertIn('not the name of a file', str(error))
        self.assertNothingLeft({volume_id}, {snapshot_id})

    def test_usage_counts_what_is_not_managed(self):
        volume_id = self.new_volume((0, b'x' * 8192))
        before = self.engine.usage().used_bytes
        self.engine.unmanage_volume(volume_id, 'name')
        self.assertEqual(before, self.engine.usage().used_bytes)

    # Failures

    def test_full_medium_leaves_everything_as_it_was(self):
        volume_id = self.new_volume(*PIECES)
        snapshot_id = self.new_snapshot(volume_id)
        sparsefile.write(self.engine.volume_path(volume_id), (0, b'later'))
        before = self.volume_content(volume_id)
        used = self.engine.usage().used_bytes
        for name, arguments in (
                ('clone_volume', (new_id(), volume_id, 1)),
                ('create_snapshot', (new_id(), volume_id)),
                ('create_volume_from_snapshot',
                 (new_id(), snapshot_id, 1)),
                ('rollback', (volume_id, snapshot_id))):
            with self.full_medium():
                error = self.assertRaises(
                    exception.StorageError,
                    getattr(self.engine, name), *arguments)
            for word in (name, arguments[0], 'No space left on device'):
                self.assertIn(word, str(error))
        self.assertNothingLeft({volume_id}, {snapshot_id})
        self.assertEqual(before, self.volume_content(volume_id))
        self.assertEqual(used, self.engine.usage().used_bytes)
        self.engine.rollback(volume_id, snapshot_id)
        self.assertEqual(self.snapshot_content(snapshot_id),
                         self.volume_content(volume_id))

    def test_recover_finds_nothing_after_failures(self):
        volume_id = self.new_volume(*PIECES)
        with self.full_medium():
            self.assertRaises(exception.StorageError, self.new_snapshot,
                              volume_id)
        self.assertEqual([], self.engine.recover())

    def test_recover_leaves_what_this_engine_is_making(self):
        volume_id = self.new_volume(*PIECES)
        removed = []
        self.during_copy(lambda: removed.extend(self.engine.recover()))
        snapshot_id = self.new_snapshot(volume_id)
        self.assertEqual([], removed)
        self.assertEqual(self.volume_content(volume_id),
                         self.snapshot_content(snapshot_id))

    # Usage

    def test_usage_counts_what_is_allocated(self):
        self.assertEqual(0, self.engine.usage().used_bytes)
        volume_id = self.new_volume((0, b'x' * (8 << 20)), size_gb=1024)
        snapshot_id = self.new_snapshot(volume_id)
        usage = self.engine.usage()
        self.assertGreaterEqual(usage.used_bytes, 16 << 20)
        self.assertLess(usage.used_bytes, 17 << 20)
        self.engine.delete_volume(volume_id)
        self.assertLess(self.engine.usage().used_bytes, 9 << 20)
        self.engine.delete_snapshot(snapshot_id)
        self.assertEqual(0, self.engine.usage().used_bytes)

    def test_usage_of_the_medium(self):
        usage = self.engine.usage()
        self.assertGreater(usage.total_bytes, 0)
        self.assertGreaterEqual(usage.free_bytes, 0)
        self.assertLessEqual(usage.used_bytes + usage.free_bytes,
                             usage.total_bytes)

    def test_usage_of_a_capacity(self):
        engine = self.new_engine(capacity_gb=1)
        engine.setup()
        self.addCleanup(engine.close)
        self.assertEqual(GIB, engine.usage().total_bytes)
        volume_id = new_id()
        engine.create_volume(volume_id, 5)
        sparsefile.write(engine.volume_path(volume_id), (0, b'x' * 8192))
        usage = engine.usage()
        self.assertEqual(8192, usage.used_bytes)
        self.assertLessEqual(usage.free_bytes, GIB - 8192)

    def test_capacity_is_a_size(self):
        for bad in (0, -1, 1.5, '10'):
            self.assertRaises(exception.StorageError, self.new_engine,
                              capacity_gb=bad)

    # Replicas

    def other_volume(self, *pieces, size_gb=1):
        """A volume in another pool: its path, and a function to write."""
        other = self.new_engine()
        other.setup()
        self.addCleanup(other.close)
        volume_id = new_id()
        other.create_volume(volume_id, size_gb)
        sparsefile.write(other.volume_path(volume_id), *pieces)
        return volume_id, other

    def replica_content(self, volume_id):
        """Content of a replica; it becomes a volume for the moment."""
        self.engine.promote_replica(volume_id)
        try:
            return self.volume_content(volume_id)
        finally:
            self.engine.demote_volume(volume_id)

    def test_replica(self):
        volume_id, other = self.other_volume(*PIECES)
        path = other.volume_path(volume_id)
        self.engine.create_replica(volume_id, path)
        self.assertEqual({volume_id}, self.engine.replica_ids())
        self.assertNothingLeft()
        self.assertEqual(sparsefile.content(path),
                         self.replica_content(volume_id))
        self.assertFalse(self.engine.update_replica(volume_id, path))
        sparsefile.write(path, (3, b'later'))
        self.assertTrue(self.engine.update_replica(volume_id, path))
        self.assertFalse(self.engine.update_replica(volume_id, path))
        other.extend_volume(volume_id, 2)
        self.assertTrue(self.engine.update_replica(volume_id, path))
        self.assertEqual(sparsefile.content(path),
                         self.replica_content(volume_id))
        self.engine.delete_replica(volume_id)
        self.engine.delete_replica(volume_id)
        self.assertEqual(set(), self.engine.replica_ids())

    def test_replica_that_is_not_there(self):
        volume_id, other = self.other_volume()
        path = other.volume_path(volume_id)
        for call in (lambda: self.engine.update_replica(volume_id, path),
                     lambda: self.engine.promote_replica(volume_id),
                     lambda: self.engine.demote_volume(volume_id)):
            self.assertRaises(exception.StorageObjectNotFound, call)
        self.assertNothingLeft()

    def test_replica_is_promoted_once(self):
        volume_id, other = self.other_volume(*PIECES)
        path = other.volume_path(volume_id)
        self.engine.create_replica(volume_id, path)
        for _ in range(2):
            self.engine.promote_replica(volume_id)
            self.assertNothingLeft({volume_id})
        self.assertEqual(sparsefile.content(path),
                         self.volume_content(volume_id))
        self.engine.create_replica(volume_id, path)
        for call in (self.engine.promote_replica, self.engine.demote_volume):
            self.assertRaises(exception.StorageObjectExists, call, volume_id)

    def test_replica_promoted_amid_its_update(self):
        volume_id, other = self.other_volume((0, b'old'))
        path = other.volume_path(volume_id)
        self.engine.create_replica(volume_id, path)
        sparsefile.write(path, (0, b'new'))
        self.during_copy(lambda: self.engine.promote_replica(volume_id))
        self.assertRaises(exception.StorageObjectNotFound,
                          self.engine.update_replica, volume_id, path)
        self.assertEqual(set(), self.engine.replica_ids())
        self.assertEqual(b'old', sparsefile.read(
            self.engine.volume_path(volume_id), 0, 3))

    def test_replica_of_what_is_written_to_all_the_time(self):
        volume_id, other = self.other_volume((0, b'old'))
        path = other.volume_path(volume_id)
        self.engine.create_replica(volume_id, path)
        before = self.replica_content(volume_id)
        sparsefile.write(path, (0, b'new'))
        self.during_copy(lambda: sparsefile.write(path, (9, os.urandom(5))))
        self.assertRaises(exception.StorageError, self.engine.update_replica,
                          volume_id, path)
        self.assertEqual(before, self.replica_content(volume_id))

    # Moves

    def test_moves(self):
        coming, going = new_id(), new_id()
        self.assertEqual({}, self.engine.moves())
        for _ in range(2):
            self.engine.begin_move(coming, is_arriving=True)
            self.engine.begin_move(going, is_arriving=False)
        self.assertEqual({coming: True, going: False}, self.engine.moves())
        self.assertNothingLeft()
        for _ in range(2):
            self.engine.end_move(coming)
        self.assertEqual({going: False}, self.engine.moves())

    # Threads

    def test_threads_with_objects_of_their_own(self):
        def live(number):
            data = bytes([number + 1]) * 5000
            volume_id = self.new_volume((number * 1001, data))
            snapshot_id = self.new_snapshot(volume_id)
            sparsefile.write(self.engine.volume_path(volume_id),
                             (number * 1001, b'later'))
            self.engine.volume_ids()
            self.engine.usage()
            self.engine.rollback(volume_id, snapshot_id)
            found = sparsefile.read(self.engine.volume_path(volume_id),
                                    number * 1001, 5000)
            self.engine.delete_snapshot(snapshot_id)
            self.engine.delete_volume(volume_id)
            return found == data

        with futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual([True] * 40, list(pool.map(live, range(40))))
        self.assertNothingLeft()

    def test_one_of_many_threads_makes_a_volume(self):
        volume_id = new_id()
        start = threading.Barrier(8)

        def create(number):
            start.wait()
            try:
                self.engine.create_volume(volume_id, number + 1)
            except exception.StorageObjectExists:
                return None
            return number + 1

        with futures.ThreadPoolExecutor(8) as pool:
            made = [size for size in pool.map(create, range(8)) if size]
        self.assertEqual([self.engine.volume_size(volume_id)],
                         [size * GIB for size in made])

    def test_snapshot_races_with_delete_of_its_volume(self):
        def snapshot(volume_id, start):
            start.wait()
            try:
                return self.new_snapshot(volume_id)
            except exception.StorageObjectNotFound:
                return None

        def delete(volume_id, start):
            start.wait()
            self.engine.delete_volume(volume_id)

        expected = set()
        with futures.ThreadPoolExecutor(2) as pool:
            for _ in range(30):
                volume_id = self.new_volume(*PIECES)
                before = self.volume_content(volume_id)
                start = threading.Barrier(2)
                made = pool.submit(snapshot, volume_id, start)
                pool.submit(delete, volume_id, start).result()
                if made.result():
                    expected.add(made.result())
                    self.assertEqual(before,
                                     self.snapshot_content(made.result()))
        self.assertNothingLeft(snapshots=expected)

    def test_snapshot_of_a_volume_deleted_meanwhile_is_whole(self):
        volume_id = self.new_volume(*PIECES)
        before = self.volume_content(volume_id)
        opened = self.engine._created

        def delete_then_create(kind, object_id):
            self.engine.delete_volume(volume_id)
            return opened(kind, object_id)

        self.engine._created = delete_then_create
        snapshot_id = self.new_snapshot(volume_id)
        self.assertNothingLeft(snapshots={snapshot_id})
        self.assertEqual(before, self.snapshot_content(snapshot_id))
