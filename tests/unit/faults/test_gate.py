# SPDX-License-Identifier: Apache-2.0
"""What metadata in Cinder's database does to operations."""

import threading
import time
import types

import fixtures
import testtools
from cinder import context as cinder_context
from cinder.db import api as db_api

from evs_fake import exception
from evs_fake.faults import gate
from evs_fake.faults import metadata
from evs_fake.faults.operations import Operation
from tests.unit import database

CREATE = 'evs_fake:snapshot-create'

#: Seconds in which anything must have happened, on the slowest machine.
TIMEOUT = 60


class Entrant(threading.Thread):
    """Enters a gate; ``error`` is what it raised."""

    def __init__(self, enter):
        super().__init__(daemon=True)
        self._enter = enter
        self.error = None

    def run(self):
        try:
            self._enter()
        except Exception as error:
            self.error = error


class GateTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        # That of the test before this may still be ending.
        for watcher in self.watchers():
            watcher.join(TIMEOUT)
        self.log = self.useFixture(fixtures.FakeLogger())
        self.useFixture(database.DatabaseFixture())
        self.context = cinder_context.get_admin_context()
        self.volume = database.create_volume()
        self.snapshot = database.create_snapshot(self.volume)
        self.gate = gate.Gate()
        self.slept = []
        self.set_sleep(self.slept.append)

    def set_sleep(self, sleep):
        # Not time.sleep itself, which oslo.db calls too.
        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.faults.gate.time', types.SimpleNamespace(sleep=sleep)))

    def set(self, resource, value, key=CREATE):
        update = (db_api.volume_metadata_update
                  if resource is self.volume
                  else db_api.snapshot_metadata_update)
        update(self.context, resource.id, {key: value}, False)

    def unset(self, resource, key=CREATE):
        delete = (db_api.volume_metadata_delete
                  if resource is self.volume
                  else db_api.snapshot_metadata_delete)
        delete(self.context, resource.id, key)

    def enter(self, operation=Operation.SNAPSHOT_CREATE):
        self.gate.enter(operation, [
            metadata.Subject(metadata.Kind.SNAPSHOT, self.snapshot.id),
            metadata.Subject(metadata.Kind.VOLUME, self.volume.id)])

    def start(self, count=1):
        """Start operations, and return when they are held."""
        entrants = [Entrant(self.enter) for _number in range(count)]
        for entrant in entrants:
            entrant.start()
        self.until(lambda: len(self.gate._watcher._holds) == count)
        return entrants

    def until(self, condition):
        deadline = time.monotonic() + TIMEOUT
        pause = threading.Event()
        while not condition():
            self.assertTrue(time.monotonic() < deadline, 'in vain')
            pause.wait(0.005)

    def join(self, *threads):
        for thread in threads:
            thread.join(TIMEOUT)
            self.assertFalse(thread.is_alive())

    @staticmethod
    def watchers():
        return [thread for thread in threading.enumerate()
                if thread.name == 'evs-fake-holds']

    # Not held

    def test_no_fault(self):
        self.enter()
        self.set(self.volume, 'fail', 'evs_fake:snapshot-delete')
        self.set(self.snapshot, 'fail', 'other')
        self.enter()
        self.assertEqual([], self.watchers())

    def test_fail(self):
        for resource in (self.volume, self.snapshot):
            self.set(resource, 'fail:of %s' % resource.id)
            error = self.assertRaises(exception.InjectedFailure, self.enter)
            self.assertEqual(
                'Injected failure of snapshot-create: of ' + resource.id,
                str(error))

    def test_removed_key_counts_no_more(self):
        self.set(self.snapshot, 'fail')
        self.unset(self.snapshot)
        self.enter()

    def test_of_another_resource(self):
        other = database.create_volume()
        db_api.volume_metadata_update(
            self.context, other.id, {CREATE: 'fail'}, False)
        self.enter()

    def test_snapshots_key_wins(self):
        self.set(self.volume, 'fail')
        self.set(self.snapshot, 'delay:0')
        self.enter()
        self.set(self.volume, 'hold')
        self.set(self.snapshot, 'fail')
        self.assertRaises(exception.InjectedFailure, self.enter)

    def test_delay(self):
        self.set(self.volume, 'delay:2.5')
        self.enter()
        self.assertEqual([2.5], self.slept)

    def test_delay_that_becomes_a_failure(self):
        self.set(self.volume, 'delay:1')
        self.set_sleep(lambda _seconds: self.set(self.volume, 'fail'))
        self.assertRaises(exception.InjectedFailure, self.enter)

    def test_stored_value_of_no_known_form(self):
        # Set by a client of a Cinder without the extension.
        self.set(self.volume, 'sometimes')
        self.assertRaises(exception.InvalidFault, self.enter)

    # Held

    def test_hold_until_the_key_is_removed(self):
        for resource in (self.volume, self.snapshot):
            self.set(resource, 'hold')
            held, = self.start()
            self.unset(resource)
            self.join(held)
            self.assertIsNone(held.error)
        self.assertIn('Holding snapshot-create of ', self.log.output)

    def test_hold_that_becomes_a_failure(self):
        self.set(self.snapshot, 'hold')
        held, = self.start()
        self.set(self.snapshot, 'fail:at last')
        self.join(held)
        self.assertIsInstance(held.error, exception.InjectedFailure)
        self.assertIn('at last', str(held.error))

    def test_hold_that_becomes_a_delay(self):
        self.set(self.snapshot, 'hold')
        held, = self.start()
        self.set(self.snapshot, 'delay:3')
        self.join(held)
        self.assertIsNone(held.error)
        self.assertEqual([3], self.slept)

    def test_snapshots_key_takes_over_from_its_volumes_hold(self):
        self.set(self.volume, 'hold')
        held, = self.start()
        self.set(self.snapshot, 'fail')
        self.join(held)
        self.assertIsInstance(held.error, exception.InjectedFailure)

    def test_snapshot_without_a_key_stays_held_by_its_volume(self):
        self.set(self.volume, 'hold')
        self.set(self.snapshot, 'hold')
        held, = self.start()
        self.unset(self.snapshot)
        self.wait_for_look()
        self.assertTrue(held.is_alive())
        self.unset(self.volume)
        self.join(held)

    def wait_for_look(self):
        """Return after the watcher has looked at the database twice.

        The first of them may have begun before the call.
        """
        looks = threading.Semaphore(0)
        all_values = metadata.all_values

        def look():
            try:
                return all_values()
            finally:
                looks.release()

        with fixtures.MonkeyPatch('evs_fake.faults.metadata.all_values',
                                  look):
            for _number in range(2):
                self.assertTrue(looks.acquire(timeout=TIMEOUT))

    def test_held_while_the_database_is_away(self):
        self.set(self.volume, 'hold')
        held, = self.start()
        failed = threading.Semaphore(0)

        def all_values():
            failed.release()
            raise exception.StorageError(data='database is away')

        with fixtures.MonkeyPatch('evs_fake.faults.metadata.all_values',
                                  all_values):
            self.unset(self.volume)
            for _number in range(2):
                self.assertTrue(failed.acquire(timeout=TIMEOUT))
            self.assertTrue(held.is_alive())
        self.join(held)
        self.assertIsNone(held.error)

    def test_hundred_holds_share_one_watcher(self):
        self.set(self.volume, 'hold')
        held = self.start(100)
        watcher, = self.watchers()
        self.unset(self.volume)
        self.join(*held)
        self.assertEqual({None}, {entrant.error for entrant in held})
        # It ends when nothing is held ...
        self.join(watcher)
        # ... and there is another when something is.
        self.set(self.volume, 'hold')
        held = self.start(2)
        another, = self.watchers()
        self.unset(self.volume)
        self.join(*held, another)

    def test_one_gate_for_the_process(self):
        self.assertIs(gate.get(), gate.get())
