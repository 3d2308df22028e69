# SPDX-License-Identifier: Apache-2.0
"""``cinder`` and ``openstack`` for a shell, without waiting for their imports.

The shell finds scripts of their names, which have this process run the
command, as functional tests do (:mod:`tests.functional.commands`), with the
shell's arguments and variables, and print what it printed.
"""

import contextlib
import json
import pathlib
import socketserver
import sys
import threading
from collections.abc import Iterator

from tests.functional import commands

_COMMANDS = ('cinder', 'openstack')

_SCRIPT = """\
#!%s -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(%r)
    connection.sendall(json.dumps([
        [os.path.basename(sys.argv[0]), *sys.argv[1:]],
        dict(os.environ)]).encode())
    connection.shutdown(socket.SHUT_WR)
    with connection.makefile() as answer:
        code, out, err = json.load(answer)
sys.stdout.write(out)
sys.stdout.flush()
sys.stderr.write(err)
sys.exit(code)
"""


class _Handler(socketserver.StreamRequestHandler):

    def handle(self) -> None:
        ran = commands.run(*json.load(self.rfile))
        self.wfile.write(json.dumps(
            [ran.returncode, ran.stdout, ran.stderr]).encode())


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@contextlib.contextmanager
def scripts(directory: pathlib.Path) -> Iterator[pathlib.Path]:
    """Give a directory that has the scripts, for a PATH.

    :param directory: where it is made; its path has to be a short one.
    """
    path = directory / 'commands'
    path.mkdir()
    address = str(path / 'socket')
    for name in _COMMANDS:
        script = path / name
        script.write_text(_SCRIPT % (sys.executable, address))
        script.chmod(0o755)
    with _Server(address, _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield path
        finally:
            server.shutdown()
            thread.join()
