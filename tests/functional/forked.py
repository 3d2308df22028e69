# SPDX-License-Identifier: Apache-2.0
"""Clouds that start in a fraction of the time: Cinder is imported once.

A process imports what ``evs-fake serve`` imports and forks itself for every
cloud: the child runs that very command. A kill takes the child.
:mod:`tests.functional.test_serve` starts it as users do.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from collections.abc import Sequence
from typing import NoReturn

from tests.functional import cloud

#: Beyond what they import, all that a start does.
_IMPORTED = ('evs_fake.cloud.launcher', 'cinder.api.v3.router',
             'cinder.backup.manager', 'cinder.scheduler.filter_scheduler',
             'cinder.volume.manager', 'evs_fake.volume.driver')


class Parent:
    """The process that clouds are forked from."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it.

        :param environment: variables that differ from this process's.
        """
        self._asking = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, '-m', __name__],
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def fork(self, arguments: Sequence[str], output: pathlib.Path,
             errors: pathlib.Path) -> int:
        """Start the command ``evs-fake``; the pid of its process.

        :param output: file that gets what it prints.
        :param errors: file that gets what it complains about.
        """
        return self._ask('fork', list(arguments), str(output), str(errors))

    def wait(self, pid: int, block: bool = True) -> int | None:
        """The exit code of a child, negative for a signal.

        :returns: None if it has not ended and nobody is to wait for that.
        """
        return self._ask('wait', pid, block)

    def close(self) -> None:
        """End it, and all clouds that are left."""
        self._process.stdin.close()
        self._process.wait(cloud.TIMEOUT)
        self._process.stdout.close()

    def _ask(self, *request):
        with self._asking:
            self._process.stdin.write(json.dumps(request) + '\n')
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())


@functools.cache
def parent(*environment: tuple[str, str]) -> Parent:
    """The one of this process whose environment differs by that."""
    made = Parent(dict(environment))
    atexit.register(made.close)
    return made


class Cloud(cloud.Cloud):
    """A cloud of such a parent's.

    :param environment: of the parent, where it differs from this process's.
    """

    def __init__(self, state_dir: pathlib.Path, config: str | None = None,
                 environment: Mapping[str, str] | None = None,
                 arguments: Sequence[str] = ()) -> None:
        super().__init__(state_dir, config, environment, arguments)
        self._parent = parent(*sorted((environment or {}).items()))
        self._pid: int | None = None

    @property
    def output(self) -> pathlib.Path:
        """What it printed since it started last."""
        return self.state_dir.parent / 'output'

    @property
    def errors(self) -> pathlib.Path:
        """What it complained about since then."""
        return self.state_dir.parent / 'errors'

    def start(self) -> None:
        self.begin()
        self.wait_ready()

    def begin(self) -> None:
        """Start, and do not wait."""
        # The first three words are the interpreter's.
        self._pid = self._parent.fork(
            self.command()[3:], self.output, self.errors)

    def wait_ready(self) -> None:
        """Wait until it serves.

        :raises AssertionError: if it ends before.
        """
        cloud.until(self._is_ready, 'the start of the cloud')

    def _is_ready(self) -> bool:
        try:
            self.endpoint = self.read_endpoint()
        except (FileNotFoundError, json.JSONDecodeError):
            self.endpoint = {}
        if self.endpoint.get('pid') == self._pid:
            return True
        code = self._parent.wait(self._pid, block=False)
        if code is not None:
            self._pid = None
            raise AssertionError('the cloud did not start (%d): %s' % (
                code, self.errors.read_text()))
        return False

    def send(self, signum: int) -> None:
        """Send it a signal."""
        os.kill(self._pid, signum)

    def wait(self) -> tuple[int, str]:
        return self._wait(), self.errors.read_text()

    def _end(self, signum: int) -> int:
        self.send(signum)
        return self._wait()

    def _wait(self) -> int:
        code = self._parent.wait(self._pid)
        self._pid = None
        return code

    @property
    def running(self) -> bool:
        if self._pid is None:
            return False
        if self._parent.wait(self._pid, block=False) is not None:
            self._pid = None
        return self._pid is not None


def _run(arguments: Sequence[str], output: str, errors: str) -> NoReturn:
    """What the child does."""
    from evs_fake.cmd import evs_fake
    # The parent's end must not depend on this one's.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, path in ((1, output), (2, errors)):
        os.dup2(os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os._exit(evs_fake.main(arguments))


def prepare() -> None:
    """Import what a cloud imports until it answers."""
    from evs_fake.cloud import runtime
    runtime.prepare()
    from cinder import objects
    objects.register_all()
    for name in _IMPORTED:
        importlib.import_module(name)


def main() -> None:
    """Serve requests until there is nobody to make one."""
    prepare()
    children: dict[int, int | None] = {}
    for line in sys.stdin:
        kind, *values = json.loads(line)
        if kind == 'fork':
            pid = os.fork()
            if not pid:
                _run(*values)
            children[pid] = None
            answer = pid
        else:
            answer = _wait(children, *values)
        print(json.dumps(answer), flush=True)
    for pid, code in children.items():
        if code is None:
            os.kill(pid, signal.SIGKILL)


def _wait(children: dict[int, int | None], pid: int, block: bool
          ) -> int | None:
    if children[pid] is None:
        found, status = os.waitpid(pid, 0 if block else os.WNOHANG)
        if found:
            children[pid] = os.waitstatus_to_exitcode(status)
    return children[pid]


if __name__ == '__main__':
    main()
