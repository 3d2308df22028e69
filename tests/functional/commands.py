# SPDX-License-Identifier: Apache-2.0
"""Console scripts of other packages, run without waiting for their imports.

``cinder`` and ``openstack`` take a second or two to import what they are made
of, and tests run hundreds of them. :func:`run` forks a process that has it
all from one that imported it, and does there what the console script does;
:func:`run_executable` starts the script itself.
"""

import functools
import importlib.metadata
import logging
import multiprocessing
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from collections.abc import Sequence

from tests.functional import cloud

#: What the commands import, now or when they have read their arguments.
_IMPORTS = (
    'cinderclient.shell', 'cinderclient.v3.client', 'cinderclient.v3.shell',
    'openstackclient.shell', 'openstackclient.volume.client',
    'openstackclient.volume.v3.volume', 'openstack.connection',
    'keystoneauth1.loading', 'keystoneauth1.identity',
    # And for what a child runs again: the test runner that forks it.
    'stestr.subunit_runner.program', 'testtools', __name__)


@functools.cache
def _context() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(list(_IMPORTS))
    return context


def run(command: Sequence[str], environment: Mapping[str, str]
        ) -> subprocess.CompletedProcess:
    """Run the console script ``command[0]`` in a process of its own.

    :returns: its exit code, and what it wrote, as text.
    """
    with tempfile.TemporaryDirectory() as top:
        out, err = pathlib.Path(top, 'out'), pathlib.Path(top, 'err')
        process = _context().Process(
            target=_run, args=(tuple(command), dict(environment), str(out),
                               str(err)))
        process.start()
        process.join(cloud.TIMEOUT)
        if process.exitcode is None:
            process.kill()
            process.join()
        return subprocess.CompletedProcess(
            command, process.exitcode, out.read_text(), err.read_text())


def run_executable(command: Sequence[str], environment: Mapping[str, str]
                   ) -> subprocess.CompletedProcess:
    """The same, by the executable that the environment's PATH finds."""
    return subprocess.run(
        command, env=environment, text=True, stdin=subprocess.DEVNULL,
        capture_output=True, timeout=cloud.TIMEOUT)


def _run(command: Sequence[str], environment: Mapping[str, str],
         out: str, err: str) -> None:
    for path, descriptor in ((out, 1), (err, 2)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        os.dup2(file, descriptor)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    # As an interpreter that starts in this environment.
    sys.path[:0] = [path for path in environment.get(
        'PYTHONPATH', '').split(os.pathsep) if path]
    if command[0] != 'cinder':
        # Importing cinderclient's shell has every logger write to stderr.
        logging.root.handlers.clear()
    sys.argv = list(command)
    script, = importlib.metadata.entry_points(
        group='console_scripts', name=command[0])
    sys.exit(script.load()())
