# SPDX-License-Identifier: Apache-2.0
"""Runs a command for as long as another process lives.

A program of its own, run as a file: ``supervisor.py [--remove DIR] COMMAND``.
It needs nothing but the standard library, so that it costs next to nothing.

Its standard input is a pipe whose other end the tests' process holds. That
process need do nothing to have the command ended: whichever way it dies, the
kernel closes the pipe. (A signal at the parent's death, which Linux has too,
comes when the *thread* dies that made the child.) Standard output is the
command's alone; its end is the command's.
"""

import os
import shutil
import signal
import subprocess
import sys
from types import FrameType
from typing import NoReturn

#: Seconds in which a command must end by itself, if it is to.
_PATIENCE = 30


def main(arguments: list[str]) -> int:
    """Run.

    :returns: the command's exit code, as a shell has it.
    """
    remove = None
    if arguments[0] == '--remove':
        remove, arguments = arguments[1], arguments[2:]
    signal.signal(signal.SIGTERM, _exit)
    command = subprocess.Popen(  # noqa: S603 - our own caller's  # nosec B603
        arguments, stdin=subprocess.DEVNULL)
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        # A byte is as good as the end: a fork of the tests' process may hold
        # the pipe open for longer than it should.
        os.read(sys.stdin.fileno(), 1)
    finally:
        if remove is None:
            _terminate(command)
        else:
            # Nobody will look at what it would have tidied up.
            command.kill()
            command.wait()
            shutil.rmtree(remove, ignore_errors=True)
    return command.returncode if command.returncode >= 0 else (
        128 - command.returncode)


def _exit(_signum: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(1)


def _terminate(command: subprocess.Popen) -> None:
    command.terminate()
    try:
        command.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        command.kill()
        command.wait()


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
