# SPDX-License-Identifier: Apache-2.0
"""Services that suites look for in the catalog, and hardly use.

Tempest asks Neutron for the security groups of each project that it is about
to remove. openstacksdk's tests of backups run where there is an object store,
whatever keeps the backups.
"""

import contextlib
import http.server
import json
import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus

import openstack

from evs_fake.cloud.identity import accounts

_GROUPS = '/v2.0/security-groups'


class _Handler(http.server.BaseHTTPRequestHandler):
    """Has no security groups, and nothing else either."""

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
    with contextlib.ExitStack() as made:
        # A process of its own: in one that has imported Cinder, what
        # eventlet takes for threads may not run.
        server = made.enter_context(subprocess.Popen(
            [sys.executable, '-m', __name__], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True))
        made.callback(server.kill)
        url = server.stdout.readline().strip()
        for kind in kinds:
            service = identity.create_service(type=kind, name=kind)
            # Its endpoint goes with it.
            made.callback(identity.delete_service, service)
            identity.create_endpoint(
                service_id=service.id, interface='public',
                region_id=accounts.REGION, url=url)
        yield


def _main() -> None:
    with http.server.HTTPServer(('127.0.0.1', 0), _Handler) as server:
        print('http://127.0.0.1:%d' % server.server_port, flush=True)
        server.serve_forever()


if __name__ == '__main__':
    _main()
