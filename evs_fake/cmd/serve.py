# SPDX-License-Identifier: Apache-2.0
"""run the cloud in the foreground

Runs Cinder's API, scheduler, volume and backup services in one process until
SIGTERM or SIGINT. When ready, prints one line "evs-fake ready: <url>" on
stdout and writes <state-dir>/endpoint.json. State survives a restart. SIGUSR2
has it write what all its threads are at into <state-dir>/log.
"""

import argparse
import gc
import os
import signal
import socket
import sys
import threading
import traceback
from types import FrameType
from typing import NoReturn

from evs_fake.cloud import exception
from evs_fake.cloud import runtime
from evs_fake.cloud import server
from evs_fake.cloud import state_dir
from evs_fake.cmd import arguments

#: Seconds that a stopping cloud waits for what is under way. A held
#: operation would wait for ever; the next start settles what is left.
_GRACE = 5


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument('--host', metavar='H', default='127.0.0.1',
                         help='address to listen on (default: %(default)s)')
    command.add_argument(
        '--port', metavar='P', type=_port, default=8776,
        help='port of Cinder and EVS; 0 takes a free one '
             '(default: %(default)s)')
    command.add_argument(
        '--cbr-port', metavar='P', type=_port, default=8777,
        help='port of CBR, which has one of its own; 0 takes a free one '
             '(default: %(default)s)')
    command.add_argument(
        '--auth', choices=['noauth'], default='noauth',
        help='noauth believes every request (default: %(default)s)')
    command.add_argument(
        '--config-file', metavar='F', action='append', default=[],
        help='cinder.conf whose settings win over the cloud\'s own; may be '
             'given several times')
    arguments.add_state_dir(command)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError('not a port: %s' % text)
    return port


def run(parsed: argparse.Namespace) -> NoReturn:
    """Serve, and end the process.

    Threads of held operations, and libraries' own, would keep the
    interpreter from ending by itself.
    """
    code = 1
    try:
        _serve(parsed)
        code = 0
    except exception.CloudError as error:
        print('evs-fake: %s' % error, file=sys.stderr)
    except Exception:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _serve(parsed: argparse.Namespace) -> None:
    # What the boot makes stays for good: collecting among it is lost time,
    # then and later.
    gc.disable()
    ending = _Ending()
    state = arguments.state(parsed)
    state.make()
    with state.lock():
        state.endpoint.unlink(missing_ok=True)
        main = server.Server(parsed.host, parsed.port)
        cbr = server.Server(parsed.host, parsed.cbr_port)
        progress = _Progress()
        progress('Cinder' if runtime.is_compiled()
                 else 'Cinder (not compiled to bytecode: slow. Mend it with '
                      '"python -m compileall" of site-packages)')
        runtime.prepare()
        from evs_fake.cloud import launcher
        from evs_fake.cloud import report
        cloud = launcher.Cloud(state, parsed.config_file)
        app, cbr_app = cloud.boot(progress)
        main.start(app)
        cbr.start(cbr_app)
        progress.done()
        gc.freeze()
        gc.enable()
        report.set_up(state.log.parent)
        _announce(state, main.url, cbr.url, parsed.auth)
        ending.wait()
        state.endpoint.unlink(missing_ok=True)
        _stop(main, cbr, cloud)


class _Ending:
    """SIGTERM or SIGINT, as something to wait for.

    The system may deliver a signal to any thread, and Python runs handlers
    in the main one only: waiting for a lock, that would not wake up. What
    the handler in C writes to wakes it.
    """

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._asked = False
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self._ask)

    def _ask(self, _signum: int, _frame: FrameType | None) -> None:
        self._asked = True

    def wait(self) -> None:
        while not self._asked:
            self._reader.recv(1)


def _stop(main: server.Server, cbr: server.Server, cloud) -> None:
    def stop() -> None:
        main.stop()
        cbr.stop()
        cloud.stop()

    thread = threading.Thread(target=stop, daemon=True)
    thread.start()
    thread.join(_GRACE)


def _announce(state: state_dir.StateDir, url: str, cbr: str,
              auth: str) -> None:
    state.write_endpoint({
        'url': url, 'evs': url, 'cbr': cbr, 'control': url + '/evs-fake/v1',
        'auth': auth, 'pid': os.getpid()})
    print('evs-fake ready: %s' % url, flush=True)


class _Progress:
    """One line on a terminal that says what the boot is at."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def __call__(self, step: str) -> None:
        if self._shown:
            print('\r\033[Kevs-fake: starting %s ...' % step, end='',
                  file=sys.stderr, flush=True)

    def done(self) -> None:
        if self._shown:
            print('\r\033[K', end='', file=sys.stderr, flush=True)
