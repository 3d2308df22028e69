# SPDX-License-Identifier: Apache-2.0
"""How clients reach the bytes."""

from __future__ import annotations

from typing import Any

from cinder.objects import fields
from cinder.volume import volume_utils

from evs_fake.faults.operations import Moment
from evs_fake.faults.operations import Operation
from evs_fake.faults.resource import Resource
from evs_fake.volume import backend


class Connections(backend.Backend):
    """Connections of os-brick's ``local`` kind, to the file itself."""

    #: What the statistics say.
    storage_protocol = 'local'

    def local_path(self, volume):
        return self._engine(volume).volume_path(volume.name_id)

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass

    def create_export_snapshot(self, context, snapshot, connector):
        pass

    def remove_export_snapshot(self, context, snapshot):
        pass

    def initialize_connection(self, volume, connector, **kwargs):
        """A ``local`` connection (os-brick) to the volume's file."""
        if volume.status == fields.VolumeStatus.RESTORING_BACKUP:
            # cinder-backup is about to write.
            self._gate.enter(Moment.BEFORE, Resource(volume),
                             Operation.BACKUP_RESTORE)
        with self._gate.around(Resource(volume),
                               Operation.CONNECTION_INITIALIZE):
            return self._local_connection(
                self.local_path(volume),
                volume_utils.extract_host(volume.host, 'host'))

    def initialize_connection_snapshot(self, snapshot, connector, **kwargs):
        return self._local_connection(
            self._snapshot_engine(snapshot).snapshot_path(snapshot.id),
            volume_utils.extract_host(snapshot.volume.host, 'host'))

    def terminate_connection(self, volume, connector, **kwargs):
        """Nothing to undo, whether a connector is given or None."""
        if volume.status == fields.VolumeStatus.RESTORING_BACKUP:
            self._gate.enter(Moment.AFTER, Resource(volume),
                             Operation.BACKUP_RESTORE)
        with self._gate.around(Resource(volume),
                               Operation.CONNECTION_TERMINATE):
            pass

    def terminate_connection_snapshot(self, snapshot, connector, **kwargs):
        """Nothing to undo, whether a connector is given or None."""

    @staticmethod
    def _local_connection(path: str, host: str) -> dict[str, Any]:
        return {'driver_volume_type': 'local',
                'data': {'device_path': path, 'host': host}}
