# SPDX-License-Identifier: Apache-2.0
"""What is done to a cloud while it is asked for much."""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from collections.abc import Iterator

from tests.functional import cloud
from tests.functional import forked
from tests.violence import stored

#: Stops clients: they ask for nothing more.
Stop = Callable[[], None]


class Disturbance:
    """One of them; this one is ``kill -9``.

    :ivar lenient: what the cloud is asked for meanwhile may fail.
    :ivar orderly: what was made later is younger.
    :ivar settling: seconds in which the cloud removes what is left, once
        nothing is under way.
    :ivar environment: of the cloud's process.
    """

    lenient = False
    orderly = True
    settling = 10

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}

    @contextlib.contextmanager
    def prepared(self, state_dir: pathlib.Path) -> Iterator[None]:
        """What must be there before the cloud starts, until it has ended.

        :raises Impossible: if it cannot be had here.
        """
        yield

    def strike(self, served: forked.Cloud, place: stored.Stored, stop: Stop
               ) -> None:
        """Do it, stop the clients, and have the cloud be well again."""
        stop()
        served.kill()
        served.start()


class Impossible(Exception):
    """This machine, or this user, cannot do it."""


class Lasting(Disturbance):
    """Something is wrong for a while, and the clients go on meanwhile."""

    def __init__(self, seconds: float = 1.5) -> None:
        super().__init__()
        self._seconds = seconds

    def strike(self, served: forked.Cloud, place: stored.Stored, stop: Stop
               ) -> None:
        with self._wrong(served, place):
            threading.Event().wait(self._seconds)
            if self.lenient:
                stop()
                # What is under way is to meet it, too.
                threading.Event().wait(self._seconds / 10)
        threading.Event().wait(self._seconds / 10)
        stop()

    def _wrong(self, served: forked.Cloud, place: stored.Stored
               ) -> contextlib.AbstractContextManager:
        raise NotImplementedError


class _OwnMedium(Lasting):
    """The pools have a small file system of their own."""

    lenient = True
    #: What a pool could not delete goes with its next report, in a minute.
    settling = 75
    _BYTES = 64 << 20

    @contextlib.contextmanager
    def prepared(self, state_dir: pathlib.Path) -> Iterator[None]:
        self._pools = state_dir / 'pools'
        self._pools.mkdir(parents=True)
        self._mount('-t', 'tmpfs', '-o', 'mode=700,size=%d' % self._BYTES,
                    'evs-fake-pools')
        try:
            yield
        finally:
            subprocess.run(['umount', str(self._pools)], check=True)

    def _mount(self, *options: str) -> None:
        done = subprocess.run(['mount', *options, str(self._pools)],
                              capture_output=True, text=True)
        if done.returncode:
            raise Impossible('no file system for it: ' + done.stderr)


class Full(_OwnMedium):
    """No space is left in the pools."""

    @contextlib.contextmanager
    def _wrong(self, served: forked.Cloud, place: stored.Stored
               ) -> Iterator[None]:
        ballast = self._pools / 'ballast'
        with place.unwritable(), ballast.open('wb') as file:
            self._fill(file.fileno())
            try:
                yield
            finally:
                ballast.unlink()


    @staticmethod
    def _fill(descriptor: int) -> None:
        while free := os.fstatvfs(descriptor).f_bavail:
            try:
                os.posix_fallocate(
                    descriptor, os.fstat(descriptor).st_size,
                    free * os.fstatvfs(descriptor).f_frsize)
            except OSError as error:
                # The cloud has taken some of it meanwhile.
                if error.errno != errno.ENOSPC:
                    raise


class ReadOnly(_OwnMedium):
    """The pools can only be read."""

    @contextlib.contextmanager
    def _wrong(self, served: forked.Cloud, place: stored.Stored
               ) -> Iterator[None]:
        with place.unwritable():
            # Refused while a file is being written.
            cloud.until(lambda: self._remount('ro'), 'read-only pools',
                        pause=0.001)
            try:
                yield
            finally:
                self._remount('rw')

    def _remount(self, mode: str) -> bool:
        return not subprocess.run(
            ['mount', '-o', 'remount,' + mode, str(self._pools)],
            capture_output=True).returncode


class Locked(Lasting):
    """Another process has the database locked."""

    @contextlib.contextmanager
    def _wrong(self, served: forked.Cloud, place: stored.Stored
               ) -> Iterator[None]:
        with contextlib.closing(sqlite3.connect(
                served.state_dir / 'cinder.sqlite', timeout=cloud.TIMEOUT,
                isolation_level=None)) as connection:
            connection.execute('BEGIN EXCLUSIVE')
            try:
                yield
            finally:
                connection.execute('ROLLBACK')


class Stopped(Lasting):
    """The process is stopped, and goes on later."""

    @contextlib.contextmanager
    def _wrong(self, served: forked.Cloud, place: stored.Stored
               ) -> Iterator[None]:
        served.send(signal.SIGSTOP)
        try:
            yield
        finally:
            served.send(signal.SIGCONT)


class Backwards(Lasting):
    """The clock is set back by minutes."""

    orderly = False
    #: Fewer than a signature is valid for.
    _MINUTES = 5

    @contextlib.contextmanager
    def prepared(self, state_dir: pathlib.Path) -> Iterator[None]:
        with tempfile.TemporaryDirectory() as directory:
            library = pathlib.Path(directory, 'clock.so')
            self._offset = library.with_name('offset')
            self._set(0)
            try:
                subprocess.run(
                    ['cc', '-shared', '-fPIC', '-o', str(library),
                     str(pathlib.Path(__file__).with_name('clock.c')),
                     '-ldl'], check=True, capture_output=True)
            except (FileNotFoundError,
                    subprocess.CalledProcessError) as error:
                raise Impossible('no C compiler: %s' % error) from error
            self.environment = {'LD_PRELOAD': str(library),
                                'EVS_FAKE_CLOCK': str(self._offset)}
            yield

    def _set(self, minutes: int) -> None:
        # A long, which the library has in memory.
        with open(self._offset, 'r+b' if self._offset.exists() else 'wb'
                  ) as file:
            file.write((-60 * minutes).to_bytes(8, sys.byteorder,
                                                signed=True))

    @contextlib.contextmanager
    def _wrong(self, served: forked.Cloud, place: stored.Stored
               ) -> Iterator[None]:
        self._set(self._MINUTES)
        try:
            yield
        finally:
            self._set(0)


#: All of them by name.
BY_NAME = {'kill': Disturbance, 'full': Full, 'read-only': ReadOnly,
           'locked': Locked, 'stopped': Stopped, 'clock': Backwards}
