# SPDX-License-Identifier: Apache-2.0
"""The embedded cloud's HTTP servers."""

import socket
import threading
from collections.abc import Callable

from cheroot import wsgi

from evs_fake.cloud import exception

#: Requests served at once; more wait in the server's queue.
_THREADS = 32
_BACKLOG = 256
#: Seconds that an idle connection stays open, and that a client may take to
#: send its request. Longer than clients keep theirs: one that the server
#: closes at the moment of a request is an error to them.
_IDLE_SECONDS = 300


def listen(host: str, port: int) -> socket.socket:
    """Take a port, before there is anything to serve.

    One that is taken is found out before the seconds of the boot.

    :param port: 0 takes a free one.
    :raises CloudError: if the address cannot be had.
    """
    try:
        return _bind(host, port)
    except OSError as error:
        raise exception.CloudError(
            'cannot listen on %s port %d: %s. Give another address with '
            '--host, or another port (0 takes a free one).' % (
                host, port, error)) from error


def _bind(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM,
                               flags=socket.AI_PASSIVE)
    for last, (family, _type, _proto, _name, address) in enumerate(
            found, 1 - len(found)):
        try:
            listener = socket.create_server(
                address, family=family, backlog=_BACKLOG,
                dualstack_ipv6=host == '::' and socket.has_dualstack_ipv6())
        except OSError:
            if last == 0:
                raise
        else:
            # Connections take it over.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return listener
    raise OSError('the name has no address')


def url(host: str, listener: socket.socket) -> str:
    """Where a socket is reached, by the host that it was asked for."""
    return 'http://%s:%d' % (
        '[%s]' % host if ':' in host else host, listener.getsockname()[1])


class _Server(wsgi.Server):
    """cheroot's, on a socket that is given."""

    def __init__(self, listener: socket.socket) -> None:
        self._given = listener
        super().__init__(
            listener.getsockname()[:2], None, numthreads=_THREADS,
            request_queue_size=_BACKLOG, timeout=_IDLE_SECONDS)

    def bind(self, family: int, type: int, proto: int = 0) -> socket.socket:
        self.socket = self._given
        self.bind_addr = self.resolve_real_bind_addr(self.socket)
        return self.socket


class Server:
    """A threaded WSGI server, whose clients wait until it has an app."""

    def __init__(self, listener: socket.socket) -> None:
        self._server = _Server(listener)
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
