# SPDX-License-Identifier: Apache-2.0
"""What metadata and rules in Cinder's database do to operations."""

import datetime
import threading
import time

import fixtures
import testtools
from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects
from cinder.db import api as db_api
from oslo_utils import timeutils
from oslo_utils import uuidutils

from evs_fake import exception
from evs_fake.db import models
from evs_fake.db import rules
from evs_fake.faults import gate
from evs_fake.faults import metadata
from evs_fake.faults import rules as faults_rules
from evs_fake.faults.operations import Moment
from evs_fake.faults.operations import Operation
from evs_fake.faults.resource import CRITERIA
from evs_fake.faults.resource import Resource
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


class GateTestCase(testtools.TestCase):

    def setUp(self):
        super().setUp()
        # That of the test before this may still be ending.
        for watcher in self.watchers():
            watcher.join(TIMEOUT)
        self.log = self.useFixture(fixtures.FakeLogger())
        self.fixture = self.useFixture(database.DatabaseFixture())
        self.context = cinder_context.get_admin_context()
        self.volume = database.create_volume()
        self.snapshot = database.create_snapshot(self.volume)
        self.gate = gate.Gate()
        self.slept = []
        self.pause = self.gate._watcher.pause
        self.set_sleep(self.slept.append)

    def set_sleep(self, sleep):
        self.useFixture(fixtures.MockPatchObject(
            self.gate._watcher, 'pause', sleep))

    def enter(self, *operations, moment=Moment.BEFORE, resource=None):
        self.gate.enter(
            moment, resource or Resource(self.snapshot),
            *operations or [Operation.SNAPSHOT_CREATE])

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


class MetadataTest(GateTestCase):

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


class RulesTest(GateTestCase):

    def rule(self, action='fail', **values):
        rule = models.Rule(**{
            'id': uuidutils.generate_uuid(), 'operation': 'snapshot-create',
            'moment': 'before', 'action': action, 'match': {}, 'times': 1,
            'arguments': {'message': 'why'} if action == 'fail' else {},
            'description': '', 'matched': 0,
            'created_at': timeutils.utcnow(), **values})
        rule_id = rule.id
        self.assertTrue(rules.create(self.context, rule, 1000))
        return rule_id

    def get(self, rule_id):
        found, = rules.find(self.context, rule_id)
        return found

    def assert_fails(self, word='why', **kwargs):
        error = self.assertRaises(
            exception.InjectedFailure, self.enter, **kwargs)
        self.assertIn(word, str(error))

    def test_fail_as_often_as_it_says(self):
        rule = self.rule(times=2)
        for number in (1, 2):
            self.assert_fails()
            found = self.get(rule)
            self.assertEqual((number, self.snapshot.id),
                             (found.matched, found.last_resource_id))
            self.assertIsNotNone(found.last_matched_at)
        self.enter()
        self.assertEqual(2, self.get(rule).matched)

    def test_without_end(self):
        self.rule(times=None)
        for _number in range(3):
            self.assert_fails()

    def test_others_are_not_met(self):
        for values in (
                {'operation': 'snapshot-delete'}, {'moment': 'after'},
                {'released_at': timeutils.utcnow()},
                {'expires_at': timeutils.utcnow()},
                {'match': {'resource_id': self.volume.id}},
                {'match': {'volume_id': self.snapshot.id}},
                {'match': {'name': 'other*'}},
                {'match': {'project_id': 'p'}},
                {'match': {'volume_type': 'SSD'}},
                {'match': {'host': 'h@other'}},
                {'match': {'metadata': {'k': 'v'}}},
                {'match': {'resource_id': self.snapshot.id,
                           'project_id': 'p'}}):
            self.rule(**values)
        self.enter()
        self.assertEqual(
            {0}, {rule.matched for rule in rules.find(self.context)})

    def test_every_criterion(self):
        volume_type = objects.VolumeType(
            self.context, name='SSD', extra_specs={}, projects=[],
            is_public=True, description='')
        volume_type.create()
        volume = database.create_volume(
            host='h@evs-1#pool', volume_type_id=volume_type.id)
        snapshot = database.create_snapshot(
            volume, display_name='disk-1', metadata={'k': 'v', 'l': 'w'})
        for match in (
                {'resource_id': snapshot.id}, {'volume_id': volume.id},
                {'name': 'disk-?'}, {'project_id': snapshot.project_id},
                {'volume_type': 'SSD'}, {'volume_type': volume_type.id},
                {'host': '*@evs-1'}, {'host': 'h@evs-1#pool'},
                {'metadata': {'k': 'v'}},
                {'volume_id': volume.id, 'metadata': {'k': 'v', 'l': 'w'}}):
            self.rule(match=match)
            self.assert_fails(resource=Resource(snapshot))
        self.assertEqual(
            set(CRITERIA),
            {name for rule in rules.find(self.context)
             for name in rule.match})

    def test_of_a_group(self):
        volume_type = objects.VolumeType(
            self.context, name='SSD', extra_specs={}, projects=[],
            is_public=True, description='')
        volume_type.create()
        group = objects.Group(
            self.context, name='disks', host='h@evs-1#pool',
            project_id='p', user_id='u',
            group_type_id=uuidutils.generate_uuid(),
            volume_type_ids=[volume_type.id], status='available')
        group.create()
        database.create_volume(group_id=group.id)
        snapshot = objects.GroupSnapshot(
            self.context, name='disks-1', project_id='p', user_id='u',
            group_id=group.id, group_type_id=group.group_type_id)
        snapshot.create()
        for item in (group, snapshot):
            for match in (
                    {'resource_id': item.id}, {'name': 'disks*'},
                    {'project_id': 'p'}, {'volume_type': 'SSD'},
                    {'host': 'h@evs-1'}):
                self.rule(operation='group-create', match=match)
                self.assertRaises(
                    exception.InjectedFailure, self.enter,
                    Operation.GROUP_CREATE, resource=Resource(item))
            for match in ({'volume_id': item.id}, {'metadata': {'k': 'v'}},
                          {'name': 'disk'}, {'host': 'evs-1'}):
                self.rule(operation='group-create', match=match)
                self.enter(Operation.GROUP_CREATE, resource=Resource(item))

    def test_of_a_volume(self):
        for match in ({'resource_id': self.volume.id},
                      {'volume_id': self.volume.id}):
            self.rule(match=match)
            self.assert_fails(resource=Resource(self.volume))

    def test_first_one_made_wins(self):
        self.rule(arguments={'message': 'first'})
        self.rule(arguments={'message': 'second'})
        self.assert_fails('first')
        self.assert_fails('second')
        self.enter()

    def test_more_than_may_be_held(self):
        self.fixture.conf.config(max_held_operations=2, group='evs_fake')
        rule = self.rule('hold', times=None)
        entrants = self.start(2)
        self.assert_fails('max_held_operations')
        self.rule('delay', arguments={'seconds': [60, 60]},
                  operation='snapshot-delete')
        self.set_sleep(self.pause)
        error = self.assertRaises(exception.InjectedFailure, self.enter,
                                  Operation.SNAPSHOT_DELETE)
        self.assertIn('max_held_operations', str(error))
        rules.delete(self.context, rule)
        self.join(*entrants)
        # There is room again.
        self.rule('hold', operation='snapshot-rollback', times=None)
        held = Entrant(lambda: self.enter(Operation.SNAPSHOT_ROLLBACK))
        held.start()
        self.until(lambda: self.gate.waiting() == 1)
        with self.gate.ended():
            self.join(held)

    def test_any_name_of_the_operation(self):
        for name in ('volume-create', 'volume-clone'):
            self.rule(operation=name, match={'resource_id': self.volume.id})
            error = self.assertRaises(
                exception.InjectedFailure, self.enter,
                Operation.VOLUME_CLONE, Operation.VOLUME_CREATE,
                resource=Resource(self.volume))
            self.assertIn(name, str(error))
            self.enter(Operation.VOLUME_CREATE,
                       resource=Resource(self.volume))

    def test_moments(self):
        self.rule(moment='after')
        moved = []

        def move():
            with self.gate.around(Resource(self.snapshot),
                                  Operation.SNAPSHOT_CREATE):
                moved.append(True)

        self.assertRaises(exception.InjectedFailure, move)
        self.assertEqual([True], moved)
        self.rule()
        self.assertRaises(exception.InjectedFailure, move)
        self.assertEqual([True], moved)

    def test_delay(self):
        self.rule('delay', arguments={'seconds': [2, 3]})
        self.enter()
        seconds, = self.slept
        self.assertTrue(2 <= seconds <= 3, seconds)

    def test_busy(self):
        for operation, error in (
                ('snapshot-delete', cinder_exception.SnapshotIsBusy),
                ('volume-delete', cinder_exception.VolumeIsBusy)):
            self.rule(operation=operation, arguments={
                'message': 'why', 'outcome': faults_rules.BUSY})
            self.assertRaises(error, self.enter, Operation(operation))

    def test_creation_is_left_to_one_back_end(self):
        for outcome, final in ((None, True), ('error', True),
                               (faults_rules.RESCHEDULED, False)):
            self.rule(operation='volume-create', arguments={
                'message': 'why', 'outcome': outcome})
            error = self.assertRaises(
                exception.InjectedFailure, self.enter,
                Operation.VOLUME_CREATE, resource=Resource(self.volume))
            self.assertEqual(final, isinstance(
                error, cinder_exception.MetadataCopyFailure))

    def test_metadata_comes_first(self):
        db_api.volume_metadata_update(
            self.context, self.volume.id, {CREATE: 'fail:metadata'}, False)
        rule = self.rule()
        self.assert_fails('metadata')
        self.assertEqual(0, self.get(rule).matched)

    # Held

    def test_hold_until_it_is_released(self):
        rule = self.rule('hold')
        held, = self.start()
        self.assertEqual('hold', self.get(rule).action)
        rules.release(self.context, rule, None)
        self.join(held)
        self.assertIsNone(held.error)

    def test_hold_until_it_is_deleted(self):
        rule = self.rule('hold')
        held, = self.start()
        rules.delete(self.context, rule)
        self.join(held)
        self.assertIsNone(held.error)

    def test_hold_until_it_is_released_with_a_failure(self):
        rule = self.rule('hold')
        held, = self.start()
        rules.release(self.context, rule, 'at last')
        self.join(held)
        self.assertIsInstance(held.error, exception.InjectedFailure)
        self.assertIn('at last', str(held.error))

    def test_hold_with_a_timeout(self):
        self.rule('hold', arguments={'timeout': 0.1})
        self.enter()
        self.assertEqual(set(), self.gate._watcher._holds)

    def test_hold_ends_with_the_rule(self):
        self.rule('hold', expires_at=(
            timeutils.utcnow() + datetime.timedelta(seconds=0.3)))
        self.enter()

    def test_hundred_holds_of_one_rule(self):
        rule = self.rule('hold', times=100)
        held = self.start(100)
        # The hundred and first is not held.
        self.enter()
        rules.release(self.context, rule, None)
        self.join(*held)
        self.assertEqual({None}, {entrant.error for entrant in held})
        self.assertEqual(100, self.get(rule).matched)

    # Ended

    def test_all_that_wait_end(self):
        rule = self.rule('hold', times=2)
        held = self.start(2)
        delayed = self.delayed()
        self.assertEqual(3, self.gate.waiting())
        with self.gate.ended():
            self.join(*held, delayed)
            self.assertEqual({exception.OperationEnded}, {
                type(entrant.error) for entrant in (*held, delayed)})
            # Nor does anything begin to.
            db_api.snapshot_metadata_update(
                self.context, self.snapshot.id, {CREATE: 'hold'}, False)
            self.assertRaises(exception.OperationEnded, self.enter)
        self.assertEqual(0, self.gate.waiting())
        rules.delete(self.context, rule)
        held, = self.start()
        self.assertTrue(held.is_alive())
        db_api.snapshot_metadata_update(
            self.context, self.snapshot.id, {CREATE: 'fail'}, False)
        self.join(held)

    def delayed(self):
        """An operation that is delayed for longer than any test takes."""
        self.rule('delay', operation='snapshot-delete',
                  arguments={'seconds': [3600, 3600]})
        self.gate._watcher.pause = self.pause
        delayed = Entrant(lambda: self.enter(Operation.SNAPSHOT_DELETE))
        delayed.start()
        self.until(lambda: self.gate._watcher._pauses)
        return delayed
