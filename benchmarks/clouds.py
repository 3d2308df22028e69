# SPDX-License-Identifier: Apache-2.0
"""Start, watch and stop a cloud in a process of its own."""

import dataclasses
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from benchmarks import client as bench_client
from benchmarks import ec2

ROOT = pathlib.Path(__file__).resolve().parent.parent
STOP_PATIENCE_S = 30.0


@dataclasses.dataclass(frozen=True)
class Memory:
    """Resident memory of a cloud's processes, in KiB.

    pss_kib is None when the kernel does not let us read it.
    """

    rss_kib: int
    pss_kib: int | None


@dataclasses.dataclass(frozen=True)
class Kind:
    """How to know that a cloud is ready.

    :param url: what it prints, with a group for its root's URL
    :param answers: whether the API behind a URL gives a first good answer
    """

    url: re.Pattern[bytes]
    answers: Callable[[str], bool]


def _volumes_are_listed(url: str) -> bool:
    client = bench_client.Client(url)
    status, answer = client.request('GET', '/volumes/detail')
    client.close()
    return status == 200 and 'volumes' in answer


CINDER = Kind(re.compile(rb'^[\w-]+ ready: (http\S+)$', re.MULTILINE),
              _volumes_are_listed)
MOTO = Kind(ec2.READY, ec2.answers)


class Cloud:
    """A running cloud.

    :param name: the name it has in reports
    :param command: a shell-like command line; ``{state_dir}`` in it becomes
        the state directory
    :param state_dir: its state directory, absolute, made when it is not there
    :param kind: CINDER or MOTO
    :raises BenchmarkError: it ended, or was not ready within PATIENCE_S
    """

    def __init__(self, name: str, command: str,
                 state_dir: pathlib.Path, kind: Kind = CINDER) -> None:
        self.name = name
        self._kind = kind
        self._state_dir = state_dir
        state_dir.mkdir(exist_ok=True)
        self._log = state_dir.with_name(state_dir.name + '.log')
        arguments = [part.format(state_dir=state_dir)
                     for part in shlex.split(command)]
        environment = dict(os.environ)
        # The warm-up start has to leave bytecode behind for the timed ones.
        environment.pop('PYTHONDONTWRITEBYTECODE', None)
        # A file and no pipe: nobody has to empty it for the cloud to go on.
        with self._log.open('wb') as log:
            self.started_at = time.perf_counter()
            try:
                # The directory lets Python find benchmarks.stock, and only
                # that: an installed evs-fake stays the one that is run. A
                # session of its own lets its helpers be found and ended.
                self._process = subprocess.Popen(
                    arguments, stdin=subprocess.DEVNULL, stdout=log,
                    stderr=subprocess.STDOUT, env=environment, cwd=ROOT,
                    start_new_session=True)
            except OSError as exc:
                raise bench_client.BenchmarkError(
                    f'{name} cannot be started: {exc}') from exc
        try:
            self.url = self._wait_url()
            self._wait_answer()
        except BaseException:
            self._kill()
            raise
        self.ready_s = time.perf_counter() - self.started_at

    def __enter__(self) -> 'Cloud':
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id of the cloud's first process."""
        return self._process.pid

    @property
    def database(self) -> pathlib.Path:
        """The SQLite file that evs-fake keeps in its state directory."""
        return self._state_dir / 'cinder.sqlite'

    def _wait_url(self) -> str:
        seen = b''
        with self._log.open('rb') as log:
            while True:
                self._check_alive()
                seen += log.read()
                match = self._kind.url.search(seen)
                if match:
                    return match.group(1).decode()
                time.sleep(bench_client.POLL_S)

    def _wait_answer(self) -> None:
        while not self._kind.answers(self.url):
            self._check_alive()
            time.sleep(bench_client.POLL_S)

    def _check_alive(self) -> None:
        late = (time.perf_counter() - self.started_at
                > bench_client.PATIENCE_S)
        if late or self._process.poll() is not None:
            tail = self._log.read_text(errors='replace')[-2000:]
            how = ('was not ready in time' if late else
                   f'ended with {self._process.returncode}')
            raise bench_client.BenchmarkError(
                f'{self.name} {how}; the end of its output:\n{tail}')

    def memory(self) -> Memory:
        """Read the resident memory of all processes of the cloud."""
        rss = 0
        pss: int | None = 0
        for process in _session(self.pid):
            try:
                rss += _field(process / 'status', 'VmRSS')
            except (FileNotFoundError, ProcessLookupError):
                continue
            try:
                if pss is not None:
                    pss += _field(process / 'smaps_rollup', 'Pss')
            except OSError:
                pss = None
        return Memory(rss, pss)

    def stop(self) -> None:
        """End the cloud, and say so on stderr if it did not end with 0."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            status = f'status {self._process.wait(STOP_PATIENCE_S)}'
        except subprocess.TimeoutExpired:
            status = f'no end within {STOP_PATIENCE_S} s'
        finally:
            self._kill()
        if status != 'status 0':
            print(f'warning: {self.name} answered SIGTERM with {status}',
                  file=sys.stderr)

    def _kill(self) -> None:
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()


def stock_command() -> str:
    """Return the command line that runs stock Cinder."""
    return shlex.join((
        sys.executable, '-m', 'benchmarks.stock',
        '--state-dir', '{state_dir}'))


def evs_fake_command() -> str:
    """Return the command line of the evs-fake beside this Python.

    It is the one on the PATH when there is none beside this Python.
    """
    return shlex.join((
        _beside('evs-fake'), 'serve',
        '--port', '0', '--cbr-port', '0', '--state-dir', '{state_dir}'))


def moto_command() -> str:
    """Return the command line of moto's server, found in the same way."""
    return shlex.join((_beside('moto_server'), '-p', '0'))


def _beside(name: str) -> str:
    path = pathlib.Path(sys.executable).with_name(name)
    return str(path) if path.exists() else name


def _session(session: int) -> list[pathlib.Path]:
    found = []
    for process in pathlib.Path('/proc').iterdir():
        if process.name.isdigit():
            try:
                if os.getsid(int(process.name)) == session:
                    found.append(process)
            except ProcessLookupError:
                continue
    return found


def _field(path: pathlib.Path, name: str) -> int:
    for line in path.read_text().splitlines():
        key, _, value = line.partition(':')
        if key == name:
            return int(value.split()[0])
    raise ProcessLookupError(f'{path} has no {name}')
