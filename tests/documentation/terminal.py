# SPDX-License-Identifier: Apache-2.0
"""A shell in which commands are typed one after the other."""

import contextlib
import os
import pathlib
import select
import shlex
import signal
import subprocess
from collections.abc import Callable
from collections.abc import Mapping

from tests.functional import cloud

#: Seconds that what still runs gets, to end by itself.
_GRACE = 20


class Died(Exception):
    """The shell has ended, or a command never does."""


class Terminal:
    """A bash of its own session, whose variables and directory last."""

    def __init__(self, directory: pathlib.Path, notes: pathlib.Path,
                 environment: Mapping[str, str], prelude: str) -> None:
        """Start it.

        :param directory: where it begins.
        :param notes: an empty directory for what it keeps.
        :param prelude: commands that are run first.
        """
        self._notes = notes
        self._count = 0
        self._running: pathlib.Path | None = None
        self._shell = subprocess.Popen(
            ['bash', '--noprofile', '--norc'], cwd=directory,
            env=dict(environment), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.run(prelude)

    def run(self, command: str,
            shown: Callable[[str], bool] | None = None) -> tuple[str, int]:
        """Type a command, and wait for its end.

        :param shown: what its output, so far, is asked whether it is enough:
            then the command goes on, and the terminal is taken.
        :returns: what it printed on both streams, and how it ended.
        :raises Died: it has not ended in time, or ended before it was
            enough.
        """
        if self._running is not None:
            raise Died('a command runs in this terminal: '
                       + self._running.read_text())
        self._count += 1
        script, output = (self._notes / ('%d.%s' % (self._count, suffix))
                          for suffix in ('sh', 'out'))
        script.write_text(command + '\n')
        output.touch()
        self._shell.stdin.write('. %s >%s 2>&1 </dev/null; echo $?\n' % (
            shlex.quote(str(script)), shlex.quote(str(output))))
        self._shell.stdin.flush()
        if shown is None:
            return self._ended(command, output)
        self._running = script
        cloud.until(lambda: shown(output.read_text()) or self._readable(0),
                    'the output of: ' + command)
        if not shown(output.read_text()):
            raise Died('%s: ended, or did so too early: %s' % (
                command, output.read_text()))
        return output.read_text(), 0

    def _readable(self, seconds: float) -> bool:
        return bool(select.select([self._shell.stdout], [], [], seconds)[0])

    def _ended(self, command: str, output: pathlib.Path) -> tuple[str, int]:
        if not self._readable(cloud.TIMEOUT):
            raise Died('%s: does not end: %s' % (command, output.read_text()))
        status = self._shell.stdout.readline()
        if not status:
            raise Died('%s: ended the shell: %s' % (
                command, output.read_text()))
        return output.read_text(), int(status)

    def close(self) -> None:
        """End the shell, and all that was started in it."""
        self._signal(signal.SIGTERM)
        self._shell.stdin.close()
        try:
            self._shell.wait(_GRACE)
        except subprocess.TimeoutExpired:
            pass
        # What went on in the background may outlive the shell.
        self._signal(signal.SIGKILL)
        self._shell.wait()
        self._shell.stdout.close()

    def _signal(self, signum: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._shell.pid, signum)
