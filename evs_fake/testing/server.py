# SPDX-License-Identifier: Apache-2.0
"""An ``evs-fake serve`` process that lives no longer than this one."""

from __future__ import annotations

import atexit
import json
import os
import pathlib
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import IO

from evs_fake.testing import exception
from evs_fake.testing import supervisor

#: Seconds in which the cloud must be ready, on the slowest machine.
_BOOT_SECONDS = 120
#: Seconds in which it must have ended.
_END_SECONDS = 60
#: How much of its log a failure to start shows.
_LOG_LINES = 30


class Server:
    """A cloud of this process, on free ports of 127.0.0.1.

    It ends with this process, however that ends.

    :ivar endpoint: URLs of a running cloud: ``url``, ``evs``, ``cbr``,
        ``control``; besides, ``auth`` and ``pid``.
    :ivar state_dir: where its state and its log are.
    """

    endpoint: Mapping[str, str]
    state_dir: pathlib.Path

    def __init__(self, state_dir: str | os.PathLike | None = None,
                 config_files: Sequence[str | os.PathLike] = ()) -> None:
        """Prepare; nothing runs yet.

        :param state_dir: kept when the cloud ends; None is a temporary one.
        :param config_files: cinder.conf files, whose settings win over the
            cloud's own.
        """
        self._given = None if state_dir is None else pathlib.Path(state_dir)
        self._config_files = config_files
        self._process: subprocess.Popen | None = None
        self._stderr: IO[str] | None = None
        self._owner = os.getpid()

    def start(self) -> None:
        """Start, and wait until it is ready.

        :raises NotStarted: with what it said.
        """
        if self._given is None:
            top = pathlib.Path(tempfile.mkdtemp(prefix='evs-fake-testing-'))
            self.state_dir, removal = top / 'state', ['--remove', str(top)]
        else:
            self.state_dir, removal = self._given.absolute(), []
        self._stderr = tempfile.TemporaryFile('w+')  # noqa: SIM115 - it lasts
        # A session of its own: an interrupt at the terminal is the tests'
        # affair. They may need the cloud to tidy up.
        self._process = subprocess.Popen(  # noqa: S603 - our own command  # nosec B603
            [sys.executable, '-I', '-S', supervisor.__file__, *removal,
             *command('serve', '--port', '0', '--cbr-port', '0',
                      '--state-dir', str(self.state_dir)),
             *(argument for path in self._config_files
               for argument in ('--config-file', os.fspath(path)))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._stderr, start_new_session=True, text=True)
        if not self._spoke(_BOOT_SECONDS):
            raise self._failure('was not ready in %d s' % _BOOT_SECONDS)
        if not self._process.stdout.readline():
            raise self._failure('did not start')
        self.endpoint = json.loads(
            (self.state_dir / 'endpoint.json').read_text())

    @property
    def running(self) -> bool:
        # The ready line was its last; what comes then is the end.
        return self._process is not None and not self._spoke(0)

    def end(self) -> None:
        """End it, and a temporary state with it."""
        # In a fork of the process that started it, it is somebody else's.
        if self._process is None or self._owner != os.getpid():
            return
        process, self._process = self._process, None
        try:
            process.stdin.write('.')
            process.stdin.close()
        except BrokenPipeError:
            # Somebody ended the supervisor, and it the cloud.
            pass
        process.stdout.close()
        process.wait(_END_SECONDS)
        self._stderr.close()

    def log(self) -> Iterator[str]:
        """Lines of the cloud's log."""
        try:
            with (self.state_dir / 'log' / 'evs-fake.log').open(
                    errors='replace') as log:
                yield from log
        except FileNotFoundError:
            return

    def _spoke(self, timeout: float) -> bool:
        """Whether there is a line of the cloud's, or its end."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            return bool(selector.select(timeout))

    def _failure(self, what: str) -> exception.NotStarted:
        """What to raise; the cloud is at its end then."""
        log = ''.join(list(self.log())[-_LOG_LINES:])
        self._stderr.seek(0)
        said = self._stderr.read()
        self.end()
        return exception.NotStarted(
            'The cloud %s. It said:\n%s\nThe end of its log:\n%s' % (
                what, said.strip() or '(nothing)',
                log.rstrip() or '(there is none)'))


def command(*arguments: str) -> list[str]:
    """A command line of evs-fake's.

    "-P": not with modules of the tests' working directory.
    """
    return [sys.executable, '-P', '-m', 'evs_fake.cmd.evs_fake', *arguments]


_shared: dict[tuple, Server] = {}


def shared(state_dir: str | os.PathLike | None = None,
           config_files: Sequence[str | os.PathLike] = ()) -> Server:
    """The running cloud of this process that is made in this way.

    Started when first asked for, and if it has died since.

    :raises NotStarted: if that fails.
    """
    # A fork needs one of its own: two would reset it under each other.
    key = (os.getpid(), state_dir and os.path.abspath(state_dir),
           *map(os.fspath, config_files))
    known = _shared.get(key)
    if known is not None and known.running:
        return known
    if known is not None:
        known.end()
    server = Server(state_dir, config_files)
    server.start()
    if known is not None:
        atexit.unregister(known.end)
    atexit.register(server.end)
    _shared[key] = server
    return server
