# SPDX-License-Identifier: Apache-2.0
"""What is under way in the cloud's process, and bringing it to rest.

A unit of work is a request of HTTP, a message of RPC from its delivery to its
answer, or a function in a service's own pool of threads. The thread that does
it is marked meanwhile. Periodic tasks of Cinder's and heartbeats are none:
they carry nothing from one transaction to the next.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator


class Ended(Exception):
    """The world that a thread works in is about to go."""


class Work:
    """Counts units, lets new ones wait, and cuts off those that linger."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._units = 0
        self._closed = False
        self._cut = False
        self._thread = threading.local()

    # Units

    def begin(self) -> None:
        """Count a unit, whatever becomes of the door."""
        with self._changed:
            self._units += 1

    def end(self) -> None:
        with self._changed:
            self._units -= 1
            self._changed.notify_all()

    def mark(self) -> None:
        """Say that this thread works on a unit from now on."""
        self._thread.marked = True

    def unmark(self) -> None:
        self._thread.marked = False

    def run(self, function: Callable, *args, **kwargs):
        """Call a function as a unit that has begun."""
        self.mark()
        try:
            return function(*args, **kwargs)
        finally:
            self.unmark()
            self.end()

    def admit(self, patience: float) -> bool:
        """Begin a unit that comes from outside; whether the door opened.

        :param patience: seconds to wait for that.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: not self._closed, patience):
                return False
            self._units += 1
        self.mark()
        return True

    def leave(self) -> None:
        """End a unit that was admitted."""
        self.unmark()
        self.end()

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Do not count the unit of this thread meanwhile: it waits."""
        own = getattr(self._thread, 'marked', False)
        self._thread.marked = False
        if own:
            self.end()
        try:
            yield
        finally:
            if own:
                self.begin()
            self._thread.marked = own

    # Rest

    @contextlib.contextmanager
    def closed(self) -> Iterator[None]:
        """Admit nothing meanwhile; the calling thread's unit is no matter."""
        with self.aside():
            with self._changed:
                self._closed = True
            try:
                yield
            finally:
                with self._changed:
                    self._closed = False
                    self._changed.notify_all()

    def wait(self, patience: float,
             parked: Callable[[], int] = lambda: 0) -> bool:
        """Wait until nothing is under way but what is parked.

        :param parked: tells how many units will not move by themselves.
        :returns: whether it came to that.
        """
        deadline = time.monotonic() + patience
        with self._changed:
            while self._units > parked():
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                # One may be parked without any other's notice.
                self._changed.wait(min(left, 0.01))
            return True

    @contextlib.contextmanager
    def cut(self) -> Iterator[None]:
        """Let no unit write any more: whoever tries is told that it ended.

        What its thread says about that is not logged.
        """
        quiet = _Quiet(self)
        handlers = [*logging.getLogger().handlers]
        for handler in handlers:
            handler.addFilter(quiet)
        self._cut = True
        try:
            yield
        finally:
            self._cut = False
            for handler in handlers:
                handler.removeFilter(quiet)

    def is_cut_off(self) -> bool:
        """Whether this thread works on a unit that may not write."""
        return self._cut and getattr(self._thread, 'marked', False)

    def check(self) -> None:
        """Pass whoever may write.

        :raises Ended: this thread may not.
        """
        if self.is_cut_off():
            raise Ended('the cloud is being reset')


class _Quiet(logging.Filter):
    """Hundreds of tracebacks would take longer than all the rest."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work = work

    def filter(self, record: logging.LogRecord) -> bool:
        return not self._work.is_cut_off()


#: Of this process.
WORK = Work()
