# SPDX-License-Identifier: Apache-2.0
"""What a RabbitMQ virtual host does, for the threads of one process.

Messages are pushed: publishing chooses the consumer at once, in rotation,
and puts the message into that consumer's own inbox.  So sharing between
competing consumers is exact and does not depend on which thread the
scheduler happens to run, and a consumer of many queues has one thing to
wait for.

Nothing here knows oslo.messaging: a message is text and, for a call, an
object to answer to that the broker only carries.
"""

import collections
import itertools
import threading

from evs_fake.cloud.transport import queues

_NO_LOAD = queues.NoLoad()


class NoConsumer(Exception):
    """Nobody listens on the queue of a message that must be delivered."""


class Broker:
    """The exchanges, queues and consumers of one virtual host.

    One lock covers it all: what it guards is a handful of deque operations,
    shorter than taking a second lock would be.

    :param backlog: how many notifications a queue keeps, the newest, while
        nobody listens.  Other messages are kept without limit, as each has
        a sender that expects it to be handled.
    """

    def __init__(self, backlog: int) -> None:
        self._backlog = backlog
        self._lock = threading.Lock()
        self._sequence = itertools.count(1)
        # All are keyed by the exchange and the name of the queue or topic.
        self._queues: dict[tuple[str, str], queues.Queue] = {}
        self._fanouts: dict[tuple[str, str], queues.Fanout] = (
            collections.defaultdict(queues.Fanout))
        self._pools: dict[tuple[str, str], dict[str, queues.Queue]] = (
            collections.defaultdict(dict))

    def publish(self, exchange: str, name: str, message: queues.Message,
                mandatory: bool = False) -> None:
        """Send to one consumer of a queue, or keep the message for one.

        :raises NoConsumer: ``mandatory`` is set and nobody listens; the
            message is not kept then
        """
        with self._lock:
            queue = self._queue(exchange, name)
            if mandatory and not queue.has_consumers:
                raise NoConsumer(f'Nobody listens on queue {name} of '
                                 f'exchange {exchange}')
            self._number(message)
            queue.put(message)

    def publish_fanout(self, exchange: str, topic: str,
                       message: queues.Message) -> None:
        """Send to each consumer of a topic; drop the message if none."""
        with self._lock:
            self._number(message)
            self._fanouts[exchange, topic].put(message)

    def publish_notification(self, exchange: str, name: str,
                             message: queues.Message) -> None:
        """Send one copy to the queue and one to each pool bound to it."""
        with self._lock:
            self._number(message)
            self._queue(exchange, name, self._backlog).put(message)
            for pool in self._pools[exchange, name].values():
                pool.put(message)

    def withdraw(self, exchange: str, name: str,
                 message: queues.Message) -> None:
        """Take a published message back if nobody has received it yet.

        For a call whose caller has given up: RabbitMQ's driver gives a call
        a lifetime, so that none is carried out that nobody waits for.
        """
        with self._lock:
            self._queue(exchange, name).remove(message)

    def consumer(self, load: queues.Load = _NO_LOAD) -> queues.Consumer:
        """Make a consumer, which listens to nothing yet.

        :param load: counts its messages
        """
        return queues.Consumer(self._lock, load)

    def subscribe(self, consumer: queues.Consumer, exchange: str,
                  name: str) -> None:
        """Share a queue's messages, those it has kept included."""
        with self._lock:
            consumer.subscribe(self._queue(exchange, name))

    def subscribe_fanout(self, consumer: queues.Consumer, exchange: str,
                         topic: str) -> None:
        """Receive each later fanout to a topic."""
        with self._lock:
            consumer.subscribe(self._fanouts[exchange, topic])

    def subscribe_notifications(self, consumer: queues.Consumer,
                                exchange: str, name: str,
                                pool: str | None) -> None:
        """Share the notifications of a queue, or of a pool's copy of it.

        A pool's first subscriber makes the copy.  It gets what is sent from
        then on, and keeps it while no member of the pool listens.
        """
        with self._lock:
            if pool is None:
                queue = self._queue(exchange, name, self._backlog)
            else:
                queue = self._pools[exchange, name].setdefault(
                    pool, queues.Queue(self._backlog))
            consumer.subscribe(queue)

    def _number(self, message: queues.Message) -> None:
        message.sequence = next(self._sequence)

    def _queue(self, exchange: str, name: str,
               backlog: int | None = None) -> queues.Queue:
        queue = self._queues.get((exchange, name))
        if queue is None:
            queue = queues.Queue(backlog)
            self._queues[exchange, name] = queue
        return queue
