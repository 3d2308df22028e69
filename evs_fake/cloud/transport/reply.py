# SPDX-License-Identifier: Apache-2.0
"""The caller's end of a call: where it waits and is answered."""

import threading
import time


class NoReply(Exception):
    """No answer, nor a sign of life where asked for, came in time."""


class Abandoned(Exception):
    """The caller's transport was cleaned up before the answer came."""


class PendingCall:
    """A call that waits for one answer.

    :param monitor_timeout: seconds that the server may go without a sign of
        life, None to ask for none
    """

    def __init__(self, monitor_timeout: float | None = None) -> None:
        self.monitor_timeout = monitor_timeout
        self._changed = threading.Condition(threading.Lock())
        self._last_sign = time.monotonic()
        self._text: str | None = None
        self._ended = False

    def wait(self, timeout: float | None) -> str:
        """Wait for the answer's text.

        :param timeout: seconds for all of it, signs of life or not; None
            for ever
        :raises NoReply: none came in time
        :raises Abandoned: none can come any more
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while self._text is None:
                if self._ended:
                    raise Abandoned()
                left = self._left(deadline)
                if left is not None and left <= 0:
                    self._ended = True
                    raise NoReply()
                self._changed.wait(left)
            return self._text

    def answer(self, text: str) -> bool:
        """Hand over the answer; False if nobody waits for it any more."""
        with self._changed:
            if self._ended:
                return False
            self._ended = True
            self._text = text
            self._changed.notify()
            return True

    def heartbeat(self) -> None:
        """Show that the call is still being worked on.

        The caller is not woken: it sees the new time when it would
        otherwise give up.
        """
        with self._changed:
            self._last_sign = time.monotonic()

    def abandon(self) -> None:
        """Make the caller give up now."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def _left(self, deadline: float | None) -> float | None:
        limits = [] if deadline is None else [deadline]
        if self.monitor_timeout:
            limits.append(self._last_sign + self.monitor_timeout)
        return min(limits) - time.monotonic() if limits else None
