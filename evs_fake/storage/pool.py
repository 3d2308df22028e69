# SPDX-License-Identifier: Apache-2.0
"""The directory that a file engine keeps its objects in.

A pool is one directory on one file system::

    volumes/<volume id>          what a client attaches
    snapshots/<snapshot id>
    replicas/<volume id>         what another pool's volume had
    arriving/<volume id>         empty: a migration brings it, or takes it
    leaving/<volume id>          away, or did when its process died
    unmanaged-volumes/<name>     what can become a volume or a snapshot
    unmanaged-snapshots/<name>
    tmp/<session>/               what one engine is making; it holds a lock

Whatever is found under volumes/, snapshots/ or replicas/ is whole: a file is
made and flushed under tmp/, then gets its name there in one step.
"""

import contextlib
import errno
import fcntl
import itertools
import os
import secrets
from collections import abc

from evs_fake.storage import sparse

_SESSIONS = 'tmp'
#: Where files of other origin are, by what they can become.
UNMANAGED = {sparse.VOLUMES: 'unmanaged-volumes',
             sparse.SNAPSHOTS: 'unmanaged-snapshots'}
#: Where volumes are noted that a migration moves, by whether they come.
MOVES = {True: 'arriving', False: 'leaving'}
_DIRECTORIES = (sparse.VOLUMES, sparse.SNAPSHOTS, sparse.REPLICAS,
                *UNMANAGED.values(), *MOVES.values(), _SESSIONS)
_OPEN_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextlib.contextmanager
def closing(fd: int) -> abc.Iterator[int]:
    """Closes a descriptor when the body ends."""
    try:
        yield fd
    finally:
        os.close(fd)


def _is_free(session: int) -> bool:
    """Lock an open directory, unless another has; closing it unlocks it.

    The lock belongs to the open directory, not to the process, so two
    engines of one process exclude each other too.
    """
    try:
        fcntl.flock(session, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Pool:
    """An open pool, and this engine's session in it.

    Everything is reached through directories that stay open, so nobody can
    swap one for a link under way.

    :param path: directory; it is made if it is missing, and what is inside
        is made private to the user.
    :raises OSError: as the system calls do, and if the pool cannot be
        written to, spans file systems or has parts of somebody else's. All
        methods may raise it.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._names = itertools.count()
        # Who forks after setup shares the lock: the name tells whose it is.
        self._session = f'{os.getpid()}-{secrets.token_hex(8)}'
        with contextlib.ExitStack() as stack:
            # The administrator may have made the pool itself a link.
            os.makedirs(path, mode=0o700, exist_ok=True)
            self._top = stack.enter_context(closing(
                os.open(path, _OPEN_DIRECTORY & ~os.O_NOFOLLOW)))
            self._fds = {name: stack.enter_context(closing(
                self._open_layout(name))) for name in _DIRECTORIES}
            os.fsync(self._top)
            self._check_writable()
            # Else a recover() could take it for a dead one's before it is
            # locked.
            with self.locked():
                os.mkdir(self._session, 0o700, dir_fd=self._fds[_SESSIONS])
                self._session_fd = stack.enter_context(closing(os.open(
                    self._session, _OPEN_DIRECTORY,
                    dir_fd=self._fds[_SESSIONS])))
                _is_free(self._session_fd)
            self._opened = stack.pop_all()

    def close(self) -> None:
        """End the session; no other call may be under way."""
        with self._opened:
            try:
                with self.locked():
                    os.rmdir(self._session, dir_fd=self._fds[_SESSIONS])
            except OSError:
                # Without its lock, it is the next recover()'s to remove.
                pass

    def check(self) -> None:
        """Raise OSError unless the path still leads here, writable."""
        for name in _DIRECTORIES:
            there = os.stat(os.path.join(self.path, name),
                            follow_symlinks=False)
            if not os.path.samestat(there, os.fstat(self._fds[name])):
                raise OSError(errno.ESTALE, 'replaced since it was opened',
                              name)
        self._check_writable()

    def fd(self, kind: str) -> int:
        """Descriptor of a directory of volumes or of snapshots."""
        return self._fds[kind]

    def names(self, kind: str) -> list[str]:
        """What is in a directory of volumes or of snapshots."""
        return self._listed(self._fds[kind])

    @contextlib.contextmanager
    def locked(self) -> abc.Iterator[None]:
        """Excludes every other thread and process that locks the pool."""
        # Opened anew: a lock does not exclude who shares the open directory.
        with closing(os.open('.', _OPEN_DIRECTORY, dir_fd=self._top)) as fd:
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield

    @contextlib.contextmanager
    def temporary(self, label: str) -> abc.Iterator[tuple[int, int, str]]:
        """A new file, which the body may rename into place.

        :param label: what its name starts with.
        :returns: its descriptor, its directory's, and its name there.
        """
        name = f'{label}.{next(self._names)}'
        flags = (os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
                 | os.O_CLOEXEC)
        with closing(os.open(name, flags, 0o600,
                             dir_fd=self._session_fd)) as fd:
            try:
                yield fd, self._session_fd, name
            finally:
                try:
                    os.unlink(name, dir_fd=self._session_fd)
                except FileNotFoundError:
                    # It is in place.
                    pass

    def mark(self, kind: str, name: str) -> None:
        """Make an empty file, or leave it there."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        os.close(os.open(name, flags, 0o600, dir_fd=self._fds[kind]))
        os.fsync(self._fds[kind])

    def unmark(self, kind: str, name: str) -> None:
        """Remove it, if it is there."""
        try:
            os.unlink(name, dir_fd=self._fds[kind])
        except FileNotFoundError:
            return
        os.fsync(self._fds[kind])

    def is_alone(self) -> bool:
        """Whether every other session is a dead engine's."""
        with self.locked():
            for name in self._listed(self._fds[_SESSIONS]):
                if name == self._session:
                    continue
                try:
                    session = os.open(name, _OPEN_DIRECTORY,
                                      dir_fd=self._fds[_SESSIONS])
                except OSError as error:
                    if error.errno not in (errno.ENOTDIR, errno.ELOOP):
                        raise
                    continue
                with closing(session):
                    if not _is_free(session):
                        return False
        return True

    def recover(self) -> list[str]:
        """Remove all sessions that no live engine holds.

        :returns: ``<session>/<file>`` for each file that was in one.
        """
        removed: list[str] = []
        with self.locked():
            for name in self._listed(self._fds[_SESSIONS]):
                removed += self._remove_dead(name)
        return removed

    def sizes(self) -> tuple[int, int]:
        """Allocated and provisioned bytes of the pool's files.

        Costs one stat() for each file.
        """
        allocated = provisioned = 0
        for _, _, files, directory in os.fwalk('.', dir_fd=self._top):
            for name in files:
                try:
                    info = os.stat(name, dir_fd=directory,
                                   follow_symlinks=False)
                except FileNotFoundError:
                    continue
                # st_blocks counts units of 512 bytes on Linux, whatever
                # the file system's block is.
                allocated += info.st_blocks * 512
                provisioned += info.st_size
        return allocated, provisioned

    def medium(self) -> tuple[int, int]:
        """Size and free space of the file system, in bytes."""
        system = os.fstatvfs(self._top)
        return (system.f_blocks * system.f_frsize,
                system.f_bavail * system.f_frsize)

    def _open_layout(self, name: str) -> int:
        try:
            os.mkdir(name, 0o700, dir_fd=self._top)
        except FileExistsError:
            pass
        fd = os.open(name, _OPEN_DIRECTORY, dir_fd=self._top)
        try:
            found = os.fstat(fd)
            if found.st_uid != os.geteuid():
                # Who could give it to whom he likes, at any time.
                raise OSError(errno.EPERM, 'belongs to user %d, not %d' % (
                    found.st_uid, os.geteuid()), name)
            os.fchmod(fd, 0o700)
            # Nothing can be renamed from one file system to another.
            if found.st_dev != os.fstat(self._top).st_dev:
                raise OSError(errno.EXDEV, 'is another file system', name)
        except BaseException:
            os.close(fd)
            raise
        return fd

    def _check_writable(self) -> None:
        for name in _DIRECTORIES:
            if not os.access(name, os.W_OK | os.X_OK, dir_fd=self._top,
                             effective_ids=True):
                raise OSError(errno.EACCES, 'not writable', name)

    @staticmethod
    def _listed(directory: int) -> list[str]:
        # A listing moves the offset of the open directory, which a
        # duplicate shares: two threads would each miss names.
        with closing(os.open('.', _OPEN_DIRECTORY, dir_fd=directory)) as fd:
            return os.listdir(fd)

    def _remove_dead(self, name: str) -> list[str]:
        parent = self._fds[_SESSIONS]
        try:
            session = os.open(name, _OPEN_DIRECTORY, dir_fd=parent)
        except OSError as error:
            if error.errno not in (errno.ENOTDIR, errno.ELOOP):
                raise
            os.unlink(name, dir_fd=parent)
            return [name]
        with closing(session):
            if not _is_free(session):
                return []
            files = self._listed(session)
            for file in files:
                os.unlink(file, dir_fd=session)
            os.rmdir(name, dir_fd=parent)
        return [f'{name}/{file}' for file in files]
