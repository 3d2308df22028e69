# SPDX-License-Identifier: Apache-2.0
"""RPC over the transport, through oslo.messaging's public interface."""

import concurrent.futures
import queue
import threading

import fixtures
import oslo_messaging
from cinder import exception as cinder_exception

from evs_fake.cloud import work
from evs_fake.cloud.transport import listener
from tests.unit.cloud.transport import base


class Rejected(Exception):
    """Known to the caller only if its transport allows this module."""


class Endpoint:
    """Records what it gets and does what the tests ask for."""

    def __init__(self):
        self.seen = queue.Queue()

    def echo(self, ctxt, value):
        self.seen.put(value)
        return value

    def context(self, ctxt):
        return ctxt

    def reject(self, ctxt):
        raise Rejected('not today')

    def divide(self, ctxt, by):
        return 1 / by

    def find_volume(self, ctxt, volume_id):
        raise cinder_exception.VolumeNotFound(volume_id=volume_id)

    @oslo_messaging.expected_exceptions(Rejected)
    def reject_as_expected(self, ctxt):
        raise Rejected('as always')

    def give_object(self, ctxt):
        return object()


class Gate:
    """An endpoint whose method ends when the test says so."""

    def __init__(self):
        self.entered = threading.Event()
        self.opened = threading.Event()

    def enter(self, ctxt):
        self.entered.set()
        if not self.opened.wait(base.PATIENCE):
            raise Rejected('the test never opened the gate')
        return 'through'


def drain(source):
    values = []
    while not source.empty():
        values.append(source.get())
    return values


class CallTestCase(base.TransportTestCase):

    def setUp(self):
        super().setUp()
        self.endpoint = Endpoint()

    def test_call_returns_result(self):
        self.serve(self.endpoint)
        self.assertEqual({'size': 1, 'name': None}, self.client().call(
            {}, 'echo', value={'size': 1, 'name': None}))

    def test_call_without_result(self):
        self.serve(self.endpoint)
        self.assertIsNone(self.client().call({}, 'echo', value=None))

    def test_context_arrives(self):
        self.serve(self.endpoint)
        ctxt = {'project_id': 'p', 'roles': ['admin']}
        self.assertEqual(ctxt, self.client().call(ctxt, 'context'))

    def test_unknown_method(self):
        self.serve(self.endpoint)
        error = self.assertRaises(oslo_messaging.RemoteError,
                                  self.client().call, {}, 'no_such_method')
        self.assertEqual('NoSuchMethod', error.exc_type)

    def test_unsupported_version(self):
        self.serve(self.endpoint)
        client = self.client().prepare(version='7.0')
        error = self.assertRaises(oslo_messaging.RemoteError, client.call,
                                  {}, 'echo', value=1)
        self.assertEqual('UnsupportedVersion', error.exc_type)

    def test_exception_of_allowed_module_keeps_its_class(self):
        self.serve(self.endpoint)
        client = self.client(
            transport=self.rpc_transport(exmods=[__name__]))
        error = self.assertRaises(Rejected, client.call, {}, 'reject')
        self.assertIn('not today', str(error))
        # The server's traceback, as with RabbitMQ.
        self.assertIn('in reject', str(error))

    def test_exception_of_other_module_is_remote_error(self):
        self.serve(self.endpoint)
        error = self.assertRaises(oslo_messaging.RemoteError,
                                  self.client().call, {}, 'reject')
        self.assertEqual('Rejected', error.exc_type)
        self.assertEqual('not today', error.value)

    def test_only_the_callers_transport_allows_modules(self):
        self.serve(self.endpoint,
                   transport=self.rpc_transport(exmods=[__name__]))
        self.assertRaises(oslo_messaging.RemoteError, self.client().call,
                          {}, 'reject')

    def test_builtin_exception_keeps_its_class(self):
        self.serve(self.endpoint)
        self.assertRaises(ZeroDivisionError, self.client().call, {},
                          'divide', by=0)

    def test_cinder_exception_keeps_its_class_and_arguments(self):
        self.serve(self.endpoint)
        client = self.client(transport=self.rpc_transport(
            exmods=[cinder_exception.__name__]))
        error = self.assertRaises(cinder_exception.VolumeNotFound,
                                  client.call, {}, 'find_volume',
                                  volume_id='v1')
        self.assertEqual('v1', error.kwargs['volume_id'])
        self.assertEqual(404, error.code)

    def test_expected_exception(self):
        self.serve(self.endpoint)
        client = self.client(
            transport=self.rpc_transport(exmods=[__name__]))
        error = self.assertRaises(Rejected, client.call, {},
                                  'reject_as_expected')
        self.assertIn('as always', str(error))

    def test_nested_calls(self):
        test = self

        class Outer:
            def ask(self, ctxt):
                return test.client('b').call(ctxt, 'relay') + ' by a'

            def answer(self, ctxt):
                return 'answered'

        class Inner:
            def relay(self, ctxt):
                return test.client('a').call(ctxt, 'answer') + ' by b'

        self.serve(Outer(), topic='a')
        self.serve(Inner(), topic='b')
        self.assertEqual('answered by b by a',
                         self.client('a').call({}, 'ask'))

    def test_many_threads(self):
        self.serve(self.endpoint)
        client = self.client()

        def calls(thread):
            return [client.call({}, 'echo', value=[thread, number])
                    for number in range(50)]

        with concurrent.futures.ThreadPoolExecutor(50) as executor:
            results = list(executor.map(calls, range(50)))
        wanted = [[[thread, number] for number in range(50)]
                  for thread in range(50)]
        self.assertEqual(wanted, results)
        self.assertEqual(sum(wanted, []), sorted(drain(self.endpoint.seen)))


class TimeoutTestCase(base.TransportTestCase):

    def test_nobody_there(self):
        self.assertRaises(oslo_messaging.MessagingTimeout,
                          self.client(timeout=0.01).call, {}, 'echo',
                          value=1)

    def test_call_that_timed_out_is_not_carried_out_later(self):
        client = self.client(timeout=0.01)
        self.assertRaises(oslo_messaging.MessagingTimeout, client.call, {},
                          'echo', value='late')
        endpoint = Endpoint()
        self.serve(endpoint, workers=1)
        self.client().call({}, 'echo', value='in time')
        self.assertEqual(['in time'], drain(endpoint.seen))

    def test_late_reply_is_dropped(self):
        gate = Gate()
        server = self.serve(gate)
        self.assertRaises(oslo_messaging.MessagingTimeout,
                          self.client(timeout=0.01).call, {}, 'enter')
        gate.opened.set()
        server.stop()
        server.wait()
        self.assertTrue(gate.entered.is_set())
        self.assertIn('Dropped the reply', self.log.output)
        self.assertNotIn('Can not send reply', self.log.output)

    def test_late_reply_is_not_taken_for_the_next_call(self):
        gate = Gate()
        self.serve(gate, topic='gate')
        endpoint = Endpoint()
        self.serve(endpoint)
        transport = self.rpc_transport()
        self.assertRaises(
            oslo_messaging.MessagingTimeout,
            self.client('gate', transport, timeout=0.01).call, {}, 'enter')
        gate.opened.set()
        self.assertEqual('next', self.client(transport=transport).call(
            {}, 'echo', value='next'))

    def test_unmonitored_server_is_given_up(self):
        client = self.client(timeout=10 * base.PATIENCE,
                             call_monitor_timeout=0.01)
        self.assertRaises(oslo_messaging.MessagingTimeout, client.call, {},
                          'echo', value=1)

    def test_timeout_holds_despite_monitor(self):
        gate = Gate()
        self.serve(gate)
        self.addCleanup(gate.opened.set)
        client = self.client(timeout=0.01,
                             call_monitor_timeout=10 * base.PATIENCE)
        self.assertRaises(oslo_messaging.MessagingTimeout, client.call, {},
                          'enter')

    def test_heartbeats_keep_a_long_call_alive(self):
        gate = Gate()
        self.serve(gate)
        # oslo.messaging sends one each half of the monitor timeout, which
        # it does not let be less than two seconds.
        monitor_timeout = 2
        beats = []
        heartbeat = listener.IncomingMessage.heartbeat

        def count(incoming):
            heartbeat(incoming)
            beats.append(incoming)
            if len(beats) > monitor_timeout:
                gate.opened.set()

        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.cloud.transport.listener.IncomingMessage.heartbeat',
            count))
        client = self.client(timeout=10 * base.PATIENCE,
                             call_monitor_timeout=monitor_timeout)
        self.assertEqual('through', client.call({}, 'enter'))
        self.assertEqual(monitor_timeout + 1, len(beats))


class CastTestCase(base.TransportTestCase):

    def setUp(self):
        super().setUp()
        self.endpoint = Endpoint()

    def seen(self, endpoint=None):
        return (endpoint or self.endpoint).seen.get(timeout=base.PATIENCE)

    def test_cast(self):
        self.serve(self.endpoint)
        self.assertIsNone(self.client().cast({}, 'echo', value=1))
        self.assertEqual(1, self.seen())

    def test_order(self):
        self.serve(self.endpoint, workers=1)
        client = self.client()
        for number in range(200):
            client.cast({}, 'echo', value=number)
        self.assertEqual(list(range(200)),
                         [self.seen() for _ in range(200)])

    def test_topic_waits_for_a_server(self):
        client = self.client()
        for number in range(3):
            client.cast({}, 'echo', value=number)
        self.serve(self.endpoint, workers=1)
        self.assertEqual([0, 1, 2], [self.seen() for _ in range(3)])

    def test_server_queue_waits_for_its_server(self):
        self.client(server='two').cast({}, 'echo', value='for two')
        self.serve(self.endpoint, server='one')
        two = Endpoint()
        self.serve(two, server='two')
        self.assertEqual('for two', self.seen(two))
        self.assertTrue(self.endpoint.seen.empty())

    def test_directed(self):
        endpoints = {name: Endpoint() for name in ('one', 'two')}
        for name, endpoint in endpoints.items():
            self.serve(endpoint, server=name)
        for _ in range(3):
            self.client(server='two').call({}, 'echo', value=2)
        self.assertEqual([], drain(endpoints['one'].seen))
        self.assertEqual([2, 2, 2], drain(endpoints['two'].seen))

    def test_servers_of_a_topic_take_turns(self):
        endpoints = [Endpoint() for _ in range(3)]
        for number, endpoint in enumerate(endpoints):
            self.serve(endpoint, server=f'server{number}')
        client = self.client()
        for number in range(12):
            client.call({}, 'echo', value=number)
        shares = [drain(endpoint.seen) for endpoint in endpoints]
        self.assertEqual([4, 4, 4], [len(share) for share in shares])
        self.assertEqual(list(range(12)), sorted(sum(shares, [])))

    def test_servers_of_one_name_take_turns(self):
        endpoints = [Endpoint() for _ in range(2)]
        for endpoint in endpoints:
            self.serve(endpoint)
        client = self.client(server='one')
        for number in range(4):
            client.call({}, 'echo', value=number)
        self.assertEqual(
            [2, 2], [len(drain(endpoint.seen)) for endpoint in endpoints])

    def test_fanout(self):
        endpoints = [Endpoint() for _ in range(3)]
        for number, endpoint in enumerate(endpoints):
            self.serve(endpoint, server=f'server{number}')
        other = Endpoint()
        self.serve(other, topic='other topic')
        self.client(fanout=True).cast({}, 'echo', value='all')
        self.assertEqual(['all'] * 3,
                         [self.seen(endpoint) for endpoint in endpoints])
        self.client('other topic').call({}, 'echo', value='own')
        self.assertEqual(['own'], drain(other.seen))

    def test_fanout_is_not_kept(self):
        self.client(fanout=True).cast({}, 'echo', value='lost')
        self.serve(self.endpoint, workers=1)
        self.client().call({}, 'echo', value='later')
        self.assertEqual(['later'], drain(self.endpoint.seen))

    def test_topic_named_like_a_server(self):
        # Cinder's volume service has a server on each of both names.
        self.serve(self.endpoint, topic='volume', server='host@back')
        self.client('volume.host@back').call({}, 'echo', value=1)
        self.assertEqual([1], drain(self.endpoint.seen))

    def test_exchanges_are_separate(self):
        self.serve(self.endpoint)
        other = Endpoint()
        self.serve(other, exchange='other')
        for number in range(3):
            self.client(exchange='other').call({}, 'echo', value=number)
        self.client().call({}, 'echo', value='default')
        self.assertEqual(['default'], drain(self.endpoint.seen))
        self.assertEqual([0, 1, 2], drain(other.seen))

    def test_default_exchange_is_the_control_exchange(self):
        self.conf.set_override('control_exchange', 'control')
        self.serve(self.endpoint, exchange='control')
        self.client().call({}, 'echo', value=1)
        self.assertEqual([1], drain(self.endpoint.seen))


class RestartTestCase(base.TransportTestCase):

    def test_stop_keeps_casts_for_the_next_start(self):
        endpoint = Endpoint()
        server = self.serve(endpoint, workers=1)
        client = self.client(server='one')
        client.call({}, 'echo', value='before')
        server.stop()
        server.wait()
        client.cast({}, 'echo', value='between')
        self.assertEqual(['before'], drain(endpoint.seen))
        server.start(override_pool_size=1)
        client.call({}, 'echo', value='after')
        self.assertEqual(['between', 'after'], drain(endpoint.seen))

    def test_stopped_server_leaves_the_rotation(self):
        endpoints = [Endpoint(), Endpoint()]
        self.serve(endpoints[0], server='stays')
        leaver = self.serve(endpoints[1], server='leaves')
        leaver.stop()
        leaver.wait()
        for number in range(4):
            self.client().call({}, 'echo', value=number)
        self.assertEqual([0, 1, 2, 3], drain(endpoints[0].seen))

    def test_running_call_is_answered_after_stop(self):
        gate = Gate()
        server = self.serve(gate)
        with concurrent.futures.ThreadPoolExecutor(1) as executor:
            answer = executor.submit(self.client().call, {}, 'enter')
            self.assertTrue(gate.entered.wait(base.PATIENCE))
            server.stop()
            gate.opened.set()
            self.assertEqual('through', answer.result(base.PATIENCE))
        server.wait()


class MandatoryTestCase(base.TransportTestCase):

    def setUp(self):
        super().setUp()
        self.options = oslo_messaging.TransportOptions(at_least_once=True)

    def test_nobody_listens(self):
        client = self.client(server='one', transport_options=self.options)
        error = self.assertRaises(oslo_messaging.MessageUndeliverable,
                                  client.call, {}, 'echo', value=1)
        self.assertEqual('topic.one', error.routing_key)
        self.assertRaises(oslo_messaging.MessageUndeliverable,
                          client.cast, {}, 'echo', value=1)
        endpoint = Endpoint()
        self.serve(endpoint, workers=1)
        self.client().call({}, 'echo', value='later')
        self.assertEqual(['later'], drain(endpoint.seen))

    def test_delivered_if_a_server_listens(self):
        self.serve(Endpoint())
        client = self.client(transport_options=self.options)
        self.assertEqual(1, client.call({}, 'echo', value=1))


class IsolationTestCase(base.TransportTestCase):

    def test_receiver_has_its_own_objects(self):
        class Mutator:
            def mutate(self, ctxt, value):
                ctxt['roles'].append('added')
                value['deep']['list'].append('added')
                return value

        self.serve(Mutator())
        ctxt = {'roles': ['admin']}
        value = {'deep': {'list': []}}
        self.assertEqual({'deep': {'list': ['added']}},
                         self.client().call(ctxt, 'mutate', value=value))
        self.assertEqual({'roles': ['admin']}, ctxt)
        self.assertEqual({'deep': {'list': []}}, value)

    def test_sender_changes_after_sending_are_not_seen(self):
        value = {'list': [1]}
        self.client().cast({}, 'echo', value=value)
        value['list'].append(2)
        endpoint = Endpoint()
        self.serve(endpoint)
        self.assertEqual({'list': [1]},
                         endpoint.seen.get(timeout=base.PATIENCE))

    def test_caller_has_its_own_result(self):
        class Keeper:
            state = {'list': []}

            def get(self, ctxt):
                return self.state

        self.serve(Keeper())
        client = self.client()
        client.call({}, 'get')['list'].append('added')
        self.assertEqual({'list': []}, client.call({}, 'get'))

    def test_fanout_receivers_share_nothing(self):
        endpoints = [Endpoint(), Endpoint()]
        for number, endpoint in enumerate(endpoints):
            self.serve(endpoint, server=f'server{number}')
        self.client(fanout=True).cast({}, 'echo', value=['all'])
        first, second = (endpoint.seen.get(timeout=base.PATIENCE)
                         for endpoint in endpoints)
        first.append('more')
        self.assertEqual(['all'], second)

    def test_values_become_json(self):
        self.serve(Endpoint())
        self.assertEqual({'1': [1, 2]}, self.client().call(
            {}, 'echo', value={1: (1, 2)}))

    def test_what_has_no_json_form_is_refused(self):
        endpoint = Endpoint()
        self.serve(endpoint, workers=1)
        client = self.client()
        self.assertRaises(ValueError, client.cast, {}, 'echo',
                          value=object())
        self.assertRaises(ValueError, client.call, {}, 'echo',
                          value=object())
        self.assertRaises(ValueError, client.call, {'a': object()}, 'echo',
                          value=1)
        client.call({}, 'echo', value='fine')
        self.assertEqual(['fine'], drain(endpoint.seen))

    def test_result_without_json_form_is_not_sent(self):
        server = self.serve(Endpoint())
        self.assertRaises(oslo_messaging.MessagingTimeout,
                          self.client(timeout=0.01).call, {}, 'give_object')
        server.stop()
        server.wait()
        self.assertIn('Can not send reply', self.log.output)


class WorkTest(base.TransportTestCase):
    """A message is a unit of work from its delivery to its answer."""

    def setUp(self):
        super().setUp()
        # Other tests have left theirs unanswered.
        self.work = work.Work()
        for module in ('driver', 'listener'):
            self.useFixture(fixtures.MockPatch(
                'evs_fake.cloud.transport.%s.work.WORK' % module, self.work))

    def test_call(self):
        gate = Gate()
        self.serve(gate)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            call = pool.submit(self.client().call, {}, 'enter')
            self.assertTrue(gate.entered.wait(base.PATIENCE))
            self.assertFalse(self.work.wait(0))
            gate.opened.set()
            call.result()
        self.assertTrue(self.work.wait(base.PATIENCE))

    def test_casts_that_wait_for_a_thread(self):
        gate = Gate()
        self.serve(gate, workers=1)
        client = self.client()
        for _number in range(3):
            client.cast({}, 'enter')
        self.assertTrue(gate.entered.wait(base.PATIENCE))
        self.assertFalse(self.work.wait(0, parked=lambda: 2))
        self.assertTrue(self.work.wait(0, parked=lambda: 3))
        gate.opened.set()
        self.assertTrue(self.work.wait(base.PATIENCE))

    def test_failure(self):
        self.serve(Endpoint())
        client = self.client()
        for method in ('reject', 'reject_as_expected', 'give_object'):
            client.cast({}, method)
        client.cast({}, 'unknown')
        self.assertTrue(self.work.wait(base.PATIENCE))

    def test_thread(self):
        """It is cut off with its unit, and no longer."""
        seen = queue.Queue()

        class Cut:
            def look(_self, ctxt):
                seen.put(self.work.is_cut_off())

        self.serve(Cut(), workers=1)
        with self.work.cut():
            self.client().call({}, 'look')
        self.client().call({}, 'look')
        self.assertEqual([True, False], [seen.get(), seen.get()])

    def test_messages_of_a_server_that_stops(self):
        server = self.serve(Endpoint())
        server.stop()
        server.wait()
        self.client().cast({}, 'echo', value=1)
        # Kept for the next one: nobody works on it.
        self.assertTrue(self.work.wait(0))
