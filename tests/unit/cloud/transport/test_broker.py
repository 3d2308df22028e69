# SPDX-License-Identifier: Apache-2.0
"""Delivery rules that oslo.messaging's interface does not reach."""

import testtools

from evs_fake.cloud.transport import broker
from evs_fake.cloud.transport import queues


class BrokerTestCase(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.broker = broker.Broker(backlog=2)

    def consumer(self):
        consumer = self.broker.consumer()
        self.broker.subscribe(consumer, 'exchange', 'queue')
        return consumer

    def publish(self, *texts):
        for text in texts:
            self.broker.publish('exchange', 'queue', queues.Message(text))

    @staticmethod
    def taken(consumer):
        return [delivery.message.text
                for delivery in consumer.take(limit=10, timeout=0)]

    def test_consumer_cancelled_before_it_subscribes_gets_nothing(self):
        # A transport cleaned up while one of its servers starts.
        consumer = self.broker.consumer()
        consumer.cancel()
        self.broker.subscribe(consumer, 'exchange', 'queue')
        self.publish('1')
        self.assertEqual([], self.taken(consumer))
        self.assertEqual(['1'], self.taken(self.consumer()))

    def test_first_consumer_gets_all_that_was_kept(self):
        self.publish('1', '2', '3')
        self.assertEqual(['1', '2', '3'], self.taken(self.consumer()))
        self.assertEqual([], self.taken(self.consumer()))

    def test_order_over_several_queues_is_the_order_of_sending(self):
        consumer = self.consumer()
        self.broker.subscribe(consumer, 'exchange', 'other')
        self.broker.subscribe_fanout(consumer, 'exchange', 'topic')
        self.publish('1')
        self.broker.publish('exchange', 'other', queues.Message('2'))
        self.broker.publish_fanout('exchange', 'topic', queues.Message('3'))
        self.publish('4')
        self.assertEqual(['1', '2', '3', '4'], self.taken(consumer))

    def test_leaving_consumers_messages_are_shared_out(self):
        consumers = [self.consumer() for _ in range(3)]
        self.publish('1', '2', '3', '4', '5', '6')
        consumers[0].stop()
        self.assertEqual([['2', '5', '1'], ['3', '6', '4']],
                         [self.taken(each) for each in consumers[1:]])

    def test_fanout_of_a_leaving_consumer_is_dropped(self):
        consumers = [self.broker.consumer() for _ in range(2)]
        for consumer in consumers:
            self.broker.subscribe_fanout(consumer, 'exchange', 'topic')
        self.broker.publish_fanout('exchange', 'topic', queues.Message('1'))
        consumers[0].stop()
        self.assertEqual(['1'], self.taken(consumers[1]))

    def test_requeued_fanout_returns_to_its_consumer_only(self):
        consumers = [self.broker.consumer() for _ in range(2)]
        for consumer in consumers:
            self.broker.subscribe_fanout(consumer, 'exchange', 'topic')
        self.broker.publish_fanout('exchange', 'topic', queues.Message('1'))
        (delivery,) = consumers[0].take(1)
        delivery.requeue()
        self.assertEqual(['1'], self.taken(consumers[0]))
        self.assertEqual(['1'], self.taken(consumers[1]))

    def test_withdrawn_message_is_not_delivered(self):
        message = queues.Message('1')
        self.broker.publish('exchange', 'queue', message)
        self.publish('2')
        self.broker.withdraw('exchange', 'queue', message)
        self.assertEqual(['2'], self.taken(self.consumer()))

    def test_backlog_is_for_notifications_only(self):
        self.publish('1', '2', '3')
        for text in ('1', '2', '3'):
            self.broker.publish_notification('exchange', 'topic.info',
                                             queues.Message(text))
        self.assertEqual(['1', '2', '3'], self.taken(self.consumer()))
        listener = self.broker.consumer()
        self.broker.subscribe_notifications(listener, 'exchange',
                                            'topic.info', None)
        self.assertEqual(['2', '3'], self.taken(listener))
