# SPDX-License-Identifier: Apache-2.0
"""One service of a deployment: a process, and those that it makes."""

import os
import pathlib
import signal
import subprocess
from collections.abc import Mapping
from collections.abc import Sequence

from tests.functional import cloud


def run(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run a command to its end; what it printed.

    :raises AssertionError: it failed.
    """
    ended = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if ended.returncode:
        raise AssertionError('%s failed:\n%s' % (
            ' '.join(command), ended.stdout))
    return ended.stdout


class Process:
    """A command in a session of its own.

    :param output: file that gets what it prints.
    """

    def __init__(self, name: str, command: Sequence[str],
                 environment: Mapping[str, str],
                 output: pathlib.Path) -> None:
        self.name = name
        self._command = command
        self._environment = environment
        self._output = output
        self._process: subprocess.Popen | None = None
        self._printed_before = 0

    def start(self) -> None:
        with self._output.open('ab') as output:
            self._printed_before = output.tell()
            self._process = subprocess.Popen(
                self._command, env=self._environment,
                stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True)

    @property
    def started(self) -> bool:
        """Whether nobody has stopped or killed it since its start."""
        return self._process is not None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def has_printed(self, text: str) -> bool:
        """Whether there is a text in what it printed since its start."""
        with self._output.open('rb') as output:
            output.seek(self._printed_before)
            return text.encode() in output.read()

    def check(self) -> None:
        """Raise AssertionError if it ended by itself."""
        if not self.running:
            raise AssertionError('%s ended; it printed:\n%s' % (
                self.name, self._output.read_text()[-4000:]))

    def stop(self) -> None:
        """SIGTERM; SIGKILL for what is left of it."""
        if self.running:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                pass
        self.kill()

    def kill(self) -> None:
        """SIGKILL, for all of its processes at once."""
        if self._process is None:
            return
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait(cloud.TIMEOUT)
        cloud.until(lambda: not self.pids(), 'the end of ' + self.name)
        self._process = None

    def pids(self) -> list[int]:
        """Its processes, those that it made included."""
        found = []
        for each in pathlib.Path('/proc').glob('[0-9]*'):
            try:
                # Behind the command's name, which may have anything in it.
                fields = (each / 'stat').read_text().rpartition(')')[2]
            except OSError:
                continue
            state, _parent, _group, session = fields.split()[:4]
            if int(session) == self._process.pid and state != 'Z':
                found.append(int(each.name))
        return found

    def cpu_seconds(self) -> float:
        """CPU time that its processes took so far."""
        total = 0
        for pid in self.pids():
            try:
                stat = pathlib.Path('/proc/%d/stat' % pid).read_text()
            except OSError:
                continue
            fields = stat.rpartition(')')[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf('SC_CLK_TCK')
