# SPDX-License-Identifier: Apache-2.0
"""What the parts of the driver have in common."""

from __future__ import annotations

from cinder import context as cinder_context
from cinder import objects
from cinder.volume import configuration

from evs_fake.db import volumes
from evs_fake.faults import gate
from evs_fake.storage import base
from evs_fake.volume import pools
from evs_fake.volume import replicas
from evs_fake.volume import target


class Backend:
    """Where a resource's bytes are, and who may hold its operations."""

    configuration: configuration.Configuration
    _gate: gate.Gate
    _pools: pools.Pools
    _target: target.Target | None
    _replicas: replicas.Replicas
    #: Of the device that the whole back end is failed over to, or ''.
    _active_id: str

    @property
    def engines(self) -> list[base.StorageEngine]:
        """Where bytes are that can be reached: one for each pool."""
        ids = dict.fromkeys([self._active_id, *self._replicas.usable])
        return [engine for backend_id in ids for _name, engine
                in self._replicas.pools(backend_id).items()]

    def _is_reachable(self, place: objects.Volume | volumes.Place) -> bool:
        """Whether a volume is not lost with the primary."""
        return not self._active_id or bool(place.replication_driver_data)

    def _engine(self, volume: objects.Volume) -> base.StorageEngine:
        """The engine that has a volume's bytes.

        :raises StorageError: its pool is not of this back end.
        """
        return self._replicas.pools(
            volume.replication_driver_data).at(volume.host)

    @staticmethod
    def _place(snapshot: objects.Snapshot) -> volumes.Place:
        """Where a snapshot's volume is.

        A snapshot from the API comes without its volume. Cinder would read
        it with all that belongs to it: a tenth of the time that a snapshot
        takes.
        """
        if snapshot.obj_attr_is_set('volume'):
            volume = snapshot.volume
            return volumes.Place(
                volume.name_id, volume.host, volume.replication_driver_data,
                volume.replication_status)
        return volumes.place(cinder_context.get_admin_context(),
                             snapshot.volume_id)

    def _source(self, snapshot: objects.Snapshot
                ) -> tuple[base.StorageEngine, str]:
        """A snapshot's engine, and the id by which it has the volume."""
        place = self._place(snapshot)
        return self._replicas.pools(
            place.replication_driver_data).at(place.host), place.name_id

    def _snapshot_engine(self, snapshot: objects.Snapshot
                         ) -> base.StorageEngine:
        if self._pools.only and not self._replicas:
            return self._pools.only
        return self._source(snapshot)[0]
