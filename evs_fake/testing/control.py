# SPDX-License-Identifier: Apache-2.0
"""HTTP, as a test speaks it with a cloud."""

from __future__ import annotations

import json
from collections.abc import Container
from collections.abc import Mapping
from typing import Any

from keystoneauth1 import exceptions
from keystoneauth1 import session

from evs_fake.testing import exception

#: Who asks: everybody is an administrator in a cloud without Keystone.
USER = 'admin'
#: The project that tests work in unless they say otherwise.
PROJECT = 'demo'

#: Seconds in which the cloud must have answered: it may take up to 60 before
#: it says that nothing happened.
_TIMEOUT = 120


def token(project: str) -> str:
    """The token of a project, in a cloud without Keystone."""
    return '%s:%s' % (USER, project)


class Control:
    """Asks one API of the cloud's."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = session.Session(timeout=_TIMEOUT)

    def ask(self, method: str, path: str, body: Any = None,
            query: Mapping[str, Any] | None = None,
            project: str = PROJECT, besides: Container[int] = ()) -> Any:
        """Ask.

        :param besides: statuses that are as good as success.
        :returns: the body of the answer; None if it has none.
        :raises Refused: with what the cloud said.
        """
        try:
            answer = self._session.request(
                self._url + path, method, json=body, params=query,
                raise_exc=False, log=False,
                headers={'X-Auth-Token': token(project)})
        except exceptions.ClientException as error:
            raise exception.Refused(
                'The cloud at %s does not answer: %s' % (self._url, error)
            ) from error
        if not answer.ok and answer.status_code not in besides:
            raise exception.Refused('%s %s: %d: %s' % (
                method, path, answer.status_code, _message(answer.text)))
        return answer.json() if answer.content else None


def _message(text: str) -> str:
    """A fault without the JSON around it."""
    try:
        fault, = json.loads(text).values()
        return fault['message']
    except (ValueError, AttributeError, KeyError, TypeError):
        return text
