# SPDX-License-Identifier: Apache-2.0
"""A running cloud, as a test uses it."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from typing import TYPE_CHECKING
from urllib import parse

from evs_fake.testing import control
from evs_fake.testing import exception
from evs_fake.testing import history
from evs_fake.testing import rule
from evs_fake.testing import server

if TYPE_CHECKING:
    import openstack.connection

#: The newest that Cinder 29 knows.
MICROVERSION = '3.71'

#: In which openstacksdk would look at the endpoint of block storage.
_ABSENT_SERVICES = ('compute', 'image')


class Cloud:
    """Clients of one cloud, and the control over it.

    Wherever a resource is asked for, its id will do, and so will what any
    client returned.
    """

    def __init__(self, running: server.Server) -> None:
        self._server = running
        self._control = control.Control(self.endpoint['control'])
        self._evs = control.Control(self.endpoint['evs'])
        self._history = history.History(self._control)

    # Clients

    @property
    def endpoint(self) -> Mapping[str, str]:
        """URLs: ``url`` (Cinder is below it at ``/v3``), ``evs``, ``cbr``,
        ``control``."""
        return self._server.endpoint

    def cinder(self, project: str = control.PROJECT,
               microversion: str = MICROVERSION) -> Any:
        """A python-cinderclient."""
        from cinderclient import client
        from cinderclient.contrib import noauth
        from keystoneauth1 import session
        return client.Client(microversion, session=session.Session(
            noauth.CinderNoAuthPlugin(
                control.USER, project,
                endpoint=self.endpoint['url'] + '/v3')))

    def connection(self, project: str = control.PROJECT
                   ) -> openstack.connection.Connection:
        """An openstacksdk connection; openstacksdk must be there."""
        import openstack
        return openstack.connect(
            load_yaml_config=False, load_envvars=False,
            auth_type='admin_token',
            auth={'endpoint': '%s/v3/%s' % (self.endpoint['url'], project),
                  'token': control.token(project)},
            **{'has_' + service: False for service in _ABSENT_SERVICES})

    def environment(self, project: str = control.PROJECT,
                    region: str | None = None) -> dict[str, str]:
        """The environment of a command that works in the cloud.

        This process's, without what leads to other clouds, and with the
        variables of the ``cinder`` and ``openstack`` commands, openstacksdk
        and Huawei's SDKs (``HUAWEICLOUD_...``).

        :param region: by whose name the SDKs find the cloud; None is
            cn-north-4.
        :raises Refused: if the cloud does not answer.
        """
        printed = subprocess.run(  # noqa: S603 - our own command  # nosec B603
            server.command('openrc', '--sdk', '--project', project,
                           '--state-dir', str(self._server.state_dir),
                           *([] if region is None else ['--region', region])),
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if printed.returncode:
            raise exception.Refused(printed.stderr.strip())
        environment = dict(os.environ)
        for line in printed.stdout.splitlines():
            verb, *words = shlex.split(line)
            for word in words:
                name, _equals, value = word.partition('=')
                if verb == 'export':
                    environment[name] = value
                else:
                    environment.pop(name, None)
        return environment

    def rollback(self, snapshot: Any) -> None:
        """Have a snapshot's volume rolled back to it.

        :raises Refused: with EVS's reason.
        """
        found = self.cinder().volume_snapshots.get(_id(snapshot))
        # An administrator sees it from anywhere; EVS wants its project.
        project = getattr(found, 'os-extended-snapshot-attributes:project_id')
        self._evs.ask(
            'POST', '/v2/%s/cloudsnapshots/%s/rollback' % (project, found.id),
            {'rollback': {'volume_id': found.volume_id}}, project=project)

    # Rules

    def hold(self, operation: str, *, when: str = 'before',
             times: int | None = 1, timeout: float | None = None,
             **match: Any) -> rule.Hold:
        """Hold an operation until it is released.

        :param operation: ``snapshot-create`` or another that rules know.
        :param when: ``before`` or ``after`` the bytes are moved.
        :param times: how many of them; None is all.
        :param timeout: seconds after which each fails by itself.
        :param match: only those on what has all of these:
            ``resource_id``, ``volume_id``, ``name``, ``project_id``,
            ``volume_type``, ``host``, ``metadata``.
        :raises Refused: what the cloud does not know would never hold.
        """
        asked = {} if timeout is None else {'timeout': timeout}
        return rule.Hold(self._control, self._rule(
            operation, 'hold', when, times, match, **asked))

    def fail(self, operation: str, *, when: str = 'before',
             times: int | None = 1, message: str | None = None,
             outcome: str | None = None, **match: Any) -> rule.Rule:
        """Have an operation fail; see :meth:`hold`.

        :param message: what it fails with.
        :param outcome: for operations whose failure can leave one status or
            another, which.
        """
        asked = {'message': message, 'outcome': outcome}
        return rule.Rule(self._control, self._rule(
            operation, 'fail', when, times, match,
            **{name: value for name, value in asked.items()
               if value is not None}))

    def delay(self, operation: str, seconds: float | tuple[float, float], *,
              when: str = 'before', times: int | None = 1,
              **match: Any) -> rule.Rule:
        """Have an operation take longer; see :meth:`hold`.

        :param seconds: two are the least and the most.
        """
        return rule.Rule(self._control, self._rule(
            operation, 'delay', when, times, match, seconds=seconds))

    def _rule(self, operation: str, action: str, when: str,
              times: int | None, match: Mapping[str, Any],
              **arguments: Any) -> dict[str, Any]:
        asked = {'operation': operation, 'action': action, 'when': when,
                 'times': times, **arguments}
        if match:
            asked['match'] = {
                name: _id(value) if name.endswith('_id') else value
                for name, value in match.items()}
        return self._control.ask('POST', '/rules', {'rule': asked})['rule']

    # History

    def history(self, resource: Any = None) -> list[history.Change]:
        """All changes of statuses since the reset, the oldest first.

        :param resource: of this volume, snapshot or backup only.
        """
        return self._history.find(
            **{} if resource is None else {'resource_id': _id(resource)})

    def statuses(self, resource: Any) -> list[str]:
        """All statuses that a resource had; the last is ``deleted`` if it is
        gone."""
        return [change.new_status for change in self.history(resource)]

    def wait(self, resource: Any, status: str, timeout: float = 60,
             after: history.Change | None = None) -> history.Change:
        """Wait until a resource has had a status, be it for a moment only.

        :param timeout: seconds.
        :param after: a change before which it does not count, such as a
            former ``wait`` returned.
        :returns: the change to that status.
        :raises InVain: if it does not; says what it was instead.
        """
        return self._history.wait(_id(resource), status,
                                  0 if after is None else after.number,
                                  timeout)

    # States

    def reset(self, state: str | None = None) -> None:
        """Go back to an empty cloud, without rules and history.

        :param state: go back to what was saved by this name instead.
        :raises Refused: if nothing was.
        """
        self._control.ask('POST', '/reset', {
            'reset': {} if state is None else {'state': state}})

    def save(self, name: str) -> None:
        """Save all that there is, for :meth:`reset` to go back to.

        What was saved by this name before is lost: a state directory that
        was kept has it from the tests' last run.

        :raises Refused: it is no name, or something is held.
        """
        self._control.ask('DELETE', '/states/' + parse.quote(name, safe=''),
                          besides=[HTTPStatus.NOT_FOUND])
        self._control.ask('POST', '/states', {'state': {'name': name}})


def _id(resource: Any) -> str:
    return resource if isinstance(resource, str) else resource.id
