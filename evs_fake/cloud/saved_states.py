# SPDX-License-Identifier: Apache-2.0
"""Saved states of a cloud: a directory for each, there whole or not at all.

::

    states/<name>/state.json      what is shown of it, and what it is of
    states/<name>/cinder.sqlite
    states/<name>/0, 1, ...       contents of the cloud's directories

What has a dot in front is being made or removed.
"""

import contextlib
import datetime
import json
import os
import pathlib
import secrets
import shutil
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from evs_fake.cloud import exchange
from evs_fake.cloud import tables
from evs_fake.storage import extents

_ABOUT = 'state.json'
_DATABASE = 'cinder.sqlite'


class Store:
    """The saved states of a state directory."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory

    def clean(self) -> None:
        """Remove what dead processes left."""
        for path in self._directory.glob('.*'):
            shutil.rmtree(path, ignore_errors=True)

    def names(self) -> list[str]:
        return sorted(path.name for path in self._directory.iterdir()
                      if not path.name.startswith('.'))

    def about(self, name: str) -> dict[str, Any] | None:
        """What :meth:`save` was told of a state; None if there is none.

        :param name: as the API allows it: no path.
        """
        try:
            return json.loads(
                (self._directory / name / _ABOUT).read_text())
        except FileNotFoundError:
            return None

    def database(self, name: str) -> pathlib.Path:
        return self._directory / name / _DATABASE

    def contents(self, name: str, number: int) -> pathlib.Path:
        """Contents of one directory, by its place in a list."""
        return self._directory / name / str(number)

    def save(self, name: str, database: pathlib.Path,
             directories: Sequence['Directory'],
             about: dict[str, Any]) -> None:
        """Keep copies; the name must not be taken.

        :param about: goes to what :meth:`about` returns.
        """
        with self._aside(name) as path:
            path.mkdir(mode=0o700)
            tables.save(database, path / _DATABASE)
            _fsync_file(path / _DATABASE)
            for number, directory in enumerate(directories):
                directory.copy(directory.path, path / str(number))
            about = {
                'name': name,
                'created_at': datetime.datetime.now(datetime.UTC).replace(
                    tzinfo=None).isoformat(timespec='microseconds'),
                'size': _size(path), **tables.counts(path / _DATABASE),
                **about}
            (path / _ABOUT).write_text(json.dumps(about))
            _fsync_file(path / _ABOUT)
            exchange.fsync(path)
            os.rename(path, self._directory / name)
            exchange.fsync(self._directory)

    def delete(self, name: str) -> None:
        with self._aside(name) as path:
            os.rename(self._directory / name, path)
            exchange.fsync(self._directory)

    @contextlib.contextmanager
    def _aside(self, name: str) -> Iterator[pathlib.Path]:
        """A name that is nobody's; what has it at the end is removed."""
        path = self._directory / ('.%s.%s' % (name, secrets.token_hex(8)))
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)


class Directory:
    """A directory of the cloud's whose contents a state has.

    :param path: of the directory.
    :param is_written: whether its files are written to where they are.
        Those of snapshots and of backups are not: they are made, and some
        day removed. A second name for them is as good as a copy.
    :param but: the name of what is not of its contents.
    """

    def __init__(self, path: pathlib.Path, is_written: bool,
                 but: str = '') -> None:
        self.path = path
        self._is_written = is_written
        self._but = but

    def copy(self, source: pathlib.Path, target: pathlib.Path) -> None:
        """Copy contents, of the directory or for it, so that they last.

        :param target: may be there, if it is empty.
        """
        target.mkdir(mode=0o700, exist_ok=True)
        for entry in os.scandir(source):
            if entry.name == self._but:
                continue
            place = target / entry.name
            if entry.is_dir(follow_symlinks=False):
                self.copy(pathlib.Path(entry.path), place)
                shutil.copymode(entry.path, place)
            elif self._is_written:
                _copy_file(entry.path, place)
            else:
                _link(entry.path, place)
        exchange.fsync(target)


def _link(source: str, target: pathlib.Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        # Another file system, or one without links.
        _copy_file(source, target)


def _copy_file(source: str, target: pathlib.Path) -> None:
    with open(source, 'rb') as original, open(target, 'x+b') as copy:
        extents.copy(original.fileno(), copy.fileno())
        os.fsync(copy.fileno())
    shutil.copymode(source, target)


def _fsync_file(path: pathlib.Path) -> None:
    with path.open('rb') as file:
        os.fsync(file.fileno())


def _size(directory: pathlib.Path) -> int:
    """Bytes that are allocated for all files below."""
    return sum(path.lstat().st_blocks * 512
               for path in directory.rglob('*') if path.is_file())
