# SPDX-License-Identifier: Apache-2.0
"""What runs by itself: one at a time, at its time, whatever it raises."""

import datetime
import threading
import uuid

import fixtures
import testtools
from cinder import coordination
from fixtures import MockPatchObject

from evs_fake.api import periodic
from tests.unit import database

#: Seconds in which anything must have happened, on the slowest machine.
TIMEOUT = 60

NOW = datetime.datetime(2026, 2, 3, 4, 5)


class PeriodicTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger())
        conf = self.useFixture(database.ConfigFixture())
        (conf.state / 'lock').mkdir()
        self.coordinator = coordination.Coordinator(prefix='cinder-')
        self.coordinator.start()
        self.addCleanup(self.coordinator.stop)
        self.useFixture(MockPatchObject(
            coordination, 'COORDINATOR', self.coordinator))
        self.calls = []
        self.ran = threading.Event()
        # Names outlive a test: threads of the process do, too.
        self.task = periodic.Task(uuid.uuid4().hex, 0.2, self.note)

    def note(self, context, now):
        self.calls.append((context, now))
        self.ran.set()

    def run_now(self, task=None):
        return periodic.run(task or self.task, lambda: NOW)

    def test_context_and_time(self):
        self.assertTrue(self.run_now())
        (context, now), = self.calls
        self.assertTrue(context.is_admin)
        self.assertEqual(NOW, now)

    def test_failure(self):
        def fail(context, now):
            raise ValueError('why')

        task = periodic.Task('failing', 1, fail)
        for _attempt in range(2):
            self.assertTrue(self.run_now(task))
        self.assertEqual(2, self.log.output.count('ValueError: why'))

    def test_one_at_a_time(self):
        other = coordination.Coordinator(prefix='cinder-')
        other.start()
        self.addCleanup(other.stop)
        lock = other.get_lock('evs-fake-' + self.task.name)
        lock.acquire()
        self.assertFalse(self.run_now())
        lock.release()
        self.assertTrue(self.run_now())
        self.assertEqual(1, len(self.calls))

    def test_without_coordination(self):
        self.coordinator.stop()
        self.assertFalse(self.run_now())
        self.assertEqual([], self.calls)

    def test_serve(self):
        self.useFixture(MockPatchObject(periodic, '_declared', {}))
        self.useFixture(MockPatchObject(periodic, '_running', {}))
        application = periodic.serve(lambda *args: args, [self.task])
        # Nothing begins where it is only loaded.
        self.assertEqual({}, periodic._running)
        self.assertEqual(('environ', 'start'), application('environ', 'start'))
        self.assertTrue(self.ran.wait(TIMEOUT))
        before = threading.active_count()
        application('environ', 'start')
        self.assertEqual(before, threading.active_count())

    def test_serve_after_a_fork(self):
        self.useFixture(MockPatchObject(periodic, '_declared', {}))
        # The parent runs it.
        self.useFixture(MockPatchObject(
            periodic, '_running', {0: frozenset([self.task.name])}))
        periodic.serve(lambda *args: args, [self.task])('environ', 'start')
        self.assertTrue(self.ran.wait(TIMEOUT))
