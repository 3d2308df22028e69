# SPDX-License-Identifier: Apache-2.0
"""What a reset refuses, and what it leaves then."""

import pathlib
import shutil
import types

import fixtures
import testtools

from evs_fake.api.routing import exception
from evs_fake.cloud import state_dir
from evs_fake.cloud import tables
from evs_fake.cloud import work
from evs_fake.cloud import world
from evs_fake.storage import file
from evs_fake.storage import memory
from tests.unit import database

ID = '11111111-2222-3333-4444-555555555555'


class FakeManager:
    """The parts of a cinder-volume's that a reset uses.

    :ivar published: what it told the scheduler of its capacity.
    """

    def __init__(self, engine):
        self.driver = types.SimpleNamespace(engines=[engine])
        self.stats = {'pools': {'p': {'allocated_capacity_gb': 9}},
                      'allocated_capacity_gb': 9}
        self.published = []

    def _get_my_volumes(self, _context):
        return [types.SimpleNamespace(size=1)]

    def _count_allocated_capacity(self, _context, volume):
        self.stats['allocated_capacity_gb'] += volume.size

    def publish_service_capabilities(self, _context):
        self.published.append(self.stats['allocated_capacity_gb'])


class WorldTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        conf = self.useFixture(database.DatabaseFixture()).conf
        top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.top = top
        self.state = state_dir.StateDir(top / 'state')
        self.state.make()
        path = database._database().path
        empty = top / 'empty.sqlite'
        shutil.copy(path, empty)
        database.create_volume()
        shutil.copy(path, self.state.database)
        self.state.write(self.state.schema, 'schema\nSSD')
        conf.config(backup_posix_path=str(self.state.backups))
        for where, what, value in (
                (world.pristine, 'database', lambda _state: empty),
                # No process runs tasks here, or has their locks.
                (world.periodic, '_declared', {}),
                (world, '_GRACE', 0), (world, '_LIMIT', 0),
                (world, '_REST', 0)):
            self.useFixture(fixtures.MockPatchObject(where, what, value))
        self.engine = self.make_engine(file.FileEngine)
        self.world = self.make_world(self.engine)

    def make_engine(self, cls):
        engine = cls(str(self.top / cls.__name__))
        engine.setup()
        self.addCleanup(engine.close)
        engine.create_volume(ID, 1)
        return engine

    def make_world(self, engine, host='unit@evs-1'):
        self.manager = FakeManager(engine)
        return world.World(self.state, [types.SimpleNamespace(
            manager=self.manager, host=host)])

    def volumes(self):
        return tables.counts(self.state.database)['volumes']

    def assert_refused(self, status, function, *args):
        refused = self.assertRaises(exception.Refused, function, *args)
        self.assertEqual(status, refused.status)
        return refused.message

    def test_reset(self):
        self.world.reset(None)
        self.assertEqual((0, set()), (self.volumes(),
                                      self.engine.volume_ids()))
        # What there is now, and nothing of what there was.
        self.assertEqual([1], self.manager.published)
        self.assertEqual({'pools': {}, 'allocated_capacity_gb': 1},
                         self.manager.stats)

    def test_work_that_does_not_end(self):
        work.WORK.begin()
        self.addCleanup(work.WORK.end)
        self.assert_refused(503, self.world.reset, None)
        self.assertEqual((1, {ID}), (self.volumes(),
                                     self.engine.volume_ids()))
        self.assertEqual([], self.manager.published)
        self.assert_refused(409, self.world.save, 'one')
        self.assertEqual([], self.world.list_states())
        # The door is open again, and nothing is cut off.
        self.assertTrue(work.WORK.admit(0))
        work.WORK.check()
        work.WORK.leave()
        self.assertEqual([], list(self.top.rglob('.reset*')))

    def test_save_and_load(self):
        self.world.save('one')
        self.world.reset(None)
        self.world.reset('one')
        self.assertEqual((1, {ID}), (self.volumes(),
                                     self.engine.volume_ids()))
        self.assert_refused(409, self.world.save, 'one')
        self.world.delete('one')
        for function in (self.world.show, self.world.delete,
                         self.world.reset):
            self.assert_refused(404, function, 'one')

    def test_state_of_other_back_ends(self):
        self.world.save('one')
        other = self.make_world(self.engine, 'unit@other')
        self.assertIn('back ends', self.assert_refused(
            409, other.reset, 'one'))
        self.assertEqual(1, self.volumes())

    def test_state_of_other_pools(self):
        self.world.save('one')
        more = file.FileEngine(str(self.top / 'replicas-of-it'))
        more.setup()
        self.addCleanup(more.close)
        self.manager.driver.engines.append(more)
        other = world.World(self.state, [types.SimpleNamespace(
            manager=self.manager, host='unit@evs-1')])
        self.assertIn('replication devices', self.assert_refused(
            409, other.reset, 'one'))
        self.assertEqual(1, self.volumes())

    def test_replicas_are_reset(self):
        self.engine.create_replica(ID, self.engine.volume_path(ID))
        self.world.reset(None)
        self.assertEqual(set(), self.engine.replica_ids())

    def test_engine_without_files(self):
        engine = self.make_engine(memory.MemoryEngine)
        other = self.make_world(engine)
        self.assertIn('MemoryEngine', self.assert_refused(
            409, other.save, 'one'))
        other.reset(None)
        self.assertEqual((0, set()), (self.volumes(), engine.volume_ids()))

    def test_what_a_dead_process_left_aside_goes(self):
        for path in (self.state.backups / '.reset',
                     self.top / 'FileEngine' / '.reset-volumes'):
            (path / 'new').mkdir(parents=True)
        self.make_world(self.engine)
        self.assertEqual([], list(self.top.rglob('.reset*')))
