# SPDX-License-Identifier: Apache-2.0
"""The embedded cloud's HTTP servers."""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from cheroot import errors
from cheroot import server as cheroot_server
from cheroot import wsgi

from evs_fake.cloud import address
from evs_fake.cloud import reception

#: Requests served at once; more wait in the server's queue.
_THREADS = 32
#: The same of those that take their time, besides.
_SLOW_THREADS = 64
#: Seconds that an idle connection stays open. Longer than clients keep theirs:
#: one that the server closes at the moment of a request is an error to them.
_IDLE_SECONDS = 300
#: Seconds that a client may take to send a request, and that it may keep a
#: thread waiting for the rest, or until it takes the answer.
PATIENCE = 60
MAX_HEADER_BYTES = reception.MAX_HEADER_BYTES
#: Bytes of a body that nobody wanted, which are read so that the connection
#: can go on.
_MAX_DRAINED = 1 << 20
#: Seconds for which a client that was refused may go on sending. Were the
#: connection closed at once, the system would tell it so before it reads the
#: answer.
_LINGER_SECONDS = 5


class _HeaderReader(cheroot_server.HeaderReader):
    """Leaves out what WSGI takes for another header: "X_Roles", "X-Roles".

    cheroot has one that is to do so, but fails with any header.
    """

    def __call__(self, rfile: Any, hdict: dict | None = None) -> dict:
        try:
            return super().__call__(rfile, hdict)
        except UnboundLocalError as error:
            # cheroot takes for granted that there is one to be continued.
            raise ValueError('Illegal header line.') from error

    def _allow_header(self, key_name: bytes) -> bool:
        return b'_' not in key_name


class _Request(cheroot_server.HTTPRequest):
    header_reader = _HeaderReader()

    def read_request_line(self) -> bool:
        try:
            return super().read_request_line()
        except errors.MaxSizeExceeded:
            return self._refuse('414 URI Too Long', 'the URI')

    def read_request_headers(self) -> bool:
        try:
            return super().read_request_headers()
        except errors.MaxSizeExceeded:
            return self._refuse('431 Request Header Fields Too Large',
                                'all headers')

    def _refuse(self, status: str, what: str) -> bool:
        self.simple_response(
            status, 'The first line of a request and %s must not have more '
            'than %d bytes.' % (what, MAX_HEADER_BYTES))
        return False

    def simple_response(self, status: str, msg: str = '') -> None:
        # A client that was too slow is not waited for once more.
        self.conn.has_more = not status.startswith('408')
        super().simple_response(status, msg)

    def send_headers(self) -> None:
        """As its base, which reads what is left of any body, as a whole.

        But not of one in chunks: it would take that for the next request.
        """
        left = getattr(self.rfile, 'remaining', 0)
        in_chunks = self.chunked_read and not self.rfile.closed
        if left > _MAX_DRAINED or left < 0 or in_chunks:
            self.close_connection = True
        super().send_headers()
        if self.close_connection:
            self.conn.has_more = left != 0 or in_chunks


class _Connection(cheroot_server.HTTPConnection):
    """One that lets a client read why its request was refused.

    :ivar has_more: whether the client sends on.
    """

    RequestHandlerClass = _Request
    has_more = False

    def __init__(self, server: '_Server', connection: socket.socket,
                 _makefile: Callable) -> None:
        # Of each direction its own.
        self._patience = [reception.Patience(connection, server.patience)
                          for _direction in range(2)]
        super().__init__(server, connection, self._open)

    def _open(self, connection: socket.socket, mode: str, size: int
              ) -> reception.Reader | reception.Writer:
        reading, writing = self._patience
        if mode == 'rb':
            return reception.Reader(connection, size, reading)
        return reception.Writer(connection, size, writing)

    @property
    def last_used(self) -> float | None:
        """When to count its time from, after which it is closed."""
        if self.rfile.since is None:
            return self._last_used
        return self.rfile.since + self.server.patience - self.server.timeout

    @last_used.setter
    def last_used(self, when: float | None) -> None:
        self._last_used = when

    def communicate(self) -> bool:
        for each in self._patience:
            each.renew()
        self.rfile.begin()
        return super().communicate()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            if self.rfile.since is not None:
                self._refuse_half()
            elif self.has_more:
                self._linger()
        super().close()

    def _refuse_half(self) -> None:
        """Tell, if it listens, a client whose request did not come."""
        self.socket.setblocking(False)
        self.socket.send(b'HTTP/1.1 408 Request Timeout\r\n'
                         b'Connection: close\r\nContent-Length: 0\r\n\r\n')

    def _linger(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)
        end = time.monotonic() + _LINGER_SECONDS
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            if not self.socket.recv(1 << 16):
                return


class _Server(wsgi.Server):
    """cheroot's, on a socket that is given."""

    ConnectionClass = _Connection
    max_request_header_size = MAX_HEADER_BYTES

    def __init__(self, listener: socket.socket, max_body_bytes: int,
                 patience: float) -> None:
        self._given = listener
        self.max_request_body_size = max_body_bytes
        self.patience = patience
        self._annex = reception.Annex(self._serve, _SLOW_THREADS)
        super().__init__(
            listener.getsockname()[:2], None, numthreads=_THREADS,
            request_queue_size=address.BACKLOG, timeout=_IDLE_SECONDS)

    def process_conn(self, conn: _Connection) -> None:
        """Have a connection served that is new, or has something new."""
        if not conn.rfile.receive():
            self.put_conn(conn)
        elif conn.rfile.arrival.is_slow:
            self._annex.put(conn)
        else:
            super().process_conn(conn)

    def _serve(self, conn: _Connection) -> None:
        """Do what cheroot's own threads do."""
        is_kept = False
        try:
            is_kept = conn.communicate()
        except Exception as error:
            self.error_log('Unhandled error of a connection: %r' % error,
                           logging.ERROR, traceback=True)
        if is_kept:
            self.put_conn(conn)
        else:
            with contextlib.suppress(OSError):
                conn.close()

    def put_conn(self, conn: _Connection) -> None:
        try:
            super().put_conn(conn)
        except ValueError:
            # The server has stopped since it was asked whether it had.
            conn.close()

    def stop(self) -> None:
        super().stop()
        self._annex.wait_idle(self.shutdown_timeout)

    def bind(self, family: int, type: int, proto: int = 0) -> socket.socket:
        self.socket = self._given
        self.bind_addr = self.resolve_real_bind_addr(self.socket)
        return self.socket


class Server:
    """A threaded WSGI server, whose clients wait until it has an app.

    :param max_body_bytes: of a request; 0 is without end.
    :param patience: for how many seconds a client may do nothing, where it
        should send or receive.
    """

    def __init__(self, listener: socket.socket, max_body_bytes: int = 0,
                 patience: float = PATIENCE) -> None:
        self._server = _Server(listener, max_body_bytes, patience)
        # cheroot would keep ten, and close those of busy clients beyond.
        self._server.keep_alive_conn_limit = None
        self._server.prepare()
        self._port = listener.getsockname()[1]

    def start(self, app: Callable) -> None:
        """Serve an application, in threads of its own."""
        self._server.wsgi_app = app
        threading.Thread(target=self._server.serve, daemon=True,
                         name='http-%d' % self._port).start()

    def stop(self) -> None:
        """Finish the requests that are being answered; take no more."""
        self._server.stop()
