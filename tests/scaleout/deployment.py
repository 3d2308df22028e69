# SPDX-License-Identifier: Apache-2.0
"""Cinder scaled out: each service a process of its own, several of each."""

import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import socket
import sys
import tempfile
import uuid
from collections.abc import Mapping
from collections.abc import Sequence

import requests

from evs_fake.cloud import seeds
from tests.functional import cloud
from tests.scaleout import identity
from tests.scaleout import process
from tests.scaleout import servers
from tests.scaleout import settings

#: The cluster of all cinder-volume.
CLUSTER = 'evs'

#: Requests that an API process serves at a time.
_THREADS = 16

#: WSGI applications, as uwsgi has them.
_APPLICATIONS = {
    'api': 'cinder.wsgi.api:application',
    'cbr': 'evs_fake.api.cbr.wsgi:initialize_application()',
}

#: Stock commands.
_SERVICES = ('scheduler', 'volume', 'backup')

#: What Cinder calls with root's rights, where the user is root and there is
#: no sudo.
_SUDO = '#!/bin/sh\nexec "$@"\n'


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is deployed.

    :ivar database: of some other database of the server: SQLAlchemy's URL.
    :ivar count: of each service.
    :ivar eventlet: whether services run on green threads.
    :ivar prefix: of the virtual environment with Cinder and evs-fake.
    :ivar keystone: whether clients are users of a Keystone.
    """

    database: str = servers.POSTGRESQL
    rabbitmq: str = servers.RABBITMQ
    redis: str = servers.REDIS
    count: int = 2
    eventlet: bool = False
    prefix: pathlib.Path = pathlib.Path(sys.prefix)
    keystone: bool = False


class Deployment:
    """All services of one plan, started on entering the context.

    Its directory has what a cloud's state directory has, so that tests of a
    cloud find everything: ``endpoint.json``, ``log``, ``pools``, ``backups``.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._stack = contextlib.ExitStack()
        self.processes: dict[str, process.Process] = {}

    def __enter__(self) -> 'Deployment':
        with contextlib.ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stack.close()

    def _start(self, stack: contextlib.ExitStack) -> None:
        name = 'evs_fake_' + uuid.uuid4().hex[:12]
        self.top = pathlib.Path(tempfile.mkdtemp(prefix='evs-fake-scaleout-'))
        stack.callback(shutil.rmtree, self.top, ignore_errors=True)
        for each in ('bin', 'log', 'lock', 'pools', 'backups', 'clouds'):
            (self.top / each).mkdir()
        self.database = servers.Database(self._plan.database, name)
        self.broker = servers.Broker(self._plan.rabbitmq, name)
        for made in (self.database, self.broker):
            made.create()
            stack.callback(made.drop if made is self.database
                           else made.delete)
        self._identity = (identity.Keystone(self.top) if self._plan.keystone
                          else identity.Noauth())
        stack.callback(self._identity.stop)
        self._settings = settings.Settings(
            top=self.top, broker=self.broker.url, database=self.database.url,
            redis=self._plan.redis, namespace=name,
            prefix=self._plan.prefix, auth=self._identity.strategy,
            authtoken=self._identity.authtoken)
        self._settings.write()
        self._environment = self._make_environment()
        self._run('cinder-manage', 'db', 'sync')
        self._run('evs-fake-manage', 'db', 'sync')
        stack.callback(self._stop)
        self._add_apis()
        self._add_services()
        self._identity.start(self.urls)
        for each in self.processes.values():
            each.start()
        self._write_endpoint()
        self.wait_up()
        self._sow()

    def _make_environment(self) -> dict[str, str]:
        if shutil.which('sudo') is None:
            sudo = self.top / 'bin' / 'sudo'
            sudo.write_text(_SUDO)
            sudo.chmod(0o755)
        environment = {
            name: value for name, value in os.environ.items()
            if not name.startswith(('OS_', 'PYTHON'))}
        environment['PATH'] = os.pathsep.join(
            [str(self._plan.prefix / 'bin'), environment['PATH'],
             str(self.top / 'bin')])
        environment['OS_CINDER_DISABLE_EVENTLET_PATCHING'] = (
            'false' if self._plan.eventlet else 'true')
        environment['PYTHONWARNINGS'] = 'ignore'
        return environment

    def _command(self, name: str, *arguments: str) -> list[str]:
        return [str(self._plan.prefix / 'bin' / name), *arguments]

    def _run(self, name: str, *arguments: str) -> None:
        process.run(self._command(
            name, '--config-file', str(self._settings.path), *arguments),
            self._environment)

    def _add(self, name: str, command: Sequence[str]) -> None:
        self.processes[name] = process.Process(
            name, command, self._environment,
            self.top / 'log' / (name + '.out'))

    def _add_apis(self) -> None:
        """WSGI processes: those of a kind share a port.

        The kernel gives each connection to one of those that live, as an
        operator's balancer does.
        """
        self.urls = {}
        for kind, application in _APPLICATIONS.items():
            address = '127.0.0.1:%d' % _free_port()
            self.urls[kind] = 'http://' + address
            for name in self.names(kind):
                config = self._settings.write_host(name, None)
                self._add(name, self._command(
                    'uwsgi', '--http-socket', address, '--reuse-port',
                    # It keeps none open, and clients had better know.
                    '--add-header', 'Connection: close',
                    '--virtualenv', str(self._plan.prefix),
                    '--module', application, '--need-app', '--die-on-term',
                    '--enable-threads', '--threads', str(_THREADS),
                    '--buffer-size', '65535', '--disable-logging',
                    '--pyargv', '--config-file %s --config-file %s' % (
                        self._settings.path, config)))

    def _add_services(self) -> None:
        for kind in _SERVICES:
            for name in self.names(kind):
                config = self._settings.write_host(
                    name, CLUSTER if kind == 'volume' else None)
                self._add(name, self._command(
                    'cinder-' + kind, '--config-file',
                    str(self._settings.path), '--config-file', str(config)))

    def _write_endpoint(self) -> None:
        url = self.urls['api']
        (self.top / 'endpoint.json').write_text(json.dumps({
            'url': url, 'evs': url, 'control': url + '/evs-fake/v1',
            'cbr': self.urls['cbr'], **self._identity.urls,
            'auth': self._identity.strategy, 'pid': os.getpid(),
            'database': self.database.url,
            'services': sorted(self._services()),
            'pools': {name: '%s@%s#%s' % (CLUSTER, name, name)
                      for name in settings.BACKENDS}}))

    def _services(self) -> set[tuple[str, str]]:
        """Binary and host of each, of those that run."""
        return {
            ('cinder-' + kind, host) for kind in _SERVICES
            for name in self.names(kind) if self.processes[name].started
            for host in ([name + '@' + backend
                          for backend in settings.BACKENDS]
                         if kind == 'volume' else [name])}

    # Services

    def names(self, kind: str) -> list[str]:
        """Of the processes of a kind."""
        return ['%s-%d' % (kind, number)
                for number in range(1, self._plan.count + 1)]

    def wait_up(self) -> None:
        """Wait until every process that runs serves.

        :raises AssertionError: one has ended, or does not come to that.
        """
        cloud.until(self._are_loaded, 'all APIs', pause=0.2)
        cloud.until(lambda: not self.down(), 'all services', pause=0.5)

    def _are_loaded(self) -> bool:
        self.check()
        return all(self.processes[name].has_printed('WSGI app 0')
                   for kind in _APPLICATIONS for name in self.names(kind)
                   if self.processes[name].started)

    def check(self) -> None:
        """Raise AssertionError if a process ended that was not killed."""
        for each in self.processes.values():
            if each.started:
                each.check()

    def services(self) -> list[Mapping[str, str]]:
        """Cinder's own list of them, of binaries other than the API."""
        answer = requests.get(
            self._administrator_url('/os-services'), timeout=60,
            headers={**self._identity.headers(),
                     'OpenStack-API-Version': 'volume 3.59'})
        answer.raise_for_status()
        return answer.json()['services']

    def _administrator_url(self, path: str) -> str:
        return '%s/v3/%s%s' % (
            self.urls['api'], self._identity.project(), path)

    def down(self) -> set[tuple[str, str]]:
        """Binaries and hosts that should be up and are not, yet."""
        self.check()
        wanted = self._services()
        try:
            return wanted - {
                (service['binary'], service['host'])
                for service in self.services()
                if service['state'] == 'up'}
        except requests.RequestException:
            return wanted

    def _sow(self) -> None:
        """Make EVS's volume types, as an operator does."""
        url = self._administrator_url('/types')
        for name, description in seeds.TYPES.items():
            answer = requests.post(
                url, timeout=60, headers=self._identity.headers(),
                json={'volume_type': {
                    'name': name, 'description': description,
                    'extra_specs': {'RESKEY:availability_zones': 'nova'}}})
            answer.raise_for_status()

    def _stop(self) -> None:
        for each in self.processes.values():
            each.kill()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(('127.0.0.1', 0))
        return found.getsockname()[1]
