# SPDX-License-Identifier: Apache-2.0
"""How clients reach the bytes."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

from cinder import objects
from cinder.objects import fields
from cinder.volume import volume_utils

from evs_fake.faults.operations import Moment
from evs_fake.faults.operations import Operation
from evs_fake.faults.resource import Resource
from evs_fake.volume import replication
from evs_fake.volume import restored

#: Statuses in which Cinder's own services connect to a volume.
_WORKED_ON = frozenset({
    fields.VolumeStatus.CREATING, fields.VolumeStatus.DOWNLOADING,
    fields.VolumeStatus.UPLOADING, fields.VolumeStatus.BACKING_UP,
    fields.VolumeStatus.RESTORING_BACKUP, fields.VolumeStatus.RETYPING,
    fields.VolumeStatus.MAINTENANCE})

_NOT_MIGRATING = frozenset({None, 'none', 'success', 'error', 'deleting'})


class Connections(replication.Replication):
    """Connections to a volume's file, or to a target that serves it."""

    def local_path(self, volume):
        return self._engine(volume).volume_path(volume.name_id)

    @property
    def _storage_protocol(self) -> str:
        return self._target.storage_protocol if self._target else 'local'

    def validate_connector(self, connector):
        """Cinder's own services on this host need no initiator."""
        if self._target and not _is_here(connector):
            self._target.validate(connector)

    def ensure_export(self, context, volume):
        if self._target:
            self._target.ensure(context, volume, self.local_path(volume))

    def create_export(self, context, volume, connector):
        if self._has_the_file(volume, connector):
            return None
        return self._target.create(context, volume, self.local_path(volume))

    def remove_export(self, context, volume):
        """Serve a volume no longer, unless its clients still use it.

        Cinder asks for this also when it has read a volume for an image,
        while others are attached, and when one more could not be attached.
        """
        if (self._target is None
                or volume.status == fields.VolumeStatus.UPLOADING
                or self._target.is_shared(context, volume)):
            return
        self._target.remove(context, volume)

    def create_export_snapshot(self, context, snapshot, connector):
        pass

    def remove_export_snapshot(self, context, snapshot):
        pass

    def initialize_connection(self, volume, connector, **kwargs):
        """A connection to the volume's target, or to the file itself."""
        if volume.status == fields.VolumeStatus.RESTORING_BACKUP:
            # cinder-backup is about to write.
            self._gate.enter(Moment.BEFORE, Resource(volume),
                             Operation.BACKUP_RESTORE)
        with self._gate.around(Resource(volume),
                               Operation.CONNECTION_INITIALIZE):
            if self._has_the_file(volume, connector):
                return self._local_connection(
                    self.local_path(volume),
                    volume_utils.extract_host(volume.host, 'host'))
            return self._target.connect(volume, connector)

    def initialize_connection_snapshot(self, snapshot, connector, **kwargs):
        """Always to the file: only Cinder's own services ask for it."""
        return self._local_connection(
            self._snapshot_engine(snapshot).snapshot_path(snapshot.id),
            volume_utils.extract_host(snapshot.volume.host, 'host'))

    def terminate_connection(self, volume, connector, **kwargs):
        """Whether a connector is given or None.

        :returns: whether others use the same connection.
        """
        if volume.status in restored.WRITTEN:
            restored.regain_size(self._engine(volume), volume)
        if volume.status == fields.VolumeStatus.RESTORING_BACKUP:
            self._gate.enter(Moment.AFTER, Resource(volume),
                             Operation.BACKUP_RESTORE)
        with self._gate.around(Resource(volume),
                               Operation.CONNECTION_TERMINATE):
            is_shared = False
            if self._target and not self._has_the_file(volume,
                                                       connector or {}):
                is_shared = self._target.disconnect(
                    volume, connector, **kwargs)
            self._replicate(volume)
            return is_shared

    def terminate_connection_snapshot(self, snapshot, connector, **kwargs):
        """Nothing to undo, whether a connector is given or None."""

    def _has_the_file(self, volume: objects.Volume,
                      connector: Mapping[str, Any]) -> bool:
        """Whether a client is to open the file, even if others may not.

        Cinder's own services on this host do: it takes no root, and no
        module of the kernel's. So does who says to be here and has nothing
        else to connect with.
        """
        if self._target is None:
            return True
        return _is_here(connector) and (
            _is_worked_on(volume) or not self._target.takes(connector))

    @staticmethod
    def _local_connection(path: str, host: str) -> dict[str, Any]:
        return {'driver_volume_type': 'local',
                'data': {'device_path': path, 'host': host}}


def _is_here(connector: Mapping[str, Any]) -> bool:
    return connector.get('host') == socket.gethostname()


def _is_worked_on(volume: objects.Volume) -> bool:
    """Whether Cinder moves a volume's bytes: no tenant can connect now."""
    return volume.status in _WORKED_ON or (
        volume.status == fields.VolumeStatus.AVAILABLE
        and volume.migration_status not in _NOT_MIGRATING)
