# SPDX-License-Identifier: Apache-2.0
"""The receiving side of the driver."""

from typing import Any

from oslo_log import log as logging
from oslo_messaging._drivers import base

from evs_fake.cloud import work
from evs_fake.cloud.transport import queues
from evs_fake.cloud.transport import wire

LOG = logging.getLogger(__name__)


class IncomingMessage(base.RpcIncomingMessage):
    """A received call, cast or notification."""

    def __init__(self, delivery: queues.Delivery) -> None:
        context, message = wire.decode_message(delivery.message.text)
        super().__init__(context, message,
                         msg_id=str(delivery.message.sequence))
        self._delivery = delivery
        self._call = delivery.message.answer_to
        if self._call is not None:
            self.client_timeout = self._call.monitor_timeout

    def acknowledge(self) -> None:
        """Keep the message from being received again."""
        self._delivery.acknowledge()

    def requeue(self) -> None:
        """Let this or another consumer receive the message again."""
        self._delivery.requeue()

    def reply(self, reply: Any = None, failure: tuple | None = None) -> None:
        """Answer the caller, if this is a call and it still waits.

        :raises ValueError: the answer has no JSON form.  The server logs it
            and the caller waits until its timeout, as with RabbitMQ.
        """
        if self._call is None:
            return
        if not self._call.answer(wire.encode_reply(reply, failure)):
            LOG.info('Dropped the reply to message %s: its caller no longer '
                     'waits', self.msg_id)

    def heartbeat(self) -> None:
        """Tell the caller that its call is still being worked on."""
        if self._call is not None:
            self._call.heartbeat()


class Call(IncomingMessage):
    """A received call or cast: a unit of the process's work.

    oslo.messaging acknowledges it in the thread that then does what it asks
    for, and answers at the end, casts too.
    """

    def acknowledge(self) -> None:
        work.WORK.mark()
        super().acknowledge()

    def reply(self, reply: Any = None, failure: tuple | None = None) -> None:
        try:
            super().reply(reply, failure)
        finally:
            work.WORK.unmark()
            self._delivery.done()


class Listener(base.PollStyleListener):
    """Receives for one server, blocked until there is something to do.

    The thread that oslo.messaging polls with gives no timeout, and so is
    woken by a message or by ``stop`` only.

    :param kind: what it makes of a delivery
    """

    def __init__(self, consumer: queues.Consumer,
                 kind: type[IncomingMessage] = IncomingMessage) -> None:
        super().__init__()
        self._consumer = consumer
        self._kind = kind

    def poll(self, timeout: float | None = None,
             batch_size: int | None = 1,
             batch_timeout: float | None = None) -> list[IncomingMessage]:
        """Wait for up to ``batch_size`` messages.

        The time for a batch, in seconds, counts from its first message: an
        idle listener does not wake up for each ``batch_timeout``.
        """
        return [self._kind(delivery) for delivery in
                self._consumer.take(batch_size, timeout, batch_timeout)]

    def stop(self) -> None:
        """End the subscriptions and wake a blocked poll."""
        self._consumer.stop()

    def cleanup(self) -> None:
        """Return messages that were received and never settled."""
        self._consumer.close()
