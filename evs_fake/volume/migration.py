# SPDX-License-Identifier: Apache-2.0
"""Volumes that change their type or their pool."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from cinder import context as cinder_context
from cinder import coordination
from cinder import objects
from cinder.objects import fields
from oslo_log import log as logging

from evs_fake import exception
from evs_fake.db import volumes
from evs_fake.faults.operations import Moment
from evs_fake.faults.operations import Operation
from evs_fake.faults.resource import Resource
from evs_fake.storage import base
from evs_fake.storage import loader
from evs_fake.volume import replication

LOG = logging.getLogger(__name__)

_DRIVER = 'EVSFakeDriver'
#: The engine whose pools another process can reach.
_SHARED = 'file'
#: What the name of the lock on a volume that is migrated ends in.
_LOCK = '-evs-fake-move'


class Migration(replication.Replication):

    def retype(self, context, volume, new_type, diff, host):
        """Take the new type as it is: a pool has no bytes to change.

        Cinder asks for types that differ and only if the scheduler found
        that this very back end has what the new one wants. It answers a
        failure with a migration, if the request allows one. Replicas are
        made or removed as the new type says.

        :returns: (True, updates of the volume).
        :raises StorageError: also while the volume is failed over.
        """
        with self._gate.around(Resource(volume), Operation.VOLUME_RETYPE):
            return True, self._retype_replication(volume, new_type)

    def migrate_volume(self, context, volume, host):
        """Copy a detached volume to another pool of this machine.

        The volume is the other pool's before this one forgets it: a crash
        leaves too many bytes rather than none.

        :returns: (True, None); (False, None) if Cinder is to copy.
        """
        operations = [Operation.VOLUME_MIGRATE]
        if volume.status == fields.VolumeStatus.RETYPING:
            operations.insert(0, Operation.VOLUME_RETYPE)
        self._gate.enter(Moment.BEFORE, Resource(volume), *operations)
        directory = self._directory(host['capabilities'])
        source = self._engine(volume)
        if (volume.status != fields.VolumeStatus.AVAILABLE
                or directory is None
                or os.path.realpath(directory)
                == os.path.realpath(source.pool_dir)):
            return False, None
        # A client that never detached would go on in the old file.
        self.remove_export(context, volume)
        target = loader.load(_SHARED, directory)
        target.setup()
        try:
            with coordination.COORDINATOR.get_lock(volume.id + _LOCK):
                self._move(volume, host['host'], source, target)
        finally:
            target.close()
        return True, None

    @staticmethod
    def _move(volume: objects.Volume, host: str, source: base.StorageEngine,
              target: base.StorageEngine) -> None:
        """Both pools remember it, until neither has a byte too many.

        Once the database has the new place, that is where the volume is,
        even if its old pool cannot forget it yet.
        """
        name_id = volume.name_id
        target.begin_move(name_id, is_arriving=True)
        source.begin_move(name_id, is_arriving=False)
        try:
            target.import_volume(name_id, source.volume_path(name_id))
        except Exception:
            source.end_move(name_id)
            target.end_move(name_id)
            raise
        volume.host = host
        volume.save()
        try:
            source.delete_volume(name_id)
            source.end_move(name_id)
            target.end_move(name_id)
        except exception.StorageError as error:
            LOG.warning('Volume %(id)s has moved to %(host)s. What its old '
                        'pool has of it will be removed later: %(error)s',
                        {'id': volume.id, 'host': host, 'error': error})

    def _settle_moves(self, context: cinder_context.RequestContext,
                      is_start: bool = True) -> None:
        """End migrations amid which a process died, here or elsewhere.

        Where a volume is, the database says; what another pool has of it is
        left over. A pool that somebody else has open may be amid one.

        :param is_start: whether nothing that this process serves can be
            under way: else Cinder says how the migration of a volume ends.
        """
        for name, engine in self._pools.items():
            if not engine.moves() or not engine.is_alone():
                continue
            moves = engine.moves()
            ids = volumes.ids_by_name(context, moves)
            for name_id in moves:
                volume_id = ids.get(name_id)
                with _unless_moving(volume_id or name_id) as is_over:
                    if is_over:
                        self._settle_move(context, name, engine, name_id,
                                          volume_id, is_start)

    def _settle_move(self, context: cinder_context.RequestContext, pool: str,
                     engine: base.StorageEngine, name_id: str,
                     volume_id: str | None, is_start: bool) -> None:
        # Only now that nobody moves it, these do not change any more.
        is_arriving = engine.moves().get(name_id)
        if is_arriving is None:
            return
        volume = (objects.Volume.get_by_id(context, volume_id)
                  if volume_id else None)
        if volume is None or not self._is_at(volume, engine):
            engine.delete_volume(name_id)
            LOG.warning('Removed from pool %(pool)s what a migration of '
                        'volume %(id)s left.', {'pool': pool, 'id': name_id})
        elif is_start and volume.migration_status == 'migrating':
            volume.migration_status = 'success' if is_arriving else 'error'
            volume.save()
        engine.end_move(name_id)

    def _is_at(self, volume: objects.Volume, engine: base.StorageEngine
               ) -> bool:
        return self._is_here(volume) and self._engine(volume) is engine

    def update_migrated_volume(self, context, volume, new_volume,
                               original_volume_status):
        """Keep the bytes under the new volume's name: no copy, no rename."""
        return {'_name_id': new_volume.name_id,
                'provider_location': new_volume.provider_location}

    def _location(self, engine: base.StorageEngine) -> str:
        """What another back end has to know of a pool to copy into it."""
        return ':'.join([_DRIVER, socket.gethostname(),
                         self.configuration.evs_fake_engine,
                         os.path.abspath(engine.pool_dir)])

    def _directory(self, capabilities: Mapping[str, Any]) -> str | None:
        """Where another pool is, if this process can reach it."""
        here = ':'.join([_DRIVER, socket.gethostname(), _SHARED, ''])
        location = capabilities.get('location_info') or ''
        if not location.startswith(here):
            return None
        return location.removeprefix(here)


@contextlib.contextmanager
def _unless_moving(volume_id: str) -> Iterator[bool]:
    """Whether nobody migrates a volume; nobody begins to meanwhile."""
    lock = coordination.COORDINATOR.get_lock(volume_id + _LOCK)
    if not lock.acquire(blocking=False):
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def remove_lock(volume_id: str) -> None:
    """Remove the lock's file, if there is one, when the volume is gone."""
    coordination.synchronized_remove(volume_id + _LOCK)
