# SPDX-License-Identifier: Apache-2.0
"""A real embedded cloud in a process of its own, for tests."""

import atexit
import contextlib
import datetime
import functools
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import fixtures
from cinderclient import client as cinder_client
from cinderclient.contrib import noauth
from huaweicloudsdkcore.auth import credentials
from keystoneauth1 import session as keystone_session
from oslo_utils import timeutils

from evs_fake.cmd import openrc

MICROVERSION = openrc.MICROVERSION

#: Seconds in which anything must have happened, on the slowest machine.
TIMEOUT = 300

#: Seconds that pass between two looks, at most, however long they were.
_STILL = 10

#: Statuses, as Cinder stores them, that may last for ever.
RESTING = frozenset({
    'available', 'in-use', 'error', 'error_deleting', 'error_extending',
    'error_managing', 'error_restoring', 'error_rollbacking',
    'error_backing-up', 'pre-deleted'})


def until(predicate: Callable[[], Any], what: str,
          timeout: float = TIMEOUT, pause: float = 0.01) -> Any:
    """Wait for a condition.

    :param pause: seconds between the first two looks. Later ones are up to
        0.2 seconds apart: each is work for the cloud that is waited for.
    :returns: what the predicate returned, once it is true.
    :raises AssertionError: if it does not become true.
    """
    left, looked = timeout, time.monotonic()
    never = threading.Event()
    while not (result := predicate()):
        now = time.monotonic()
        # The clock goes on while the machine, and the cloud, stand still.
        left -= min(now - looked, _STILL)
        looked = now
        if left < 0:
            raise AssertionError('in vain waited for ' + what)
        never.wait(pause)
        pause = max(pause, min(pause * 1.4, 0.2))
    return result


def stored_time(later: datetime.timedelta = datetime.timedelta()) -> str:
    """A time as every database takes it, and SQLite stores it.

    :param later: than now.
    """
    return (timeutils.utcnow() + later).strftime('%Y-%m-%d %H:%M:%S.%f')


def serve_command(state_dir: pathlib.Path, *arguments: str) -> list[str]:
    """The command that serves a directory, on free ports."""
    return [sys.executable, '-m', 'evs_fake.cmd.evs_fake', 'serve',
            '--port', '0', '--cbr-port', '0', '--state-dir', str(state_dir),
            *arguments]


class Cloud:
    """An ``evs-fake serve`` process and its state directory."""

    #: Whether one test has it to itself, while it runs.
    is_of_one_test = True

    def __init__(self, state_dir: pathlib.Path,
                 config: str | None = None,
                 environment: Mapping[str, str] | None = None,
                 arguments: Sequence[str] = ()) -> None:
        """Prepare; nothing runs yet.

        :param config: text of a cinder.conf to start with.
        :param environment: variables that differ from this process's.
        :param arguments: more of serve's.
        """
        self.state_dir = state_dir
        self._environment = {**os.environ, **(environment or {})}
        self._arguments = arguments
        self._config = config
        self._process: subprocess.Popen | None = None
        self.endpoint: dict[str, Any] = {}

    def configure(self, config: str) -> None:
        """Have the next start take the text of another cinder.conf."""
        self._config = config

    def command(self) -> list[str]:
        """What starts it."""
        command = serve_command(self.state_dir, *self._arguments)
        if self._config is not None:
            extra = self.state_dir.parent / 'extra.conf'
            extra.write_text(self._config)
            command += ['--config-file', str(extra)]
        return command

    def start(self) -> None:
        """Start, and wait until it is ready."""
        self._process = subprocess.Popen(
            self.command(), env=self._environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self._process.stdout.readline()
        if not line.startswith('evs-fake ready: '):
            raise AssertionError('the cloud did not start: %s %s' % (
                line, self._process.stderr.read()))
        self.endpoint = self.read_endpoint()

    def read_endpoint(self) -> dict[str, Any]:
        return json.loads((self.state_dir / 'endpoint.json').read_text())

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """SIGKILL; the exit code."""
        return self._end(signal.SIGKILL)

    def wait(self) -> tuple[int, str]:
        """Wait until it ends by itself; exit code, and what it said."""
        _out, said = self._process.communicate(timeout=TIMEOUT)
        return self._process.returncode, said

    def send(self, signum: int) -> None:
        """Send it a signal."""
        self._process.send_signal(signum)

    def _end(self, signum: int) -> int:
        self.send(signum)
        code = self._process.wait(TIMEOUT)
        self._process.stdout.close()
        self._process.stderr.close()
        return code

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def url(self) -> str:
        return self.endpoint['url']

    @property
    def services(self) -> list[tuple[str, str]]:
        """Binary and host of each of its services, in order."""
        return [('cinder-backup', 'evs-fake'),
                ('cinder-scheduler', 'evs-fake'),
                ('cinder-volume', 'evs-fake@evs-1'),
                ('cinder-volume', 'evs-fake@evs-2')]

    @property
    def pools(self) -> dict[str, str]:
        """Names of its pools, as the scheduler has them, by back end."""
        return {backend: 'evs-fake@%s#%s' % (backend, backend)
                for backend in ('evs-1', 'evs-2')}

    def hosts(self, backend: str) -> list[str]:
        """What may be the host of a volume on a back end."""
        return ['%s#%s' % (host, backend) for _binary, host in self.services
                if host.endswith('@' + backend)]

    def session(self, project: str = 'demo') -> keystone_session.Session:
        """A keystoneauth session as a stock client would have it."""
        return keystone_session.Session(noauth.CinderNoAuthPlugin(
            'admin', project, endpoint=self.url + '/v3'))

    def client(self, project: str = 'demo') -> Any:
        """A stock python-cinderclient."""
        return cinder_client.Client(
            MICROVERSION, session=self.session(project))

    def credentials(self, project: str) -> Any:
        """An access key to a project, for Huawei's SDKs."""
        made = self.session().post(
            self.endpoint['control'] + '/credentials',
            json={'credential': {'project_id': project}}, log=False,
        ).json()['credential']
        return credentials.BasicCredentials(
            made['access_key'], made['secret_key'], project)

    def environment(self, project: str = 'demo',
                    *options: str) -> dict[str, str]:
        """The environment of a shell that evaluated ``evs-fake openrc``.

        Stock commands are found on its PATH.

        :param options: more of openrc's.
        """
        command = [sys.executable, '-m', 'evs_fake.cmd.evs_fake', 'openrc',
                   '--state-dir', str(self.state_dir), '--project', project,
                   *options]
        printed = subprocess.run(
            ['sh', '-c', 'set -e; settings="$("$@")"; eval "$settings"; '
             'exec env -0', 'sh', *command],
            check=True, capture_output=True, text=True).stdout
        environment = dict(line.split('=', 1)
                           for line in printed.split('\0') if line)
        environment['PATH'] = os.pathsep.join(
            [os.path.dirname(sys.executable), environment['PATH']])
        return environment

    def log(self) -> str:
        return (self.state_dir / 'log' / 'evs-fake.log').read_text()

    def report(self, timeout: float = _STILL) -> str:
        """What all threads are at now.

        :raises AssertionError: if it does not come: little time is for it
            where something else has failed.
        """
        # The name of the file is that of the second: one more would be none.
        directory = self.state_dir / 'log'
        for path in directory.glob('*gurumeditation*'):
            path.unlink()
        self.send(signal.SIGUSR2)
        report = until(
            lambda: ''.join(path.read_text() for path
                            in directory.glob('*gurumeditation*')),
            'the report', timeout)
        # The rest is every option of Cinder's: it buries all else.
        return report.partition('Configuration   ')[0]

    def stored(self, query: str, *values: str) -> list[tuple]:
        """Rows of the cloud's database, which it may be running on."""
        connection = sqlite3.connect(
            self.state_dir / 'cinder.sqlite', timeout=TIMEOUT)
        with contextlib.closing(connection):
            return connection.execute(query, values).fetchall()

    def alter(self, statement: str, *values: str) -> None:
        """Change the database, as no request could."""
        connection = sqlite3.connect(
            self.state_dir / 'cinder.sqlite', timeout=TIMEOUT)
        with contextlib.closing(connection), connection:
            # No word of a test's needs to survive a power failure.
            connection.execute('PRAGMA synchronous = OFF')
            connection.execute(statement, values)

    def pool_file(self, resource_id: str) -> pathlib.Path:
        """The file of a volume or snapshot, in whichever pool it is."""
        path, = self.state_dir.glob('pools/*/*/' + resource_id)
        return path

    def read_pool_file(self, name: str, size: int) -> bytes:
        """The first bytes of a file, in whichever pool it is."""
        with open(self.pool_file(name), 'rb') as file:
            return file.read(size)

    def unsettled(self) -> list[tuple[str, str, str]]:
        """Kind, id and status of all that is in a transitional status."""
        return [
            (table, *row) for table in ('volumes', 'snapshots', 'backups')
            for row in self.stored(
                'SELECT id, status FROM %s WHERE NOT deleted' % table)
            if row[1] not in RESTING]

    def pool_files(self) -> set[str]:
        """Names of all volumes' and snapshots' files, temporaries too."""
        return {path.name for path in self.state_dir.glob('pools/*/*/**/*')
                if path.is_file()}


class CloudFixture(fixtures.Fixture):
    """A cloud of a test's own."""

    def __init__(self, config: str | None = None,
                 environment: Mapping[str, str] | None = None,
                 arguments: Sequence[str] = ()) -> None:
        super().__init__()
        self._config = config
        self._environment = environment
        self._arguments = arguments

    def _setUp(self) -> None:
        from tests.functional import forked
        top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.cloud = forked.Cloud(
            top / 'state', self._config, self._environment, self._arguments)
        self.addCleanup(self._end)

    def _end(self) -> None:
        if self.cloud.running:
            self.cloud.kill()


@functools.cache
def shared() -> Cloud:
    """The one cloud of this test process, started when first asked for.

    ``EVS_FAKE_TEST_CLOUD`` names the directory of one that runs already:
    see :mod:`tests.functional.deployed`.
    """
    from tests.functional import deployed
    directory = os.environ.get(deployed.VARIABLE)
    if directory:
        return deployed.Deployed(pathlib.Path(directory))
    return _start()


_expendable: Cloud | None = None


def expendable() -> Cloud:
    """One more of this test process, that tests may reset or kill.

    What a test finds in it, another one left. One that ended is started
    again. With ``EVS_FAKE_TEST_CLOUD`` it is that one.
    """
    global _expendable
    if os.environ.get('EVS_FAKE_TEST_CLOUD'):
        return shared()
    if _expendable is None:
        _expendable = _start()
    elif not _expendable.running:
        _expendable.start()
    return _expendable


def _start() -> Cloud:
    from tests.functional import forked
    top = pathlib.Path(tempfile.mkdtemp(prefix='evs-fake-'))
    made = forked.Cloud(top / 'state')
    atexit.register(_end, made, top)
    made.start()
    return made


def _end(ended: Cloud, top: pathlib.Path) -> None:
    if ended.running:
        ended.kill()
    shutil.rmtree(top, ignore_errors=True)
