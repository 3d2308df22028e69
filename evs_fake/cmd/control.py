# SPDX-License-Identifier: Apache-2.0
"""A client of a running cloud's control API."""

import urllib.parse
from typing import Any

from evs_fake.api.auth import identity
from evs_fake.cloud import exception
from evs_fake.cloud import state_dir

#: Seconds in which the cloud must have answered.
_TIMEOUT = 90


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

    def create_rule(self, **rule: Any) -> dict[str, Any]:
        """Make a rule.

        :param rule: fields of the API's; None leaves one out, but of
            ``times``, where it is without end.
        """
        return self._ask('POST', '/rules', {'rule': {
            name: value for name, value in rule.items()
            if value is not None or name == 'times'}})['rule']

    def list_rules(self) -> list[dict[str, Any]]:
        return self._ask('GET', '/rules')['rules']

    def show_rule(self, rule_id: str) -> dict[str, Any]:
        return self._ask('GET', '/rules/' + rule_id)['rule']

    def release_rule(self, rule_id: str, fail: bool = False,
                     message: str | None = None) -> dict[str, Any]:
        asked: dict[str, Any] = {'fail': fail}
        if message is not None:
            asked['message'] = message
        return self._ask('POST', '/rules/%s/release' % rule_id,
                         {'release': asked})['rule']

    def delete_rule(self, rule_id: str) -> None:
        self._ask('DELETE', '/rules/' + rule_id)

    def reset(self, state: str | None = None) -> dict[str, Any]:
        """Bring a saved state back, or with None that of a new cloud."""
        asked = {} if state is None else {'state': state}
        return self._ask('POST', '/reset', {'reset': asked})['reset']

    def save_state(self, name: str) -> dict[str, Any]:
        return self._ask('POST', '/states', {'state': {'name': name}})[
            'state']

    def list_states(self) -> list[dict[str, Any]]:
        return self._ask('GET', '/states')['states']

    def delete_state(self, name: str) -> None:
        self._ask('DELETE', '/states/' + name)

    def list_history(self, after: int, wait: int = 0,
                     **criteria: str) -> dict[str, Any]:
        """Changes of statuses behind a cursor.

        :param wait: seconds to wait for one.
        :returns: ``history``, and the next ``cursor``.
        """
        query = urllib.parse.urlencode(
            {'after': after, 'wait': wait, **criteria})
        return self._ask('GET', '/history/all-projects?' + query)

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
