# SPDX-License-Identifier: Apache-2.0
"""Services that suites look for in the catalog, and hardly use.

Tempest asks Neutron for the security groups of each project that it is about
to remove. openstacksdk's tests of backups run where there is an object store,
whatever keeps the backups.
"""

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from http import HTTPStatus

import openstack

from evs_fake.cloud.identity import accounts

_GROUPS = '/v2.0/security-groups'


class _Handler(http.server.BaseHTTPRequestHandler):
    """Has no security groups, and nothing else either."""

    protocol_version = 'HTTP/1.1'

    def do_GET(self) -> None:
        if self.path.partition('?')[0] == _GROUPS:
            self._answer(HTTPStatus.OK, {'security_groups': []})
        else:
            self._answer(HTTPStatus.NOT_FOUND, {})

    def _answer(self, status: HTTPStatus, body: dict) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args: str) -> None:
        """What is asked is in tempest's own log."""


@contextlib.contextmanager
def in_catalog(administrator: openstack.connection.Connection,
               *kinds: str) -> Iterator[None]:
    """Serve something in the place of services, and have them be found.

    :param kinds: the services' types.
    """
    identity = administrator.identity
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    with contextlib.ExitStack() as made:
        made.callback(server.server_close)
        thread.start()
        made.callback(server.shutdown)
        for kind in kinds:
            service = identity.create_service(type=kind, name=kind)
            # Its endpoint goes with it.
            made.callback(identity.delete_service, service)
            identity.create_endpoint(
                service_id=service.id, interface='public',
                region_id=accounts.REGION,
                url='http://127.0.0.1:%d' % server.server_port)
        yield
