# SPDX-License-Identifier: Apache-2.0
"""The cloud's side of a child: starts it, watches it, ends it."""

import json
import pathlib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from evs_fake.cloud import exception

#: Seconds that a child may take to end before it is killed.
_GRACE = 5


class Child:
    """A service in a process of its own.

    :ivar url: where it is reached, once it is ready.
    """

    def __init__(self, name: str, module: str, listener: socket.socket,
                 url: str, log: pathlib.Path) -> None:
        """Prepare; nothing runs yet.

        :param name: for users.
        :param module: what the process runs.
        :param listener: its socket; from the start on it is the child's.
        :param log: gets what the process says out of turn.
        """
        self.name = name
        self.url = url
        self._module = module
        self._listener = listener
        self._log = log
        self._process: subprocess.Popen | None = None
        self._stopping = False

    def start(self, settings: dict[str, Any]) -> None:
        """Start it; it gets ready meanwhile.

        :param settings: for its module's ``make``. They may be secret, so
            they take the pipe, not the command line.
        """
        with self._log.open('ab') as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own module  # nosec B603
                [sys.executable, '-m', self._module], text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                pass_fds=[self._listener.fileno()],
                # Not to get the terminal's Ctrl-C: the cloud ends it.
                start_new_session=True)
        order = {'listener': self._listener.fileno(), 'settings': settings}
        self._listener.close()
        try:
            self._process.stdin.write(json.dumps(order) + '\n')
            self._process.stdin.flush()
        except BrokenPipeError:
            # It is dead already; whoever waits for it will see.
            pass

    def wait_ready(self) -> None:
        """Wait until it serves.

        :raises CloudError: it does not come to that.
        """
        line = self._process.stdout.readline()
        if not line:
            raise exception.CloudError(
                '%s could not start; see the log, %s' % (
                    self.name, self._log))
        error = json.loads(line)['error']
        if error:
            raise exception.CloudError(error)

    def watch(self, died: Callable[[str], None]) -> None:
        """Have it told, with a line for users, if the child ends by itself.

        Without it the cloud is none, and a new one would not know what the
        old one had in memory: nobody starts another.
        """
        def wait() -> None:
            code = self._process.wait()
            if not self._stopping:
                died('%s ended unexpectedly (%s); see the log, %s' % (
                    self.name, 'signal %d' % -code if code < 0
                    else 'exit code %d' % code, self._log))

        threading.Thread(target=wait, daemon=True,
                         name='watch-' + self.name).start()

    def stop(self) -> None:
        """End it, after the requests that it is answering."""
        self._stopping = True
        if self._process is None:
            return
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
