# SPDX-License-Identifier: Apache-2.0
"""A client of a running cloud's control API."""

from typing import Any

from evs_fake.api.auth import identity
from evs_fake.cloud import exception
from evs_fake.cloud import state_dir

#: Seconds in which the cloud must have answered.
_TIMEOUT = 60


class Control:
    """Asks the cloud that runs on a state directory."""

    def __init__(self, state: state_dir.StateDir) -> None:
        """Find the cloud.

        :raises CloudError: if none runs.
        """
        self._url = state.read_endpoint()['control']

    def create_credential(self, project: str, user: str | None = None,
                          roles: list[str] | None = None,
                          description: str | None = None) -> dict[str, Any]:
        """Make an access key.

        :param user: None, like the rest, leaves it to the cloud.
        :returns: the credential, with its ``secret_key``.
        :raises CloudError: as all methods, if the cloud does not answer or
            refuses.
        """
        asked = {'project_id': project, 'user_id': user, 'roles': roles,
                 'description': description}
        return self._ask('POST', '/credentials', {'credential': {
            name: value for name, value in asked.items()
            if value is not None}})['credential']

    def list_credentials(self) -> list[dict[str, Any]]:
        return self._ask('GET', '/credentials')['credentials']

    def delete_credential(self, access_key: str) -> None:
        self._ask('DELETE', '/credentials/' + access_key)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        # Here, so that "serve" does not wait for a client it never uses.
        from keystoneauth1 import exceptions
        from keystoneauth1 import session
        try:
            # What is logged of a request has its secrets.
            answer = session.Session(timeout=_TIMEOUT).request(
                self._url + path, method, json=body, raise_exc=False,
                log=False, headers={'X-Auth-Token': identity.token(
                    identity.DEFAULT_USER, identity.DEFAULT_PROJECT)})
        except exceptions.ClientException as error:
            raise exception.CloudError(
                'the cloud at %s does not answer: %s' % (
                    self._url, str(error).splitlines()[0])) from error
        if not answer.ok:
            raise exception.CloudError('the cloud at %s refused: %s' % (
                self._url, _message(answer)))
        return answer.json() if answer.content else None


def _message(answer: Any) -> str:
    try:
        fault, = answer.json().values()
        return fault['message']
    except (ValueError, AttributeError, KeyError, TypeError):
        return 'HTTP %d' % answer.status_code
