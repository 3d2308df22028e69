# SPDX-License-Identifier: Apache-2.0
"""Where a cloud is, and how it is asked."""

from __future__ import annotations

import re
import urllib.parse
from typing import Any
from typing import TYPE_CHECKING

from evs_fake.clients import exception

if TYPE_CHECKING:
    from keystoneauth1 import plugin
    from keystoneauth1 import session as keystone_session

#: The end of an endpoint of Cinder's or of the control API, from its version
#: on; what is before is the root of both.
_VERSION = re.compile(
    r'(?:/evs-fake)?/v\d+(?:\.\d+)?(?:/(?P<project>[^/]+))?/?$')


class Connection:
    """Asks a cloud: cinder-api with evs-fake in it.

    Its APIs are all below the root of Cinder's, so that Cinder's endpoint is
    the only one that a client must know.
    """

    def __init__(self, session: keystone_session.Session,
                 endpoint: str | None, *, override: str | None = None,
                 auth: plugin.BaseAuthPlugin | None = None) -> None:
        """Prepare; nothing is asked yet.

        :param endpoint: Cinder's, as a client's catalog has it.
        :param override: another URL, where evs-fake is not beside it: the
            root, or with ``/evs-fake/v1``.
        :param auth: if it is not the session's own.
        :raises ClientError: if there is no endpoint.
        """
        if not (override or endpoint):
            raise exception.ClientError(
                'the service catalog has no block storage endpoint, which '
                'evs-fake is beside')
        self._session = session
        self._auth = auth
        self._endpoint = endpoint
        self.root = _VERSION.sub('', override or endpoint).rstrip('/')

    @property
    def project_id(self) -> str:
        """The project to work in, which paths of EVS have in them.

        :raises ClientError: if there is none.
        """
        # Without Keystone, only the endpoint tells.
        found = self._session.get_project_id(auth=self._auth)
        if not found and self._endpoint:
            version = _VERSION.search(self._endpoint)
            found = version and version['project']
        if not found:
            raise exception.ClientError(
                'the credentials are for no project')
        return found

    def ask(self, method: str, path: str, body: Any = None,
            query: dict[str, Any] | None = None, secret: bool = False
            ) -> Any:
        """Send a request.

        :param path: below the root.
        :param secret: whether body or answer are for no log.
        :returns: the body of the answer; None if it has none.
        :raises ClientError: if the cloud does not answer, or refuses.
        """
        # Here, so that commands without a client do not wait for it.
        from keystoneauth1 import exceptions
        try:
            answer = self._session.request(
                self.root + path, method, json=body, params=query,
                auth=self._auth, raise_exc=False, log=not secret)
        except exceptions.ClientException as error:
            raise exception.ClientError(
                'the cloud at %s does not answer: %s' % (
                    self.root, str(error).splitlines()[0])) from error
        if not answer.ok:
            raise exception.ClientError('the cloud at %s refused: %s' % (
                self.root, _message(answer)))
        if not answer.content:
            return None
        try:
            return answer.json()
        except ValueError as error:
            raise exception.ClientError(
                'there is no evs-fake at %s: its answer is no JSON' % (
                    self.root)) from error


def segment(text: str) -> str:
    """A user's word as a segment of a path.

    :raises ClientError: if it would lead elsewhere.
    """
    if text in ('', '.', '..'):
        raise exception.ClientError('not an id or a name: "%s"' % text)
    return urllib.parse.quote(text, safe='')


def _message(answer: Any) -> str:
    """What an error in Cinder's or EVS's shape says."""
    code = 'HTTP %d' % answer.status_code
    try:
        fault, = answer.json().values()
        return '%s (%s)' % (fault['message'], code)
    except (ValueError, AttributeError, KeyError, TypeError):
        return code
