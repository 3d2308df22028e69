# SPDX-License-Identifier: Apache-2.0
"""run the cloud in the foreground

Runs Cinder's API, scheduler, volume and backup services in one process until
SIGTERM or SIGINT. When ready, prints one line "evs-fake ready: <url>" on
stdout and writes <state-dir>/endpoint.json. State survives a restart. SIGUSR2
has it write what all its threads are at into <state-dir>/log.

With --auth keystone, a real Keystone has the users admin, member, reader (of
project demo) and alt (of project alt): "evs-fake openrc --user member" prints
the environment of one, <state-dir>/clouds.yaml has them all. With --image, a
real Glance has one tiny image. Each has a process of its own beside the
cloud's, which ends with it; if one dies, the cloud ends.
"""

import argparse
import gc
import os
import re
import signal
import socket
import sys
import threading
import traceback
from types import FrameType
from typing import Any
from typing import NoReturn

from evs_fake.cloud import address
from evs_fake.cloud import exception
from evs_fake.cloud import intake
from evs_fake.cloud import runtime
from evs_fake.cloud import server
from evs_fake.cloud import state_dir
from evs_fake.cmd import arguments

#: Seconds that a stopping cloud waits for what is under way. A held
#: operation would wait for ever; the next start settles what is left.
_GRACE = 5


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        '--host', metavar='H', default='127.0.0.1',
        help='address to listen on; without Keystone, one that no other '
             'machine reaches (default: %(default)s)')
    command.add_argument(
        '--insecure-listen', action='store_true',
        help='without Keystone, listen on any other address, too: whoever '
             'reaches it may do all in the cloud')
    command.add_argument(
        '--public-host', metavar='NAME', action='append', default=[],
        type=_host,
        help='name or address by which clients reach the cloud where it is '
             'not that of --host, as in a container; may be given several '
             'times, and clients are told the first')
    command.add_argument(
        '--port', metavar='P', type=_port, default=8776,
        help='port of Cinder and EVS; 0 takes a free one '
             '(default: %(default)s)')
    command.add_argument(
        '--cbr-port', metavar='P', type=_port, default=8777,
        help='port of CBR, which has one of its own; 0 takes a free one '
             '(default: %(default)s)')
    command.add_argument(
        '--auth', choices=['noauth', 'keystone'], default='noauth',
        help='noauth believes every request; keystone runs one, and needs '
             '"pip install evs-fake[identity]" (default: %(default)s)')
    command.add_argument(
        '--identity-port', metavar='P', type=_port, default=5000,
        help='port of Keystone; 0 takes a free one (default: %(default)s)')
    command.add_argument(
        '--image', action='store_true',
        help='run a Glance, too; needs "pip install evs-fake[image]" and '
             'the command qemu-img')
    command.add_argument(
        '--image-port', metavar='P', type=_port, default=9292,
        help='port of Glance; 0 takes a free one (default: %(default)s)')
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


def _host(text: str) -> str:
    if re.fullmatch(r'[0-9A-Za-z._-]{1,255}|[0-9A-Fa-f:.]{2,45}',
                    text) is None:
        raise argparse.ArgumentTypeError(
            'neither the name of a machine nor an address: %s' % text)
    return text


def run(parsed: argparse.Namespace) -> NoReturn:
    """Serve, and end the process.

    Threads of held operations, and libraries' own, would keep the
    interpreter from ending by itself.
    """
    code = 1
    # The database and the log are nobody else's, whatever the directory is.
    os.umask(0o077)
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
        where = address.Address(
            parsed.host, parsed.public_host,
            parsed.auth == 'noauth' and not parsed.insecure_listen)
        main_socket = where.listen(parsed.port)
        cbr_socket = where.listen(parsed.cbr_port)
        url, cbr_url = where.url(main_socket), where.url(cbr_socket)
        # Here, as the other commands need none of it.
        from evs_fake.cloud import neighbours
        beside = neighbours.Neighbours(
            state, where,
            parsed.identity_port if parsed.auth == 'keystone' else None,
            parsed.image_port if parsed.image else None)
        try:
            beside.start(url, cbr_url)
            main, cbr = (server.Server(each, intake.MAX_BODY_BYTES)
                         for each in (main_socket, cbr_socket))
            progress = _Progress()
            progress('Cinder' if runtime.is_compiled()
                     else 'Cinder (not compiled to bytecode: slow. Mend it '
                          'with "python -m compileall" of site-packages)')
            runtime.prepare()
            from evs_fake.cloud import launcher
            from evs_fake.cloud import report
            cloud = launcher.Cloud(
                state, parsed.config_file, beside, where)
            app, cbr_app = cloud.boot(progress)
            main.start(app)
            cbr.start(cbr_app)
            if beside.names:
                progress(beside.names)
            beside.wait_ready()
            beside.watch(ending.fail)
            progress.done()
            gc.freeze()
            gc.enable()
            # A request makes objects by the ten thousand, nearly all of them
            # free of cycles: by default, looking for these takes a tenth of
            # all time.
            gc.set_threshold(10_000)
            report.set_up(state.log.parent)
            _announce(state, {
                'url': url, 'evs': url, 'cbr': cbr_url,
                'control': url + '/evs-fake/v1', **beside.urls,
                'auth': parsed.auth, 'pid': os.getpid()})
            ending.wait()
            state.endpoint.unlink(missing_ok=True)
            _stop(main, cbr, cloud)
        finally:
            state.endpoint.unlink(missing_ok=True)
            beside.stop()
    ending.check()


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
        self._failure: str | None = None
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self._ask)

    def _ask(self, _signum: int, _frame: FrameType | None) -> None:
        self._asked = True

    def fail(self, reason: str) -> None:
        """Have the cloud end by itself, from any thread.

        :param reason: a line for users.
        """
        self._failure = self._failure or reason
        self._asked = True
        self._writer.send(b'\0')

    def wait(self) -> None:
        while not self._asked:
            self._reader.recv(1)

    def check(self) -> None:
        """Raise CloudError if the end is a failure."""
        if self._failure is not None:
            raise exception.CloudError(self._failure)


def _stop(main: server.Server, cbr: server.Server, cloud) -> None:
    def stop() -> None:
        main.stop()
        cbr.stop()
        cloud.stop()

    thread = threading.Thread(target=stop, daemon=True)
    thread.start()
    thread.join(_GRACE)


def _announce(state: state_dir.StateDir, endpoint: dict[str, Any]) -> None:
    state.write_endpoint(endpoint)
    print('evs-fake ready: %s' % endpoint['url'], flush=True)


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
