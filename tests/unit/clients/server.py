# SPDX-License-Identifier: Apache-2.0
"""A server that answers as it is told, and remembers what it was asked.

What these tests are about is what commands send, to a cloud that may be in
any state; that real clouds take it, functional tests show. It is no socket
but the place where Requests would open one.
"""

import dataclasses
import json
import urllib.parse
from typing import Any

import fixtures
import requests
from keystoneauth1 import session
from keystoneauth1 import token_endpoint

from evs_fake.clients import connection

PROJECT = 'mine'
URL = 'http://cloud.example.org:8776'


@dataclasses.dataclass(frozen=True)
class Request:
    method: str
    url: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]

    @property
    def asked(self) -> tuple[str, str, Any]:
        return self.method, self.path, self.body


class Server(fixtures.Fixture):
    """Answers requests one after the other, whatever their host."""

    def _setUp(self) -> None:
        self.requests: list[Request] = []
        self._answers: list[tuple[int, bytes, dict[str, str]]] = []
        self.useFixture(fixtures.MonkeyPatch(
            'requests.adapters.HTTPAdapter.send', self._patch()))

    def answers(self, body: Any = None, status: int = 200,
                headers: dict[str, str] | None = None) -> None:
        """Have the next request answered so."""
        content = b'' if body is None else json.dumps(body).encode()
        self._answers.append((status, content, headers or {}))

    def says(self, text: str) -> None:
        """Have the next request answered with what is no JSON."""
        self._answers.append((200, text.encode(), {}))

    def connection(self) -> connection.Connection:
        endpoint = '%s/v3/%s' % (URL, PROJECT)
        return connection.Connection(session.Session(
            token_endpoint.Token(endpoint, 'a token')), endpoint)

    @property
    def asked(self) -> list[tuple[str, str, Any]]:
        return [request.asked for request in self.requests]

    def _patch(self) -> Any:
        def send(_adapter: Any, request: requests.PreparedRequest,
                 **_kwargs: Any) -> requests.Response:
            split = urllib.parse.urlsplit(request.url)
            self.requests.append(Request(
                request.method, '%s://%s' % (split.scheme, split.netloc),
                split.path, dict(urllib.parse.parse_qsl(split.query)),
                json.loads(request.body) if request.body else None,
                dict(request.headers)))
            if not self._answers:
                raise requests.exceptions.ConnectionError('nobody is there')
            status, content, headers = self._answers.pop(0)
            response = requests.Response()
            response.status_code = status
            response._content = content
            response.headers.update(
                {'Content-Type': 'application/json', **headers})
            response.request = request
            response.url = request.url
            return response

        return send
