# SPDX-License-Identifier: Apache-2.0

import os
import subprocess
import sys

import testtools

from evs_fake import exception
from evs_fake.storage import memory
from tests.unit.storage import contract
from tests.unit.storage import sparsefile


def descriptors():
    return set(os.listdir('/proc/self/fd'))


class MemoryEngineContractTest(contract.EngineContract, testtools.TestCase):

    def new_engine(self, capacity_gb=None):
        return memory.MemoryEngine('/nonexistent/pool', capacity_gb)


class MemoryEngineTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.engine = memory.MemoryEngine('/nonexistent/pool')
        self.engine.setup()
        self.addCleanup(self.engine.close)

    def test_path_is_for_other_processes_too(self):
        volume_id = contract.new_id()
        self.engine.create_volume(volume_id, 1)
        path = self.engine.volume_path(volume_id)
        subprocess.run(
            [sys.executable, '-I', '-S', '-c',
             'import sys; open(sys.argv[1], "r+b").write(b"hello")', path],
            check=True)
        self.assertEqual(b'hello\0', sparsefile.read(path, 0, 6))

    def test_nothing_is_written_to_the_pool_directory(self):
        self.engine.create_volume(contract.new_id(), 1)
        self.assertFalse(os.path.exists('/nonexistent'))

    def test_every_descriptor_is_given_back(self):
        before = descriptors()
        volume_id, snapshot_id = contract.new_id(), contract.new_id()
        self.engine.create_volume(volume_id, 1)
        self.engine.create_snapshot(snapshot_id, volume_id)
        self.engine.rollback(volume_id, snapshot_id)
        self.assertEqual(len(before) + 2, len(descriptors()))
        self.engine.delete_volume(volume_id)
        self.engine.delete_snapshot(snapshot_id)
        self.assertEqual(before, descriptors())

    def test_close_forgets_everything(self):
        before = descriptors()
        volume_id = contract.new_id()
        self.engine.create_volume(volume_id, 1)
        self.engine.create_snapshot(contract.new_id(), volume_id)
        self.engine.close()
        self.assertEqual(set(), self.engine.volume_ids())
        self.assertEqual(set(), self.engine.snapshot_ids())
        self.assertEqual(before, descriptors())

    def test_objects_are_not_inherited_by_commands(self):
        volume_id = contract.new_id()
        self.engine.create_volume(volume_id, 1)
        number = self.engine.volume_path(volume_id).rpartition('/')[2]
        self.assertFalse(os.get_inheritable(int(number)))

    def test_no_descriptor_left_is_a_storage_error(self):
        def refuse(name, *_):
            raise OSError(24, 'Too many open files')

        self.patch(memory.os, 'memfd_create', refuse)
        error = self.assertRaises(exception.StorageError,
                                  self.engine.create_volume,
                                  contract.new_id(), 1)
        self.assertIn('Too many open files', str(error))
        self.assertRaises(exception.StorageError, self.engine.setup)
