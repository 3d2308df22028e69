# SPDX-License-Identifier: Apache-2.0
"""The embedded cloud's HTTP servers."""

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


class Server:
    """A threaded WSGI server that takes its port before it has an app.

    A port that is taken is found out before the seconds of the boot.
    """

    def __init__(self, host: str, port: int) -> None:
        """Bind.

        :param port: 0 takes a free one.
        :raises CloudError: if the address cannot be had.
        """
        self._server = wsgi.Server(
            (host, port), None, numthreads=_THREADS,
            request_queue_size=_BACKLOG, timeout=_IDLE_SECONDS)
        # cheroot would keep ten, and close those of busy clients beyond.
        self._server.keep_alive_conn_limit = None
        try:
            self._server.prepare()
        except OSError as error:
            raise exception.CloudError(
                'cannot listen on %s port %d: %s. Give another address with '
                '--host, or another port (0 takes a free one).' % (
                    host, port, error)) from error
        address = self._server.bind_addr
        self.port: int = address[1]
        self.url = 'http://%s:%d' % (
            '[%s]' % host if ':' in host else host, self.port)

    def start(self, app: Callable) -> None:
        """Serve an application, in threads of its own."""
        self._server.wsgi_app = app
        threading.Thread(target=self._server.serve, daemon=True,
                         name='http-%d' % self.port).start()

    def stop(self) -> None:
        """Finish the requests that are being answered; take no more."""
        self._server.stop()
