# SPDX-License-Identifier: Apache-2.0
"""Life and death of transports, and how idle they are."""

import concurrent.futures
import queue
import threading

import fixtures
import oslo_messaging
from oslo_messaging._drivers import base as driver_base

from tests.unit.cloud.transport import base


class Endpoint:
    def __init__(self):
        self.seen = queue.Queue()

    def note(self, ctxt, value):
        self.seen.put(value)
        return value

    def values(self):
        values = []
        while not self.seen.empty():
            values.append(self.seen.get())
        return values


class Wall:
    """An endpoint that never answers while the test lasts."""

    def __init__(self):
        self.entered = threading.Event()
        self.torn_down = threading.Event()

    def enter(self, ctxt):
        self.entered.set()
        self.torn_down.wait(base.PATIENCE)


class UrlTestCase(base.TransportTestCase):

    def test_all_names_of_the_default_virtual_host(self):
        transports = [self.rpc_transport(url) for url in (
            'inprocess://', 'inprocess:/', 'inprocess:///',
            'inprocess:////')]
        hosts = {transport._driver._virtual_host
                 for transport in transports}
        self.assertEqual({''}, hosts)

    def test_conf_transport_url(self):
        self.conf.set_override('transport_url', self.url)
        endpoint = Endpoint()
        self.serve(endpoint)
        transport = oslo_messaging.get_rpc_transport(self.conf)
        self.addCleanup(transport.cleanup)
        self.client(transport=transport).call({}, 'note', value=1)
        self.assertEqual([1], endpoint.values())

    def test_hosts_and_options_are_refused(self):
        for url in ('inprocess://host/', 'inprocess:///a?retry=1'):
            self.assertRaises(oslo_messaging.InvalidTransportURL,
                              oslo_messaging.get_rpc_transport, self.conf,
                              url)

    def test_virtual_hosts_are_separate(self):
        endpoints = {url: Endpoint()
                     for url in (self.url + 'a', self.url + 'b')}
        for url, endpoint in endpoints.items():
            self.serve(endpoint, transport=self.rpc_transport(url))
        for url in endpoints:
            client = self.client(transport=self.rpc_transport(url),
                                 fanout=True)
            client.cast({}, 'note', value=url)
            client = self.client(transport=self.rpc_transport(url))
            client.call({}, 'note', value=url)
        for url, endpoint in endpoints.items():
            self.assertEqual(
                [url, url],
                [endpoint.seen.get(timeout=base.PATIENCE)
                 for _ in range(2)])


class CleanupTestCase(base.TransportTestCase):

    def test_last_cleanup_drops_what_waits(self):
        transports = [self.rpc_transport(), self.rpc_transport()]
        self.client(transport=transports[0]).cast({}, 'note', value='lost')
        for transport in transports:
            transport.cleanup()
        endpoint = Endpoint()
        self.serve(endpoint, workers=1)
        self.client().call({}, 'note', value='new')
        self.assertEqual(['new'], endpoint.values())

    def test_other_cleanups_keep_what_waits(self):
        self.rpc_transport()
        sender = self.rpc_transport()
        self.client(transport=sender).cast({}, 'note', value='kept')
        sender.cleanup()
        # It counts once however often it is cleaned up.
        sender.cleanup()
        endpoint = Endpoint()
        self.serve(endpoint, workers=1)
        self.client().call({}, 'note', value='new')
        self.assertEqual(['kept', 'new'], endpoint.values())

    def test_listener_of_cleaned_transport_receives_no_more(self):
        transport = self.rpc_transport()
        gone, stays = Endpoint(), Endpoint()
        self.serve(gone, server='gone', transport=transport)
        self.serve(stays, server='stays')
        transport.cleanup()
        client = self.client()
        for number in range(3):
            client.call({}, 'note', value=number)
        self.assertEqual([], gone.values())
        self.assertEqual([0, 1, 2], stays.values())

    def test_waiting_call_fails(self):
        wall = Wall()
        self.serve(wall)
        self.addCleanup(wall.torn_down.set)
        transport = self.rpc_transport()
        client = self.client(transport=transport)
        with concurrent.futures.ThreadPoolExecutor(1) as executor:
            call = executor.submit(client.call, {}, 'enter')
            self.assertTrue(wall.entered.wait(base.PATIENCE))
            transport.cleanup()
            error = call.exception(base.PATIENCE)
        self.assertIsInstance(error, oslo_messaging.MessageDeliveryFailure)

    def test_use_after_cleanup(self):
        transport = self.rpc_transport()
        transport.cleanup()
        client = self.client(transport=transport)
        target = oslo_messaging.Target(topic='topic', server='one')
        for use in (
                lambda: client.call({}, 'note', value=1),
                lambda: client.cast({}, 'note', value=1),
                lambda: transport._listen(target, 1, None),
                lambda: transport._listen_for_notifications(
                    [(target, 'info')], None, 1, None),
                lambda: transport._send_notification(target, {}, {}, 2.0)):
            self.assertRaises(oslo_messaging.MessageDeliveryFailure, use)


class Waits:
    """Records the timeouts of waits, and tells when each begins."""

    def __init__(self):
        self.timeouts = queue.Queue()
        recorder = self

        class Condition(threading.Condition):
            def wait(self, timeout=None):
                recorder.timeouts.put(timeout)
                return super().wait(timeout)

        self.Condition = Condition

    def next(self):
        return self.timeouts.get(timeout=base.PATIENCE)


class IdleTestCase(base.TransportTestCase):

    def setUp(self):
        super().setUp()
        self.waits = Waits()
        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.cloud.transport.queues.threading', self.waits))

    def test_server_waits_without_timeout_and_once_for_a_message(self):
        server = self.serve(Endpoint())
        self.assertIsNone(self.waits.next())
        self.client().call({}, 'note', value=1)
        self.assertIsNone(self.waits.next())
        server.stop()
        self.assertTrue(self.waits.timeouts.empty())

    def test_batch_listener_waits_without_timeout(self):
        transport = self.notification_transport()

        class Recorder:
            def info(self, messages):
                """Take any."""

        self.start(oslo_messaging.get_batch_notification_listener(
            transport, [oslo_messaging.Target(topic='events')],
            [Recorder()], executor='threading', batch_size=3,
            batch_timeout=10 * base.PATIENCE))
        self.assertIsNone(self.waits.next())
        oslo_messaging.Notifier(
            transport, 'publisher', driver='messaging',
            topics=['events']).info({}, 'event', {})
        # The batch has begun: now there is a time to wait for.
        self.assertIsNotNone(self.waits.next())

    def test_poll_still_waits_after_cleanup_of_the_transport(self):
        # The thread polls until its server is stopped.  Without a wait it
        # would use up a processor until then.
        transport = self.rpc_transport()
        target = oslo_messaging.Target(topic='topic', server='one')
        listener = transport._listen(target, 1, None)._poll_style_listener
        transport.cleanup()
        self.assertEqual([], listener.poll(timeout=0.01))
        self.assertIsNotNone(self.waits.next())


class ListenerTestCase(base.TransportTestCase):
    """The listener's own interface, as a driver's user may poll it."""

    def setUp(self):
        super().setUp()
        self.transport = self.rpc_transport()
        self.target = oslo_messaging.Target(topic='topic', server='one')
        self.listener = self.listen()

    def listen(self):
        adapter = self.transport._listen(self.target, 1, None)
        self.assertIsInstance(adapter, driver_base.Listener)
        return adapter._poll_style_listener

    def cast(self, *values):
        for value in values:
            self.client().cast({}, 'note', value=value)

    @staticmethod
    def values(incoming):
        return [each.message['args']['value'] for each in incoming]

    def test_poll_times_out(self):
        self.assertEqual([], self.listener.poll(timeout=0.01))

    def test_poll_gives_a_part_of_a_batch_when_time_is_up(self):
        self.cast(1, 2)
        self.assertEqual([1, 2], self.values(
            self.listener.poll(timeout=0.01, batch_size=3)))

    def test_poll_without_batch_size_gives_what_is_there(self):
        self.cast(1, 2)
        self.assertEqual([1, 2], self.values(
            self.listener.poll(batch_size=None)))

    def test_stop_wakes_a_blocked_poll(self):
        with concurrent.futures.ThreadPoolExecutor(1) as executor:
            poll = executor.submit(self.listener.poll)
            self.listener.stop()
            self.assertEqual([], poll.result(base.PATIENCE))

    def test_stop_passes_on_what_was_not_polled(self):
        self.cast(1, 2, 3)
        self.assertEqual([1], self.values(self.listener.poll()))
        self.listener.stop()
        self.assertEqual([], self.listener.poll())
        self.cast(4)
        self.assertEqual([2, 3, 4], self.values(
            self.listen().poll(batch_size=3)))

    def test_cleanup_passes_on_what_was_not_settled(self):
        self.cast(1, 2, 3)
        self.listener.poll(batch_size=3)[1].acknowledge()
        self.listener.cleanup()
        self.assertEqual([1, 3], self.values(
            self.listen().poll(batch_size=3, timeout=0.01)))

    def test_requeue_of_a_stopped_listener_keeps_the_place(self):
        self.cast(1, 2, 3)
        first, second = self.listener.poll(batch_size=2)
        self.listener.stop()
        second.requeue()
        first.requeue()
        # Settled already.
        first.requeue()
        second.acknowledge()
        self.assertEqual([1, 2, 3], self.values(
            self.listen().poll(batch_size=4, timeout=0.01)))

    def test_requeued_message_is_delivered_once_more(self):
        self.cast(1)
        (incoming,) = self.listener.poll()
        other = self.listen()
        incoming.requeue()
        taken = self.values(other.poll(timeout=0.01))
        taken += self.values(self.listener.poll(timeout=0.01))
        self.assertEqual([1], taken)

    def test_cast_has_no_reply(self):
        self.cast(1)
        (incoming,) = self.listener.poll()
        self.assertIsNone(incoming.client_timeout)
        self.assertIsNone(incoming.reply('ignored'))
        self.assertIsNone(incoming.heartbeat())
