# SPDX-License-Identifier: Apache-2.0
"""A client of the control API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evs_fake.clients import connection

#: Below a cloud's root.
_PATH = '/evs-fake/v1'

#: Seconds that one request for history waits for a change.
_WAIT = 30


class Control:
    """Rules, history, states and access keys of a cloud.

    All methods raise ClientError if the cloud does not answer, or refuses.
    """

    def __init__(self, cloud: connection.Connection) -> None:
        self._cloud = cloud

    # Rules

    def create_rule(self, rule: dict[str, Any]) -> dict[str, Any]:
        """Make a rule; its fields are the API's."""
        return self._ask('POST', '/rules', {'rule': rule})['rule']

    def list_rules(self) -> list[dict[str, Any]]:
        return self._ask('GET', '/rules')['rules']

    def show_rule(self, rule_id: str) -> dict[str, Any]:
        return self._ask('GET', _one('/rules', rule_id))['rule']

    def release_rule(self, rule_id: str, fail: bool = False,
                     message: str | None = None) -> dict[str, Any]:
        """End a rule: what it holds goes on.

        :param fail: have it fail instead.
        :param message: why it fails; the cloud has one of its own.
        """
        asked: dict[str, Any] = {'fail': fail}
        if message is not None:
            asked['message'] = message
        return self._ask('POST', _one('/rules', rule_id) + '/release',
                         {'release': asked})['rule']

    def delete_rule(self, rule_id: str) -> None:
        self._ask('DELETE', _one('/rules', rule_id))

    # History

    def read_history(self, all_projects: bool = False,
                     **criteria: str) -> Iterator[dict[str, Any]]:
        """All changes of statuses until now, oldest first.

        :param all_projects: not only those of the project's resources; for
            administrators.
        :param criteria: the API's filters.
        """
        cursor = 0
        while True:
            page = self._history(all_projects, cursor, 0, criteria)
            if page['cursor'] == cursor:
                return
            yield from page['history']
            cursor = page['cursor']

    def follow_history(self, all_projects: bool = False,
                       **criteria: str) -> Iterator[dict[str, Any]]:
        """The same, and then others as they come; it does not end."""
        cursor = 0
        while True:
            page = self._history(all_projects, cursor, _WAIT, criteria)
            yield from page['history']
            cursor = page['cursor']

    def _history(self, all_projects: bool, after: int, wait: int,
                 criteria: dict[str, str]) -> dict[str, Any]:
        return self._ask(
            'GET', '/history' + ('/all-projects' if all_projects else ''),
            query={'after': after, 'wait': wait, **criteria})

    # States

    def reset(self, state: str | None = None) -> dict[str, Any]:
        """Bring the cloud back to a saved state.

        :param state: its name; None is the empty cloud.
        """
        asked = {} if state is None else {'state': state}
        return self._ask('POST', '/reset', {'reset': asked})['reset']

    def save_state(self, name: str) -> dict[str, Any]:
        """Keep what the cloud has now, under a name that is free."""
        return self._ask('POST', '/states', {'state': {'name': name}})[
            'state']

    def list_states(self) -> list[dict[str, Any]]:
        return self._ask('GET', '/states')['states']

    def delete_state(self, name: str) -> None:
        self._ask('DELETE', _one('/states', name))

    # Access keys

    def create_credential(self, project: str, user: str | None = None,
                          roles: list[str] | None = None,
                          description: str | None = None) -> dict[str, Any]:
        """Make an access key.

        :param user: None, like the rest, leaves it to the cloud.
        :returns: the credential, with its ``secret_key``.
        """
        asked = {'project_id': project, 'user_id': user, 'roles': roles,
                 'description': description}
        return self._ask('POST', '/credentials', {'credential': {
            name: value for name, value in asked.items()
            if value is not None}}, secret=True)['credential']

    def list_credentials(self) -> list[dict[str, Any]]:
        return self._ask('GET', '/credentials')['credentials']

    def delete_credential(self, access_key: str) -> None:
        self._ask('DELETE', _one('/credentials', access_key))

    def _ask(self, method: str, path: str, body: Any = None,
             query: dict[str, Any] | None = None, secret: bool = False
             ) -> Any:
        return self._cloud.ask(method, _PATH + path, body, query, secret)


def _one(collection: str, name: str) -> str:
    return '%s/%s' % (collection, connection.segment(name))
