# SPDX-License-Identifier: Apache-2.0
"""The oslo.messaging driver ``inprocess``.

It carries RPC and notifications between services that are threads of one
process, with the semantics of RabbitMQ: only the process itself is the
broker.  oslo.messaging's own ``fake`` driver looks for messages every 50 ms
and hands over the sender's objects; here nobody polls and nothing is shared.
"""

import threading
import weakref
from typing import Any

import oslo_messaging
from oslo_messaging._drivers import base

from evs_fake.cloud import work
from evs_fake.cloud.transport import broker
from evs_fake.cloud.transport import listener
from evs_fake.cloud.transport import queues
from evs_fake.cloud.transport import registry
from evs_fake.cloud.transport import reply
from evs_fake.cloud.transport import wire

# Most clouds have nobody who listens to notifications, and would otherwise
# keep them all.  Some are kept, so that a listener may start after what it
# is to hear of, or restart, without loss.
NOTIFICATION_BACKLOG = 1000

_REGISTRY = registry.Registry(NOTIFICATION_BACKLOG)


class InProcessDriver(base.BaseDriver):
    """A connection to a virtual host of this process.

    The transport URL is ``inprocess://`` or ``inprocess:///virtual_host``.

    :raises InvalidTransportURL: the URL names hosts or options; there are
        none, and ignoring them would join what the user wants apart
    """

    def __init__(self, conf: Any, url: oslo_messaging.TransportURL,
                 default_exchange: str | None = None,
                 allowed_remote_exmods: list[str] | None = None) -> None:
        super().__init__(conf, url, default_exchange, allowed_remote_exmods)
        if url.hosts or url.query:
            raise oslo_messaging.InvalidTransportURL(
                str(url), 'An inprocess transport URL has no hosts and no '
                          'options')
        # As in URLs of other drivers, a lone slash names the default too.
        self._virtual_host = (url.virtual_host or '').strip('/')
        self._lock = threading.Lock()
        # Weak: a stopped server needs no transport to remember it.
        self._consumers: weakref.WeakSet[queues.Consumer] = (
            weakref.WeakSet())
        self._calls: set[reply.PendingCall] = set()
        self._broker: broker.Broker | None = _REGISTRY.acquire(
            self._virtual_host)

    def require_features(self, requeue: bool = True) -> None:
        """Return always, as every optional feature is there."""

    def send(self, target: oslo_messaging.Target, ctxt: Any,
             message: dict[str, Any], wait_for_reply: bool | None = None,
             timeout: float | None = None,
             call_monitor_timeout: float | None = None,
             retry: int | None = None,
             transport_options: Any = None) -> Any:
        """Send a cast or call; for a call, return its result.

        ``retry`` has no meaning: there is no connection that could fail.

        :param timeout: seconds until a call fails
        :param call_monitor_timeout: seconds without a heartbeat of the
            server until a call fails
        :raises MessagingTimeout: a call was not answered in time
        :raises MessageUndeliverable: ``transport_options.at_least_once`` is
            set and no server listens
        :raises MessageDeliveryFailure: the transport was cleaned up, maybe
            while the call waited
        :raises ValueError: something in the message has no JSON form
        :raises Exception: what the server raised
        """
        connection = self._connected()
        call = reply.PendingCall(call_monitor_timeout) if (
            wait_for_reply) else None
        outgoing = queues.Message(wire.encode_message(ctxt, message), call)
        exchange = self._exchange(target)
        if target.fanout:
            connection.publish_fanout(exchange, target.topic, outgoing)
            return None

        name = target.topic
        if target.server:
            name = _server_queue(target)
        mandatory = bool(transport_options and
                         transport_options.at_least_once)
        if call is None:
            self._publish(connection, exchange, name, outgoing, mandatory,
                          message)
            return None

        with self._lock:
            # Again, as a cleanup since then has not seen this call.
            self._connected()
            self._calls.add(call)
        try:
            self._publish(connection, exchange, name, outgoing, mandatory,
                          message)
            answer = call.wait(timeout)
        except reply.NoReply:
            connection.withdraw(exchange, name, outgoing)
            raise oslo_messaging.MessagingTimeout(
                f'Timed out waiting for a reply of {name} to message '
                f'{outgoing.sequence}') from None
        except reply.Abandoned:
            connection.withdraw(exchange, name, outgoing)
            raise oslo_messaging.MessageDeliveryFailure(
                f'The transport was cleaned up before {name} replied to '
                f'message {outgoing.sequence}') from None
        finally:
            with self._lock:
                self._calls.discard(call)
        return wire.decode_reply(answer, self._allowed_remote_exmods)

    def send_notification(self, target: oslo_messaging.Target, ctxt: Any,
                          message: dict[str, Any], version: float,
                          retry: int | None = None) -> None:
        """Send a notification to the topic's listeners and pools.

        ``version`` and ``retry`` have no meaning: there is no envelope, and
        no connection that could fail.  A queue or pool without a listener
        keeps the last ``NOTIFICATION_BACKLOG`` notifications.

        :raises MessageDeliveryFailure: the transport was cleaned up
        :raises ValueError: something in the message has no JSON form
        """
        self._connected().publish_notification(
            self._exchange(target), target.topic,
            queues.Message(wire.encode_message(ctxt, message)))

    def listen(self, target: oslo_messaging.Target, batch_size: int,
               batch_timeout: float | None) -> base.Listener:
        """Receive what is sent to a topic and to one server of it.

        :raises MessageDeliveryFailure: the transport was cleaned up
        """
        connection = self._connected()
        exchange = self._exchange(target)
        consumer = self._consumer(connection, work.WORK)
        connection.subscribe(consumer, exchange, target.topic)
        connection.subscribe(consumer, exchange, _server_queue(target))
        connection.subscribe_fanout(consumer, exchange, target.topic)
        return base.PollStyleListenerAdapter(
            listener.Listener(consumer, listener.Call), batch_size,
            batch_timeout)

    def listen_for_notifications(
            self,
            targets_and_priorities: list[tuple[oslo_messaging.Target, str]],
            pool: str | None, batch_size: int | None,
            batch_timeout: float | None) -> base.Listener:
        """Receive the notifications of topics, alone or with a pool.

        :raises MessageDeliveryFailure: the transport was cleaned up
        """
        connection = self._connected()
        consumer = self._consumer(connection)
        for target, priority in targets_and_priorities:
            connection.subscribe_notifications(
                consumer, self._exchange(target),
                f'{target.topic}.{priority}', pool)
        return base.PollStyleListenerAdapter(
            listener.Listener(consumer), batch_size, batch_timeout)

    def cleanup(self) -> None:
        """Disconnect: its listeners receive no more, its calls fail now.

        Calling it again has no effect.
        """
        with self._lock:
            if self._broker is None:
                return
            self._broker = None
            consumers = list(self._consumers)
            calls = list(self._calls)
        for consumer in consumers:
            consumer.cancel()
        for call in calls:
            call.abandon()
        _REGISTRY.release(self._virtual_host)

    def _connected(self) -> broker.Broker:
        connection = self._broker
        if connection is None:
            raise oslo_messaging.MessageDeliveryFailure(
                'The transport was cleaned up')
        return connection

    def _exchange(self, target: oslo_messaging.Target) -> str:
        return target.exchange or self._default_exchange or ''

    def _consumer(self, connection: broker.Broker,
                  *load: queues.Load) -> queues.Consumer:
        consumer = connection.consumer(*load)
        with self._lock:
            # Again, as a cleanup since then has not seen this consumer.
            self._connected()
            self._consumers.add(consumer)
        return consumer

    @staticmethod
    def _publish(connection: broker.Broker, exchange: str, name: str,
                 outgoing: queues.Message, mandatory: bool,
                 message: dict[str, Any]) -> None:
        try:
            connection.publish(exchange, name, outgoing, mandatory)
        except broker.NoConsumer as exc:
            raise oslo_messaging.MessageUndeliverable(
                exc, exchange, name, message) from exc


def _server_queue(target: oslo_messaging.Target) -> str:
    # One name space with topics, as in RabbitMQ: Cinder's volume service
    # listens to the topic cinder-volume.<host> on purpose.
    return f'{target.topic}.{target.server}'
