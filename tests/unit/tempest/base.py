# SPDX-License-Identifier: Apache-2.0
"""A cloud that notes what a client asks, and answers what it is told to."""

import json
from types import SimpleNamespace
from typing import Any

import testtools

ROOT = 'https://cloud.example/block'


class AuthProvider:
    """Tempest's, as far as clients use it."""

    credentials = SimpleNamespace(tenant_id='p', user_id='u')

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def base_url(self, filters: dict[str, Any]) -> str:
        return self._endpoint

    def get_token(self) -> str:
        return 'a token'


class Response(dict):
    """Headers and status, as tempest's ``http`` returns them."""

    def __init__(self, status: int, size: int) -> None:
        super().__init__({'content-type': 'application/json'})
        if size:
            self['content-length'] = str(size)
        self.status = status
        self.reason = ''


class ClientTestCase(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.asked = []
        self.answers = []

    def client(self, kind, catalog=ROOT + '/v3/p', endpoint=None):
        made = kind(AuthProvider(catalog), 'a service', 'a region',
                    endpoint=endpoint)
        self.patch(made.http_obj, 'request', self._answer)
        return made

    def _answer(self, url, method, headers=None, body=None, **_kwargs):
        self.asked.append((method, url, body and json.loads(body)))
        self.headers = headers
        status, answer = self.answers.pop(0)
        content = b'' if status == 204 else json.dumps(answer).encode()
        return Response(status, len(content)), content
