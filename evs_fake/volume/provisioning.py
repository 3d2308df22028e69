# SPDX-License-Identifier: Apache-2.0
"""Volumes: made, copied, extended and deleted."""

from __future__ import annotations

from cinder import objects
from cinder.objects import fields

from evs_fake.faults.operations import Operation
from evs_fake.faults.resource import Resource
from evs_fake.storage import base
from evs_fake.volume import removal
from evs_fake.volume import replication


class Volumes(replication.Replication):

    def create_volume(self, volume):
        with self._gate.around(Resource(volume), Operation.VOLUME_CREATE):
            self._engine(volume).create_volume(volume.name_id, volume.size)
            return self._begin_replication(volume)

    def create_volume_from_snapshot(self, volume, snapshot):
        with self._gate.around(Resource(volume), Operation.VOLUME_CREATE):
            self._fill_from_snapshot(volume, snapshot)
            return self._begin_replication(volume)

    def create_cloned_volume(self, volume, src_vref):
        with self._gate.around(Resource(volume), Operation.VOLUME_CLONE,
                               Operation.VOLUME_CREATE):
            self._fill_from_volume(volume, src_vref)
            return self._begin_replication(volume)

    def delete_volume(self, volume):
        with self._gate.around(Resource(volume), Operation.VOLUME_DELETE):
            removal.remove_volume(self._engine(volume), volume)
            self._end_replication(volume)
        if volume.status == 'error_managing_deleting':
            # In this status, Cinder's manager would not take the volume off
            # the quota, on which Cinder's API had put it.
            volume.status = fields.VolumeStatus.DELETING

    def extend_volume(self, volume, new_size):
        """Also while it is attached: a client sees the size of the file."""
        with self._gate.around(Resource(volume), Operation.VOLUME_EXTEND):
            self._engine(volume).extend_volume(volume.name_id, int(new_size))
            if self._target:
                self._target.extend(volume)
            self._replicate(volume)

    def _fill_from_snapshot(self, volume: objects.Volume,
                            snapshot: objects.Snapshot) -> None:
        engine = self._engine(volume)
        source = self._snapshot_engine(snapshot)
        if source is engine:
            engine.create_volume_from_snapshot(
                volume.name_id, snapshot.id, volume.size)
        else:
            self._bring(engine, volume, source.snapshot_path(snapshot.id))

    def _fill_from_volume(self, volume: objects.Volume,
                          source_volume: objects.Volume) -> None:
        engine = self._engine(volume)
        source = self._engine(source_volume)
        if source is engine:
            engine.clone_volume(volume.name_id, source_volume.name_id,
                                volume.size)
        else:
            self._bring(engine, volume,
                        source.volume_path(source_volume.name_id))

    @staticmethod
    def _bring(engine: base.StorageEngine, volume: objects.Volume,
               path: str) -> None:
        """Copy from another pool."""
        engine.import_volume(volume.name_id, path)
        engine.extend_volume(volume.name_id, volume.size)
