# SPDX-License-Identifier: Apache-2.0
"""The contents of directories, exchanged together with the database.

What is to come is prepared beside each directory, on its file system; then a
journal says so, the database is exchanged, and everything is moved by
renames. The database decides: a process that died before that was committed
has exchanged nothing, and one that died after it is finished by the next one
(:func:`settle`). Directories themselves stay, as others have them open.
"""

import dataclasses
import json
import os
import pathlib
import shutil
from collections.abc import Callable
from collections.abc import Sequence

from evs_fake.cloud import state_dir
from evs_fake.cloud import tables


@dataclasses.dataclass(frozen=True)
class Place:
    """A directory whose contents are exchanged.

    :ivar path: of the directory.
    :ivar aside: a directory of the same file system, for the time being; it
        may be in ``path``, and is not of its contents.
    """

    path: pathlib.Path
    aside: pathlib.Path

    @property
    def new(self) -> pathlib.Path:
        """Where to prepare what is to come."""
        return self.aside / 'new'

    @property
    def _ready(self) -> pathlib.Path:
        return self.aside / 'ready'

    @property
    def _old(self) -> pathlib.Path:
        return self.aside / 'old'

    def prepare(self) -> None:
        self.clear()
        self.new.mkdir(mode=0o700, parents=True)

    def exchange(self) -> None:
        """Do it, or what is left of it."""
        if self.new.exists():
            self._old.mkdir(mode=0o700, exist_ok=True)
            _move(self.path, self._old, but=self.aside)
            if not os.listdir(self.new):
                return
            # From here on, what is in the directory is new.
            os.rename(self.new, self._ready)
            fsync(self.aside)
        if self._ready.exists():
            _move(self._ready, self.path)

    def clear(self) -> None:
        """Remove what is aside; after :meth:`exchange`, or in its place."""
        shutil.rmtree(self.aside, ignore_errors=True)


def run(state: state_dir.StateDir, places: Sequence[Place], mark: int,
        replace: Callable[[], None]) -> None:
    """Exchange prepared directories and the database.

    Whatever is left aside is the caller's to clear, by :func:`clear`.

    :param replace: exchanges the database and leaves the mark there.
    """
    state.write(state.journal, json.dumps({'mark': mark, 'places': [
        {'path': str(place.path), 'aside': str(place.aside)}
        for place in places]}))
    fsync(state.path)
    try:
        replace()
    except BaseException:
        # Nearly always undone; the database knows.
        settle(state)
        raise
    _move_all(places)
    state.journal.unlink()
    # Else a power failure could bring it back, to be obeyed once more.
    fsync(state.path)


def settle(state: state_dir.StateDir) -> None:
    """Finish or undo what a dead process was at; while nothing runs.

    What it had but prepared is left aside, for :func:`clear`.
    """
    try:
        journal = json.loads(state.journal.read_text())
    except FileNotFoundError:
        return
    places = [Place(pathlib.Path(each['path']), pathlib.Path(each['aside']))
              for each in journal['places']]
    if state.database.exists() and (
            tables.mark_of(state.database) == journal['mark']):
        _move_all(places)
    for place in places:
        place.clear()
    state.journal.unlink()
    fsync(state.path)


def clear(state: state_dir.StateDir, places: Sequence[Place]) -> None:
    """Remove what is aside, unless it still has to be moved."""
    if not state.journal.exists():
        for place in places:
            place.clear()


def fsync(directory: pathlib.Path) -> None:
    """Make the names in a directory last."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _move_all(places: Sequence[Place]) -> None:
    for place in places:
        place.exchange()


def _move(source: pathlib.Path, target: pathlib.Path,
          but: pathlib.Path | None = None) -> None:
    names = [name for name in os.listdir(source)
             if but is None or source / name != but]
    for name in names:
        os.rename(source / name, target / name)
    if names:
        fsync(target)
        fsync(source)
