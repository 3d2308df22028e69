# SPDX-License-Identifier: Apache-2.0
"""Messages, the queues that hold them and the consumers that get them.

Every method whose docstring says so is called with the broker's lock held;
the others take it.
"""

import bisect
import collections
import threading
import time
from collections.abc import Iterable
from typing import Any
from typing import Protocol


class Message:
    """A text on its way, and what to answer to if its sender waits.

    :ivar text: the serialised content, shared by all receivers of a fanout
    :ivar answer_to: carried for the receiver, None if nobody waits
    :ivar sequence: place in the order of all messages of the broker, from 1;
        0 until published
    """

    __slots__ = ('answer_to', 'sequence', 'text')

    def __init__(self, text: str, answer_to: Any = None) -> None:
        self.text = text
        self.answer_to = answer_to
        self.sequence = 0


class Delivery:
    """One message in the hands of one consumer.

    It must be settled once, by ``acknowledge`` or ``requeue``; more than
    that has no effect.
    """

    __slots__ = ('_consumer', '_is_done', 'message', 'queue')

    def __init__(self, message: Message, queue: 'Queue',
                 consumer: 'Consumer') -> None:
        self.message = message
        self.queue = queue
        self._consumer = consumer
        self._is_done = False

    def done(self) -> None:
        """Say that all that the message asked for has been done.

        Also called when the consumer will not do it; once counts.
        """
        if not self._is_done:
            self._is_done = True
            self._consumer.load.end()

    def acknowledge(self) -> None:
        """Say that the message needs no other receiver."""
        self._consumer.settle(self)

    def requeue(self) -> None:
        """Give the message back to its queue, for any of its consumers."""
        self._consumer.settle(self, requeue=True)


class Source(Protocol):
    """What a consumer subscribes to."""

    def leave(self, consumer: 'Consumer') -> None:
        """Deliver no more to ``consumer``; the lock is held."""


class Queue:
    """Messages of which each goes to one of the consumers, in rotation.

    It holds messages only while it has no consumer.

    :param backlog: how many it holds then, the newest; None for all
    """

    def __init__(self, backlog: int | None = None) -> None:
        self._backlog = backlog
        self._consumers: collections.deque[Consumer] = collections.deque()
        self._waiting: collections.deque[Message] = collections.deque()

    @property
    def has_consumers(self) -> bool:
        """Whether a message put now is delivered now; the lock is held."""
        return bool(self._consumers)

    def put(self, message: Message) -> None:
        """Deliver a new message or hold it; the lock is held."""
        if self._consumers:
            self._deliver(message)
            return
        self._waiting.append(message)
        self._trim()

    def put_back(self, message: Message) -> None:
        """Deliver or hold a message again; the lock is held.

        Held, it is in its old place before all that were sent later.
        """
        if self._consumers:
            self._deliver(message)
            return
        bisect.insort(self._waiting, message, key=_by_sequence)
        self._trim()

    def remove(self, message: Message) -> None:
        """Drop ``message`` if it is held here; the lock is held."""
        try:
            self._waiting.remove(message)
        except ValueError:
            # It was delivered in time, or dropped.
            pass

    def join(self, consumer: 'Consumer') -> None:
        """Deliver to ``consumer`` too; the lock is held."""
        if consumer in self._consumers:
            return
        self._consumers.append(consumer)
        while self._waiting:
            self._deliver(self._waiting.popleft())

    def leave(self, consumer: 'Consumer') -> None:
        """Deliver no more to ``consumer``; the lock is held."""
        self._consumers.remove(consumer)

    def _deliver(self, message: Message) -> None:
        consumer = self._consumers[0]
        self._consumers.rotate(-1)
        consumer.deliver(Delivery(message, self, consumer))

    def _trim(self) -> None:
        if self._backlog is not None:
            while len(self._waiting) > self._backlog:
                self._waiting.popleft()


class Load(Protocol):
    """Counts the messages that consumers have and have not done with."""

    def begin(self) -> None:
        """One more; the broker's lock is held."""

    def end(self) -> None:
        """One less; the broker's lock may be held."""


class NoLoad:
    """Counts nothing."""

    def begin(self) -> None:
        pass

    def end(self) -> None:
        pass


class Fanout:
    """Consumers that each get every message, through a queue of their own."""

    def __init__(self) -> None:
        self._queues: dict[Consumer, Queue] = {}

    def put(self, message: Message) -> None:
        """Deliver to each consumer there is now; the lock is held."""
        for queue in self._queues.values():
            queue.put(message)

    def join(self, consumer: 'Consumer') -> None:
        """Deliver to ``consumer`` too; the lock is held."""
        queue = Queue()
        queue.join(consumer)
        self._queues[consumer] = queue

    def leave(self, consumer: 'Consumer') -> None:
        """Deliver no more to ``consumer``; the lock is held."""
        self._queues.pop(consumer).leave(consumer)


class Consumer:
    """One receiver of any number of queues, with one wait for all of them.

    :param lock: the broker's
    :param load: counts its messages
    """

    def __init__(self, lock: threading.Lock, load: Load) -> None:
        self.load = load
        self._changed = threading.Condition(lock)
        self._sources: list[Source] = []
        self._inbox: collections.deque[Delivery] = collections.deque()
        self._unsettled: set[Delivery] = set()
        self._cancelled = False
        self._stopped = False

    def subscribe(self, source: Queue | Fanout) -> None:
        """Receive from ``source`` until cancelled; the lock is held."""
        if self._cancelled:
            return
        source.join(self)
        if source not in self._sources:
            self._sources.append(source)

    def deliver(self, delivery: Delivery) -> None:
        """Take a message in; the lock is held."""
        self.load.begin()
        self._inbox.append(delivery)
        self._changed.notify()

    def take(self, limit: int | None, timeout: float | None = None,
             batch_timeout: float | None = None) -> list[Delivery]:
        """Wait for messages.

        :param limit: how many to wait for; None for as many as come until
            ``batch_timeout``, or are there if that is None too
        :param timeout: seconds to wait for the first, None for ever
        :param batch_timeout: seconds to wait for the others after the first,
            None for the rest of ``timeout``
        :returns: at most ``limit`` deliveries in their order; fewer, or
            none, when time is up or the consumer is stopped
        """
        deadline = _deadline(timeout)
        taken: list[Delivery] = []
        with self._changed:
            while True:
                if self._inbox and not taken and batch_timeout is not None:
                    deadline = _deadline(batch_timeout)
                while self._inbox and (limit is None or len(taken) < limit):
                    taken.append(self._inbox.popleft())
                if self._stopped or len(taken) == limit:
                    break
                if taken and limit is None and batch_timeout is None:
                    break
                left = None
                if deadline is not None:
                    left = deadline - time.monotonic()
                    if left <= 0:
                        break
                self._changed.wait(left)
            self._unsettled.update(taken)
        return taken

    def settle(self, delivery: Delivery, requeue: bool = False) -> None:
        """End the consumer's responsibility for a delivery it took."""
        with self._changed:
            if delivery in self._unsettled:
                self._unsettled.remove(delivery)
                if requeue:
                    delivery.done()
                    delivery.queue.put_back(delivery.message)

    def cancel(self) -> None:
        """Receive nothing more; what was not taken yet goes back.

        ``take`` still blocks, so that who calls it in a loop does not spin.
        """
        with self._changed:
            self._cancel()

    def stop(self) -> None:
        """Cancel, and let ``take`` return at once from now on."""
        with self._changed:
            self._cancel()
            self._stopped = True
            self._changed.notify_all()

    def close(self) -> None:
        """Stop, and give back what was taken and not settled."""
        self.stop()
        with self._changed:
            self._give_back(self._unsettled)
            self._unsettled.clear()

    def _cancel(self) -> None:
        self._cancelled = True
        # Leave everything first: what goes back must not return here.
        for source in self._sources:
            source.leave(self)
        self._sources.clear()
        self._give_back(self._inbox)
        self._inbox.clear()

    @staticmethod
    def _give_back(deliveries: Iterable[Delivery]) -> None:
        for delivery in sorted(deliveries,
                               key=lambda each: each.message.sequence):
            delivery.done()
            delivery.queue.put_back(delivery.message)


def _by_sequence(message: Message) -> int:
    return message.sequence


def _deadline(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds
