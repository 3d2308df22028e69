# SPDX-License-Identifier: Apache-2.0
"""Connections whose clients take their time.

A thread that waits for a client serves nobody else: as many clients as there
are threads, each with half a request, would keep a cloud from everybody. So a
request gets a thread once it is there, and a client that keeps one waiting has
little time for it.
"""

import collections
import re
import socket
import threading
import time
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any
from urllib import parse

from cheroot import makefile

#: Bytes of a request before its body. Tokens of Keystone have some 300.
MAX_HEADER_BYTES = 65536
#: Bytes of a body that are received before a thread looks at the request: all
#: that the APIs take.
_MAX_AHEAD = 1 << 17
#: Bytes per second of a client's that buy it another second.
_RATE = 1 << 16
#: Seconds in which what has come already is read.
_AT_ONCE = 0.01

_END = b'\r\n\r\n'
#: Requests that may last a minute, and do nothing but look.
_LASTING = re.compile(rb'GET \S*/history')
#: In headers that say something of a body, and in continued ones.
_BODY = re.compile(rb'content-length|transfer-encoding|expect|\n[ \t]',
                   re.IGNORECASE)


class Arrival:
    """How much of a request is there.

    :ivar is_slow: whether it would keep a thread waiting: for the rest of its
        body, or for what is to come.
    """

    def __init__(self) -> None:
        self.is_slow = False
        self._seen = 0
        self._whole: int | None = None

    def is_due(self, received: bytes) -> bool:
        """Whether a thread has something to do.

        :param received: all of it until now.
        """
        if self._whole is None:
            end = received.find(_END, max(0, self._seen - len(_END)))
            if end < 0:
                return self._is_wrong(received)
            self._read(received[:end])
            self._whole += end + len(_END)
        return len(received) >= self._whole

    def _is_wrong(self, received: bytes) -> bool:
        """Whether the first part is enough for a refusal."""
        seen, self._seen = self._seen, len(received)
        if len(received) > MAX_HEADER_BYTES:
            return True
        end = received.find(b'\n', seen)
        if end < 0 or b'\n' in received[:seen]:
            return False
        line = received[:end + 1]
        return not line.endswith(b'\r\n') or (
            line != b'\r\n' and b' HTTP/' not in line)

    def _read(self, head: bytes) -> None:
        first, _newline, rest = head.removeprefix(b'\r\n').partition(b'\r\n')
        if b'%' in first:
            first = parse.unquote_to_bytes(bytes(first))
        self.is_slow = bool(_LASTING.match(first))
        self._whole = 0
        if _BODY.search(rest):
            self._read_headers(rest.split(b'\r\n'))

    def _read_headers(self, headers: Iterable[bytes]) -> None:
        length = b'0'
        is_later = False
        for header in headers:
            name, _colon, value = header.partition(b':')
            name = name.strip().lower()
            if name == b'content-length':
                length = value.strip()
            # The client waits for leave to send its body, or nobody knows
            # how long it is.
            is_later |= (name in (b'expect', b'transfer-encoding')
                         or header[:1] in (b' ', b'\t'))
        if is_later or not length.isdigit() or len(length) > 9 or (
                int(length) > _MAX_AHEAD):
            self.is_slow = True
        else:
            self._whole = int(length)


class Patience:
    """For how long a client may keep a thread waiting."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection = connection
        self._seconds = self._left = seconds

    def renew(self) -> None:
        """Begin with another request."""
        self._left = self._seconds

    def spend(self, transfer: Callable[[Any], int | None], data: Any
              ) -> int | None:
        """Send or receive something.

        :returns: what ``transfer`` does: how many bytes it was.
        :raises TimeoutError: if it would take longer.
        """
        self._connection.settimeout(max(self._left, _AT_ONCE))
        start = time.monotonic()
        count = transfer(data)
        spent = time.monotonic() - start
        self._left = min(self._seconds,
                         self._left - spent + (count or 0) / _RATE)
        return count


class _Raw(socket.SocketIO):
    """A connection, some bytes of which were received ahead."""

    def __init__(self, connection: socket.socket, mode: str,
                 patience: Patience) -> None:
        super().__init__(connection, mode)
        self.ahead = bytearray()
        self._patience = patience

    def readinto(self, buffer: memoryview) -> int | None:
        if not self.ahead:
            return self._patience.spend(super().readinto, buffer)
        count = min(len(buffer), len(self.ahead))
        buffer[:count] = self.ahead[:count]
        del self.ahead[:count]
        return count

    def write(self, data: bytes) -> int | None:
        return self._patience.spend(super().write, data)


class Reader(makefile.StreamReader):
    """What a client sends.

    :ivar arrival: of the request that is next.
    :ivar since: when its first byte was here (``time.time()``); None while
        there is none, or it has a thread.
    """

    def __init__(self, connection: socket.socket, size: int,
                 patience: Patience) -> None:
        # Its base, not itself, takes what to read from.
        super(makefile.StreamReader, self).__init__(
            _Raw(connection, 'rb', patience), size)
        self.bytes_read = 0
        self._connection = connection
        self._patience = patience
        self.begin()

    def begin(self) -> None:
        """Have a thread work on what is there."""
        self.arrival = Arrival()
        self.since: float | None = None
        self._patience.renew()

    def receive(self) -> bool:
        """Take what is there, and wait for nothing.

        :returns: whether a thread has something to do.
        """
        if self.has_data():
            return True
        self._connection.setblocking(False)
        try:
            received = self._connection.recv(MAX_HEADER_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            # The thread will meet it, and knows what to do.
            return True
        self.raw.ahead += received
        return not received or self.has_data()

    def has_data(self) -> bool:
        """Whether a thread has something to do, with what was received."""
        received = self.raw.ahead
        if super().has_data():
            # Of the request before, it has read too much.
            received = self.peek(0) + received
        if not received:
            return False
        if self.since is None:
            self.since = time.time()
        return self.arrival.is_due(received)


class Writer(makefile.StreamWriter):
    """What a client is sent."""

    def __init__(self, connection: socket.socket, size: int,
                 patience: Patience) -> None:
        super(makefile.StreamWriter, self).__init__(
            _Raw(connection, 'wb', patience), size)
        self.bytes_written = 0


class Annex:
    """Threads for requests that take their time, so many at most.

    :param serve: serves a connection, and raises nothing.
    """

    def __init__(self, serve: Callable[[Any], None], size: int) -> None:
        self._serve = serve
        self._size = size
        self._changed = threading.Condition()
        self._busy = 0
        self._waiting: collections.deque[Any] = collections.deque()

    def put(self, connection: Any) -> None:
        """Serve it, as soon as there is room."""
        with self._changed:
            if self._busy == self._size:
                self._waiting.append(connection)
                return
            self._busy += 1
        threading.Thread(target=self._run, args=(connection,), daemon=True,
                         name='http-slow').start()

    def wait_idle(self, timeout: float) -> None:
        """Wait until all are served, or for so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._busy, timeout)

    def _run(self, connection: Any) -> None:
        while True:
            self._serve(connection)
            with self._changed:
                if not self._waiting:
                    self._busy -= 1
                    self._changed.notify_all()
                    return
                connection = self._waiting.popleft()
