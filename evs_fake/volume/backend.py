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
from evs_fake.volume import target


class Backend:
    """Where a resource's bytes are, and who may hold its operations."""

    configuration: configuration.Configuration
    _gate: gate.Gate
    _pools: pools.Pools
    _target: target.Target | None

    def _engine(self, item: objects.Volume | objects.Group
                ) -> base.StorageEngine:
        """The engine that has a volume's bytes.

        :raises StorageError: its pool is not of this back end.
        """
        return self._pools.at(item.host)

    def _source(self, snapshot: objects.Snapshot
                ) -> tuple[base.StorageEngine, str]:
        """A snapshot's engine, and the id by which it has the volume.

        A snapshot from the API comes without its volume. Cinder would read
        it with all that belongs to it: a tenth of the time that a snapshot
        takes.
        """
        if snapshot.obj_attr_is_set('volume'):
            volume = snapshot.volume
            return self._engine(volume), volume.name_id
        name_id, host = volumes.place(cinder_context.get_admin_context(),
                                      snapshot.volume_id)
        return self._pools.at(host), name_id

    def _snapshot_engine(self, snapshot: objects.Snapshot
                         ) -> base.StorageEngine:
        return self._pools.only or self._source(snapshot)[0]
