# SPDX-License-Identifier: Apache-2.0
"""Thousands of requests on one connection, just as they are given.

Requests' sessions take several times as long as the cloud does to refuse
something, and mend what a test wants broken.
"""

import contextlib
import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib import parse

from tests.functional import cloud


class Answer:
    """A response, whole.

    :ivar status: the number.
    :ivar text: the body.
    """

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.text = response.read().decode()

    def json(self) -> Any:
        return json.loads(self.text)


class Connection:
    """To one endpoint of a cloud."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        """Prepare; the connection is made when it is first needed.

        :param headers: of every request.
        """
        parts = parse.urlsplit(url)
        self._prefix = parts.path.rstrip('/')
        self._headers = {'Content-Type': 'application/json', **headers}
        self._connection = http.client.HTTPConnection(
            parts.netloc, timeout=cloud.TIMEOUT)
        self.close = self._connection.close

    def request(self, method: str, path: str, body: Any = None,
                headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for a path below the endpoint.

        :param body: bytes are sent as they are; anything else as JSON.
        :param headers: besides those of every request.
        """
        headers = {**self._headers, **(headers or {})}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        kept = self._connection.sock is not None
        try:
            return self._send(method, path, body, headers)
        except ConnectionError:
            # The server may end a connection that it had kept.
            self._connection.close()
            if not kept:
                raise
            return self._send(method, path, body, headers)

    def _send(self, method: str, path: str, body: bytes | None,
              headers: Mapping[str, str]) -> Answer:
        # It may have answered before it had read all of a large body.
        with contextlib.suppress(BrokenPipeError):
            self._connection.request(method, self._prefix + path, body,
                                     headers)
        return Answer(self._connection.getresponse())
