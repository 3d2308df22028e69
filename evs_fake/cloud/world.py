# SPDX-License-Identifier: Apache-2.0
"""All that the embedded cloud has: kept, brought back, or made empty.

How the world is stopped, so that no thread of the former one writes into the
next:

1. The door closes (:mod:`evs_fake.cloud.guard`): requests that come wait, and
   our periodic tasks find their locks taken.
2. What is under way (requests, RPC messages from their delivery to their
   answer, and what they hand to their services' pools of threads) has a
   moment to end by itself; only what a rule or metadata holds or delays is
   not waited for. Whoever only wants to save a state stops here, and goes
   away again if something is under way still: a saved state is one at rest.
3. What is held or delayed is woken and told that it ended, and so is whatever
   would begin to be. From here on a thread that works on a unit cannot begin
   a transaction to write in, so all of them unwind quickly and in vain.
4. Only when none is left is anything exchanged. If one does not end (a copy
   of many gigabytes, a client that takes minutes to send its body), then the
   reset is refused, the door opens, and the world is as it was but for what
   was ended.

Heartbeats and Cinder's own periodic tasks run on. They carry nothing from one
transaction to the next, and the rows of services stay. Readers run on too:
the database is exchanged in one transaction.

Bytes and rows are exchanged together even if the process dies on the way; see
:mod:`evs_fake.cloud.exchange`. What Cinder has in memory of the database is
the allocated capacity of each pool: it is counted anew and reported to the
scheduler. What we have is which signatures were seen, which stay refused.
"""

import contextlib
import pathlib
import secrets
import threading
from collections.abc import Iterator
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from cinder import context as cinder_context
from cinder.backup.drivers import posix
from oslo_config import cfg
from oslo_log import log as logging

from evs_fake.api import periodic
from evs_fake.api.routing import exception
from evs_fake.cloud import exchange
from evs_fake.cloud import pristine
from evs_fake.cloud import saved_states
from evs_fake.cloud import service
from evs_fake.cloud import state_dir
from evs_fake.cloud import tables
from evs_fake.cloud import work
from evs_fake.faults import gate
from evs_fake.storage import base
from evs_fake.storage import file as file_engine
from evs_fake.storage import pool as file_pool
from evs_fake.storage import sparse

CONF = cfg.CONF
CONF.import_opt('backup_posix_path', posix.__name__)
LOG = logging.getLogger(__name__)

#: Seconds that work has to end by itself before a reset ends it, and then
#: until the reset is given up; and what saving a state waits for rest.
_GRACE = 0.3
_LIMIT = 30
_REST = 30

#: Name of what is aside for a moment, in a pool and among backups.
_ASIDE = '.reset'

#: What a pool of files has.
_KINDS = (sparse.VOLUMES, sparse.SNAPSHOTS, sparse.REPLICAS,
          *file_pool.UNMANAGED.values())

_SHOWN = ('name', 'created_at', 'size', 'volumes', 'snapshots', 'backups')


class World:
    """What the services of a state directory have."""

    def __init__(self, state: state_dir.StateDir,
                 volumes: Sequence[service.Service]) -> None:
        """Take hold of it.

        :param volumes: the cinder-volume services.
        """
        self._state = state
        self._volumes = volumes
        self._store = saved_states.Store(state.states)
        # One at a time; a second one waits.
        self._lock = threading.Lock()
        self._work = work.WORK
        self._places, self._directories = [], []
        self._take_hold()
        # Of a former process that died on its way to, or from, a reset.
        exchange.clear(state, self._places)

    # What the control API asks for

    def reset(self, name: str | None) -> None:
        """Bring a saved state back, or with None that of a new cloud.

        :raises Refused: (404) no such state; (409) it is not of a cloud like
            this; (503) work under way did not end.
        """
        with self._alone():
            # Of a reset that failed while files were moved, if any did.
            exchange.settle(self._state)
            if name is None:
                source = pristine.database(self._state)
            else:
                self._check(name)
                source = self._store.database(name)
            try:
                # Copying takes the longest, and needs nothing stopped.
                self._prepare(name)
                with self._work.closed(), periodic.paused():
                    with self._ended():
                        self._exchange(source)
                    self._count_capacity()
            finally:
                exchange.clear(self._state, self._places)
        LOG.info('The cloud was reset to %s.',
                 'that of a new one' if name is None else 'state ' + name)

    def save(self, name: str) -> dict[str, Any]:
        """Keep the present state under a name.

        :raises Refused: (409) the name is taken; work is under way; the
            bytes are not in files.
        """
        with self._alone():
            self._require_files()
            if self._store.about(name) is not None:
                raise _conflict('State %s is there already.' % name)
            with self._work.closed(), periodic.paused():
                # What is held would not end in time: no need to wait.
                self._work.wait(_REST, parked=gate.get().waiting)
                if not self._work.wait(0):
                    raise _conflict(
                        'The cloud is not at rest: operations are under way '
                        'or held. Release what rules and metadata hold, and '
                        'try again.')
                self._store.save(name, self._state.database,
                                 self._directories, self._identity())
            return self.show(name)

    def list_states(self) -> list[dict[str, Any]]:
        found = [self._store.about(name) for name in self._store.names()]
        return [_show(about) for about in found if about is not None]

    def show(self, name: str) -> dict[str, Any]:
        """What is shown of one.

        :raises Refused: (404)
        """
        return _show(self._about(name))

    def delete(self, name: str) -> None:
        """Forget one.

        :raises Refused: (404)
        """
        with self._alone():
            self._about(name)
            self._store.delete(name)

    # What there is

    def _take_hold(self) -> None:
        for engine in self._engines():
            if isinstance(engine, file_engine.FileEngine):
                pool = pathlib.Path(engine.pool_dir)
                for kind in _KINDS:
                    self._add(pool / kind, pool / ('%s-%s' % (_ASIDE, kind)),
                              is_written=kind != sparse.SNAPSHOTS)
        backups = pathlib.Path(CONF.backup_posix_path)
        self._add(backups, backups / _ASIDE, is_written=False)

    def _add(self, path: pathlib.Path, aside: pathlib.Path,
             is_written: bool) -> None:
        # A store of backups is made by the first of them.
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._places.append(exchange.Place(path, aside))
        self._directories.append(saved_states.Directory(
            path, is_written, _ASIDE))

    def _other_engines(self) -> list[base.StorageEngine]:
        """Engines that keep the bytes elsewhere than in files."""
        return [engine for engine in self._engines()
                if not isinstance(engine, file_engine.FileEngine)]

    def _engines(self) -> list[base.StorageEngine]:
        return [engine for each in self._volumes
                for engine in each.manager.driver.engines]

    def _require_files(self) -> None:
        for engine in self._other_engines():
            raise _conflict(
                'States cannot be saved with the storage engine %s, which '
                'keeps no files.' % type(engine).__name__)

    def _identity(self) -> dict[str, Any]:
        """What a state must have in common with the cloud to be of it."""
        return {'schema': pristine.schema(self._state),
                'backends': [each.host for each in self._volumes],
                # What is saved is known by its number among them.
                'directories': ['/'.join(place.path.parts[-2:])
                                for place in self._places]}

    def _about(self, name: str) -> dict[str, Any]:
        about = self._store.about(name)
        if about is None:
            raise exception.Refused('State %s could not be found.' % name,
                                    status=HTTPStatus.NOT_FOUND)
        return about

    def _check(self, name: str) -> None:
        about = self._about(name)
        self._require_files()
        for what, value in self._identity().items():
            if about.get(what) != value:
                raise _conflict(
                    'State %s was saved by a cloud with other %s than this '
                    'one has.' % (name, {
                        'schema': 'tables (another version of evs-fake)',
                        'backends': 'back ends',
                        'directories': 'pools (another version of '
                                       'evs-fake, or other '
                                       'replication devices)'}[what]))

    # Stopping and exchanging

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        # Who waits for the lock does not work: it would be waited for.
        with self._work.aside():
            self._lock.acquire()
        try:
            yield
        finally:
            self._lock.release()

    @contextlib.contextmanager
    def _ended(self) -> Iterator[None]:
        """Nothing is under way any more.

        :raises Refused: (503) something would not end.
        """
        faults = gate.get()
        self._work.wait(_GRACE, parked=faults.waiting)
        with self._work.cut(), faults.ended():
            if not self._work.wait(_LIMIT):
                raise exception.Refused(
                    'Work that is under way did not end within %d seconds; '
                    'nothing was reset. Try again.' % _LIMIT,
                    status=HTTPStatus.SERVICE_UNAVAILABLE)
            yield

    def _prepare(self, name: str | None) -> None:
        for number, (place, directory) in enumerate(
                zip(self._places, self._directories, strict=True)):
            place.prepare()
            if name is not None:
                directory.copy(self._store.contents(name, number), place.new)

    def _exchange(self, source: pathlib.Path) -> None:
        mark = secrets.randbelow(2 ** 31 - 1) + 1
        exchange.run(
            self._state, self._places, mark,
            lambda: tables.replace(self._state.database, source, mark))
        for engine in self._other_engines():
            for volume_id in engine.volume_ids():
                engine.delete_volume(volume_id)
            for snapshot_id in engine.snapshot_ids():
                engine.delete_snapshot(snapshot_id)

    def _count_capacity(self) -> None:
        """Have each cinder-volume, and the scheduler, know what is there.

        Cinder counts at the start of a service, and then what it makes and
        removes; it has no other way to count anew.
        """
        context = cinder_context.get_admin_context()
        for each in self._volumes:
            manager = each.manager
            manager.stats.update(pools={}, allocated_capacity_gb=0)
            for volume in manager._get_my_volumes(context):
                manager._count_allocated_capacity(context, volume)
            manager.publish_service_capabilities(context)


def settle(state: state_dir.StateDir) -> None:
    """Finish or undo what died with the former process; at the start."""
    exchange.settle(state)
    saved_states.Store(state.states).clean()


def _show(about: dict[str, Any]) -> dict[str, Any]:
    return {name: about[name] for name in _SHOWN}


def _conflict(message: str) -> exception.Refused:
    return exception.Refused(message, status=HTTPStatus.CONFLICT)


_world: World | None = None


def set_up(state: state_dir.StateDir,
           volumes: Sequence[service.Service]) -> None:
    """Make the process's one, once its services run."""
    global _world
    _world = World(state, volumes)


def get() -> World:
    """The process's; api-paste.ini names this."""
    return _world
