# SPDX-License-Identifier: Apache-2.0
"""Notifications, through oslo.messaging's public interface."""

import queue

import oslo_messaging

from evs_fake.cloud.transport import driver
from tests.unit.cloud.transport import base


class Recorder:
    """An endpoint for one notification at a time.

    :param requeues: how many times to give each event type back
    """

    def __init__(self, requeues=0):
        self.seen = queue.Queue()
        self._left = {}
        self._requeues = requeues

    def info(self, ctxt, publisher_id, event_type, payload, metadata):
        self.seen.put((event_type, payload))
        left = self._left.setdefault(event_type, self._requeues)
        if left:
            self._left[event_type] -= 1
            return oslo_messaging.NotificationResult.REQUEUE
        return oslo_messaging.NotificationResult.HANDLED

    def error(self, ctxt, publisher_id, event_type, payload, metadata):
        self.seen.put((event_type, payload))

    def take(self, count):
        return [self.seen.get(timeout=base.PATIENCE)[0]
                for _ in range(count)]


class BatchRecorder:
    def __init__(self):
        self.seen = queue.Queue()

    def info(self, messages):
        self.seen.put([message['event_type'] for message in messages])


class NotificationTestCase(base.TransportTestCase):

    def setUp(self):
        super().setUp()
        self.notifier = oslo_messaging.Notifier(
            self.notification_transport(), 'publisher', driver='messagingv2',
            topics=['events'])

    def listen(self, recorder, topics=('events',), pool=None,
               allow_requeue=False, workers=1):
        return self.start(
            oslo_messaging.get_notification_listener(
                self.notification_transport(),
                [oslo_messaging.Target(topic=topic) for topic in topics],
                [recorder], executor='threading', pool=pool,
                allow_requeue=allow_requeue), workers)

    def send(self, *names):
        for name in names:
            self.notifier.info({}, name, {'payload': name})

    def test_notification(self):
        recorder = Recorder()
        self.listen(recorder)
        self.send('volume.create')
        self.assertEqual(('volume.create', {'payload': 'volume.create'}),
                         recorder.seen.get(timeout=base.PATIENCE))

    def test_priorities_in_the_order_sent(self):
        recorder = Recorder()
        self.listen(recorder)
        self.send('1')
        self.notifier.error({}, '2', {})
        self.send('3')
        self.assertEqual(['1', '2', '3'], recorder.take(3))

    def test_several_topics(self):
        recorder = Recorder()
        self.listen(recorder, topics=('other', 'events'))
        self.send('1')
        self.assertEqual(['1'], recorder.take(1))

    def test_rpc_transport_carries_them_too(self):
        recorder = Recorder()
        self.listen(recorder)
        oslo_messaging.Notifier(
            self.rpc_transport(), 'publisher', driver='messaging',
            topics=['events']).info({}, 'by rpc', {})
        self.assertEqual(['by rpc'], recorder.take(1))

    def test_listeners_share(self):
        recorders = [Recorder(), Recorder()]
        for recorder in recorders:
            self.listen(recorder)
        self.send('1', '2', '3', '4')
        self.assertEqual([['1', '3'], ['2', '4']],
                         [recorder.take(2) for recorder in recorders])

    def test_listener_that_names_a_topic_twice_listens_once(self):
        recorders = [Recorder(), Recorder()]
        twice = self.listen(recorders[0], topics=('events', 'events'))
        self.listen(recorders[1])
        self.send('1', '2')
        self.assertEqual([['1'], ['2']],
                         [recorder.take(1) for recorder in recorders])
        twice.stop()
        self.send('3', '4')
        self.assertEqual(['3', '4'], recorders[1].take(2))

    def test_each_pool_gets_a_copy(self):
        alone, together = Recorder(), [Recorder(), Recorder()]
        self.listen(alone, pool='a')
        for recorder in together:
            self.listen(recorder, pool='b')
        plain = Recorder()
        self.listen(plain)
        self.send('1', '2')
        self.assertEqual(['1', '2'], alone.take(2))
        self.assertEqual(['1', '2'], plain.take(2))
        self.assertEqual([['1'], ['2']],
                         [recorder.take(1) for recorder in together])

    def test_pool_keeps_what_it_missed(self):
        first = Recorder()
        server = self.listen(first, pool='a')
        self.send('seen')
        self.assertEqual(['seen'], first.take(1))
        server.stop()
        server.wait()
        self.send('missed')
        second = Recorder()
        self.listen(second, pool='a')
        self.assertEqual(['missed'], second.take(1))

    def test_requeue(self):
        recorder = Recorder(requeues=2)
        self.listen(recorder, allow_requeue=True)
        self.send('again')
        self.assertEqual(['again'] * 3, recorder.take(3))
        self.send('other')
        self.assertEqual(['other'] * 3, recorder.take(3))

    def test_requeue_not_allowed(self):
        recorder = Recorder(requeues=1)
        self.listen(recorder)
        self.send('1', '2')
        self.assertEqual(['1', '2'], recorder.take(2))

    def test_backlog_is_bounded(self):
        kept = driver.NOTIFICATION_BACKLOG
        names = [str(number) for number in range(kept + 5)]
        self.send(*names)
        recorder = Recorder()
        self.listen(recorder)
        self.assertEqual(names[5:], recorder.take(kept))
        self.send('next')
        self.assertEqual(['next'], recorder.take(1))

    def test_backlog_of_absent_pool_is_bounded(self):
        kept = driver.NOTIFICATION_BACKLOG
        server = self.listen(Recorder(), pool='a')
        server.stop()
        server.wait()
        names = [str(number) for number in range(kept + 5)]
        self.send(*names)
        recorder = Recorder()
        self.listen(recorder, pool='a')
        self.assertEqual(names[5:], recorder.take(kept))

    def test_batches(self):
        self.send('1', '2', '3', '4', '5')
        recorder = BatchRecorder()
        self.start(oslo_messaging.get_batch_notification_listener(
            self.notification_transport(),
            [oslo_messaging.Target(topic='events')], [recorder],
            executor='threading', batch_size=3, batch_timeout=0.01),
            workers=1)
        self.assertEqual([['1', '2', '3'], ['4', '5']],
                         [recorder.seen.get(timeout=base.PATIENCE)
                          for _ in range(2)])

    def test_stop_handles_a_batch_begun(self):
        recorder = BatchRecorder()
        server = self.start(oslo_messaging.get_batch_notification_listener(
            self.notification_transport(),
            [oslo_messaging.Target(topic='events')], [recorder],
            executor='threading', batch_size=3,
            batch_timeout=10 * base.PATIENCE))
        self.send('1')
        server.stop()
        server.wait()
        rest = Recorder()
        self.listen(rest)
        self.send('end')
        # Whether the thread had taken it when stopped or not, it is seen.
        names = sum(list(recorder.seen.queue), [])
        names += rest.take(2 - len(names))
        self.assertEqual(['1', 'end'], names)
