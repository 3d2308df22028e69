# SPDX-License-Identifier: Apache-2.0
"""What all clients have in common."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib import parse

from tempest.lib import exceptions
from tempest.lib.common import rest_client

#: Where the version begins in an endpoint of the catalog.
_VERSION = re.compile(r'/v\d+(\.\d+)?(/|$)')


class Client(rest_client.RestClient):
    """Asks for paths below the root of a service.

    A catalog has one version of an API, maybe with the project behind it;
    EVS has several beside each other.
    """

    #: What the service has between its root and the version.
    prefix = ''

    def __init__(self, auth_provider: Any, service: str, region: str,
                 endpoint: str | None = None, **kwargs: Any) -> None:
        """Prepare; nothing is asked yet.

        :param endpoint: the service's, if the catalog has none.
        """
        super().__init__(auth_provider, service, region, **kwargs)
        self._endpoint = endpoint

    @property
    def root(self) -> str:
        """The URL that all paths are below, without a slash at its end."""
        if self._endpoint:
            return self._endpoint.rstrip('/')
        url = parse.urlsplit(self.base_url)
        path = _VERSION.split(url.path)[0].rstrip('/')
        return parse.urlunsplit(
            (url.scheme, url.netloc, path + self.prefix, '', ''))

    def _request(self, method: str, url: str,
                 headers: dict[str, str] | None = None,
                 body: str | None = None, chunked: bool = False
                 ) -> tuple[Any, Any]:
        # RestClient's own joins the catalog's endpoint and the path.
        response, content = self.raw_request(
            self.root + url, method, body=body, chunked=chunked,
            headers={**(headers or {}), 'X-Auth-Token': self.token})
        self.response_checker(method, response, content)
        return response, content

    def ask(self, method: str, path: str, expected: int,
            body: Any = None, query: dict[str, Any] | None = None,
            headers: dict[str, str] | None = None
            ) -> rest_client.ResponseBody:
        """Ask.

        :param path: with its version, behind a slash.
        :param expected: the only status that is a success.
        :param headers: besides those of JSON.
        :returns: the whole answer, with the key that everything is below.
        """
        if query:
            path += '?' + parse.urlencode(query)
        response, content = self.request(
            method, path, body=None if body is None else json.dumps(body),
            headers={**self.get_headers(), **(headers or {})})
        self.expected_success(expected, response.status)
        return rest_client.ResponseBody(
            response, json.loads(content) if content else {})

    # What tempest's wait_for_resource_deletion asks, of clients of something
    # that can be deleted: these say how it is shown.

    def _show(self, resource_id: str) -> Any:
        raise NotImplementedError

    def is_resource_deleted(self, resource_id: str) -> bool:
        try:
            self._show(resource_id)
        except exceptions.NotFound:
            return True
        return False
