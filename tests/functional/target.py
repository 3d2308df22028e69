# SPDX-License-Identifier: Apache-2.0
"""A real iSCSI target daemon and initiator, both without a kernel's help."""

import json
import os
import pathlib
import shlex
import shutil
import socket
import subprocess
from typing import Any

import fixtures

from tests.functional import cloud

#: Where Debian has programs that are no ordinary user's.
_PATH = os.pathsep.join([os.environ.get('PATH', ''), '/usr/sbin', '/sbin'])

#: What a client says of itself: nothing here reads more of it.
CONNECTOR = {'host': 'client', 'ip': '127.0.0.1',
             'initiator': 'iqn.2016-04.org.example:client',
             'os_type': 'linux2', 'platform': 'x86_64', 'multipath': False}

#: Debian's packages by the programs of theirs that are needed. What makes
#: QEMU an initiator is in "qemu-block-extra".
_PACKAGES = {'tgtd': 'tgt', 'tgt-admin': 'tgt', 'tgtadm': 'tgt',
             'qemu-img': 'qemu-utils qemu-block-extra'}


def missing() -> str | None:
    """Packages that have to be installed first; None if none has."""
    wanted = {packages for program, packages in _PACKAGES.items()
              if not shutil.which(program, path=_PATH)}
    return ' '.join(sorted(wanted)) or None


class TargetDaemon(fixtures.Fixture):
    """A ``tgtd`` of this user's, for one cloud.

    :ivar environment: with which Cinder's helper finds it.
    :ivar port: of 127.0.0.1, where it serves.
    """

    def _setUp(self) -> None:
        self._top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        (self._top / 'bin').mkdir()
        self.config = self._top / 'targets.conf'
        # What tgt-admin --update reads; "include" must find something.
        self.config.write_text('')
        # As an ordinary user all of it believes to be root's, which is
        # what it asks for and no more.
        self._as_root = [] if os.geteuid() == 0 else ['unshare', '-r']
        admin = self._top / 'bin' / 'tgt-admin'
        admin.write_text('#!/bin/sh\nexec %s -c %s "$@"\n' % (
            shlex.join([*self._as_root,
                        shutil.which('tgt-admin', path=_PATH)]),
            shlex.quote(str(self.config))))
        admin.chmod(0o700)
        self.environment = {
            'TGT_IPC_SOCKET': str(self._top / 'socket'),
            'PATH': os.pathsep.join([str(admin.parent), _PATH])}
        self.addCleanup(self._end)
        self.start()

    def start(self) -> None:
        """Start, without any target, and wait until it serves."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(('127.0.0.1', getattr(self, 'port', 0)))
            self.port = probe.getsockname()[1]
        with open(self._top / 'log', 'a') as log:
            self._process = subprocess.Popen(
                [*self._as_root, 'tgtd', '-f', '--iscsi',
                 'portal=127.0.0.1:%d' % self.port],
                env={**os.environ, **self.environment}, stdout=log,
                stderr=log)
        cloud.until(self._answers, 'tgtd')

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError((self._top / 'log').read_text())
        with socket.socket() as client:
            return client.connect_ex(('127.0.0.1', self.port)) == 0

    def kill(self) -> None:
        """SIGKILL: it loses all its targets."""
        self._process.kill()
        self._process.wait(cloud.TIMEOUT)

    def _end(self) -> None:
        if self._process.poll() is None:
            self.kill()

    def include(self, directory: pathlib.Path) -> None:
        """Have Cinder's files of targets read: its ``volumes_dir``."""
        self.config.write_text('include %s/*\n' % directory)

    def targets(self) -> str:
        """What it serves, as it prints it itself."""
        return subprocess.run(
            ['tgtadm', '--op', 'show', '--mode', 'target'],
            env={**os.environ, **self.environment}, check=True,
            capture_output=True, text=True, timeout=cloud.TIMEOUT).stdout


class Refused(Exception):
    """The target did not let the initiator in."""


class Initiator:
    """QEMU's, which runs in the process of ``qemu-img``.

    :param connection: what Cinder answered to the client.
    """

    def __init__(self, connection: dict[str, Any]) -> None:
        self._url = 'iscsi://%(auth_username)s%%%(auth_password)s@' \
            '%(target_portal)s/%(target_iqn)s/%(target_lun)s' % connection

    def size(self) -> int:
        """Bytes of the disk."""
        return json.loads(self._run(
            'info', '--output=json', self._url))['virtual-size']

    def write(self, path: pathlib.Path) -> None:
        """Write a file's bytes to the start of the disk."""
        self._run('convert', '-n', '-f', 'raw', '-O', 'raw', str(path),
                  self._url)

    def read(self, size: int, path: pathlib.Path) -> bytes:
        """The first bytes of the disk, by way of a file."""
        self._run('dd', '-f', 'raw', '-O', 'raw', 'bs=%d' % size, 'count=1',
                  'if=' + self._url, 'of=%s' % path)
        return path.read_bytes()

    @staticmethod
    def _run(*arguments: str) -> str:
        done = subprocess.run(
            ['qemu-img', *arguments], capture_output=True, text=True,
            check=False, timeout=cloud.TIMEOUT)
        if done.returncode:
            raise Refused(done.stderr)
        return done.stdout
