# SPDX-License-Identifier: Apache-2.0
"""Cinder's volume driver of the fake EVS."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any
from typing import NoReturn

from cinder import context as cinder_context
from cinder import interface
from cinder import objects
from cinder.objects import fields
from cinder.volume import driver
from cinder.volume import volume_utils
from oslo_log import log as logging
from oslo_utils import excutils
from oslo_utils import units

from evs_fake import exception
from evs_fake import states
from evs_fake.conf import backend as backend_conf
from evs_fake.db import volumes
from evs_fake.faults import gate
from evs_fake.faults.operations import Moment
from evs_fake.faults.operations import Operation
from evs_fake.faults.resource import Resource
from evs_fake.storage import loader
from evs_fake.volume import manager_log
from evs_fake.volume import recovery
from evs_fake.volume import system_snapshot
from evs_fake.volume import target

LOG = logging.getLogger(__name__)

#: Statuses in which Cinder's own services connect to a volume.
_WORKED_ON = frozenset({
    fields.VolumeStatus.CREATING, fields.VolumeStatus.DOWNLOADING,
    fields.VolumeStatus.UPLOADING, fields.VolumeStatus.BACKING_UP,
    fields.VolumeStatus.RESTORING_BACKUP, fields.VolumeStatus.RETYPING,
    fields.VolumeStatus.MAINTENANCE})

_NOT_MIGRATING = frozenset({None, 'none', 'success', 'error', 'deleting'})


@interface.volumedriver
class EVSFakeDriver(driver.VolumeDriver):
    """Volumes and snapshots with real bytes on a storage engine.

    What is fake is the array: everything else (statuses, quota, policy,
    backups) is Cinder's. Beyond Cinder's contract, as EVS has it:

    * a rollback takes any snapshot of the volume, not only the newest, and
      leaves the volume in ``error_rollbacking`` when it fails;
    * the backup of a volume is read from a snapshot that the system makes
      for it, seen in ``backing-up`` while it lasts;
    * an operation is held, delayed or failed where a rule or its resource's
      metadata says so (:mod:`evs_fake.faults`).

    Version history:
        1.0 - Initial release.
    """

    VERSION = '1.0'
    CI_WIKI_NAME = 'evs-fake'

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.configuration.append_config_values(backend_conf.BACKEND_OPTS)
        self.engine = loader.load(
            self.configuration.evs_fake_engine,
            self.configuration.evs_fake_pool_dir,
            self.configuration.evs_fake_capacity_gb)
        self._target = (
            target.Target(self.configuration, self.target_mapping)
            if self.configuration.evs_fake_attach == 'target' else None)
        self._gate = gate.get()

    @classmethod
    def get_driver_options(cls) -> list:
        return backend_conf.BACKEND_OPTS + cls._get_oslo_driver_opts(
            'reserved_percentage', 'max_over_subscription_ratio',
            *target.OPTIONS)

    def do_setup(self, context: cinder_context.RequestContext) -> None:
        manager_log.drop_malformed()
        self.engine.setup()
        for name in self.engine.recover():
            LOG.info('Removed %s, which an interrupted operation left.', name)

    def check_for_setup_error(self) -> None:
        """Raise what :meth:`StorageEngine.setup` raises for a bad pool."""
        self.engine.setup()

    def update_provider_info(self, volumes, snapshots):
        """Settle what a dead process left; nothing of ours needs updating.

        Cinder has no hook of its own for a driver to do this, and calls this
        one for every volume and snapshot of the host before it serves any
        request. A cluster's resources may be in another host's hands.
        """
        if not self.cluster_name:
            recovery.settle(self.engine, volumes, snapshots)
        return None, None

    # Volumes

    def create_volume(self, volume):
        with self._gate.around(Resource(volume), Operation.VOLUME_CREATE):
            self.engine.create_volume(volume.name_id, volume.size)

    def create_volume_from_snapshot(self, volume, snapshot):
        with self._gate.around(Resource(volume), Operation.VOLUME_CREATE):
            self.engine.create_volume_from_snapshot(
                volume.name_id, snapshot.id, volume.size)

    def create_cloned_volume(self, volume, src_vref):
        with self._gate.around(Resource(volume), Operation.VOLUME_CLONE,
                               Operation.VOLUME_CREATE):
            self.engine.clone_volume(volume.name_id, src_vref.name_id,
                                     volume.size)

    def delete_volume(self, volume):
        with self._gate.around(Resource(volume), Operation.VOLUME_DELETE):
            self.engine.delete_volume(volume.name_id)

    def extend_volume(self, volume, new_size):
        with self._gate.around(Resource(volume), Operation.VOLUME_EXTEND):
            self.engine.extend_volume(volume.name_id, int(new_size))
            if self._target:
                self._target.extend(volume)

    def retype(self, context, volume, new_type, diff, host):
        """Take the new type as it is: a pool has no bytes to change.

        Cinder asks for types that differ and only if the scheduler found
        that this very back end has what the new one wants. It answers a
        failure with a migration, if the request allows one.

        :returns: True.
        """
        with self._gate.around(Resource(volume), Operation.VOLUME_RETYPE):
            return True

    def migrate_volume(self, context, volume, host):
        """Leave the copying to Cinder.

        :returns: (False, None).
        """
        operations = [Operation.VOLUME_MIGRATE]
        if volume.status == fields.VolumeStatus.RETYPING:
            operations.insert(0, Operation.VOLUME_RETYPE)
        self._gate.enter(Moment.BEFORE, Resource(volume), *operations)
        return False, None

    def update_migrated_volume(self, context, volume, new_volume,
                               original_volume_status):
        """Keep the bytes under the new volume's name: no copy, no rename."""
        return {'_name_id': new_volume.name_id,
                'provider_location': new_volume.provider_location}

    def local_path(self, volume):
        return self.engine.volume_path(volume.name_id)

    # Snapshots

    def create_snapshot(self, snapshot):
        with self._gate.around(Resource(snapshot),
                               Operation.SNAPSHOT_CREATE):
            self.engine.create_snapshot(snapshot.id, _source(snapshot))

    def delete_snapshot(self, snapshot):
        if system_snapshot.is_named_so(snapshot):
            self.engine.delete_snapshot(snapshot.id)
            return
        with self._gate.around(Resource(snapshot),
                               Operation.SNAPSHOT_DELETE):
            self.engine.delete_snapshot(snapshot.id)

    def snapshot_revert_use_temp_snapshot(self):
        """No safety snapshot: a failed rollback changes no byte."""
        return False

    def revert_to_snapshot(self, context, volume, snapshot):
        """Roll a volume back to any of its snapshots.

        A failure leaves the volume in ``error_rollbacking``: Cinder's
        manager moves a volume to ``error`` only out of ``reverting``.

        :raises StorageError: if the pool could not do it.
        """
        try:
            if snapshot.volume_id != volume.id:
                raise exception.StorageError(
                    data='snapshot %s is of another volume than %s' % (
                        snapshot.id, volume.id))
            with self._gate.around(Resource(snapshot),
                                   Operation.SNAPSHOT_ROLLBACK):
                # A client that is still there would go on in the old file.
                self.remove_export(context, volume)
                self.engine.rollback(volume.name_id, snapshot.id)
        except (AttributeError, NotImplementedError) as error:
            # The manager takes these for "the driver cannot revert" and
            # would copy the bytes itself.
            self._rollback_failed(volume, snapshot, error)
            raise exception.StorageError(data=str(error)) from error
        except Exception as error:
            with excutils.save_and_reraise_exception():
                self._rollback_failed(volume, snapshot, error)

    @staticmethod
    def _rollback_failed(volume: objects.Volume, snapshot: objects.Snapshot,
                         error: Exception) -> None:
        LOG.error('Rollback of volume %(volume)s to snapshot %(snapshot)s '
                  'failed: %(error)s',
                  {'volume': volume.id, 'snapshot': snapshot.id,
                   'error': error})
        volume.update_single_status_where(
            states.VOLUME_ERROR_ROLLBACKING, states.CINDER_VOLUME_REVERTING)

    # Groups: a fault's place; all the rest is Cinder's own doing, volume by
    # volume, which NotImplementedError asks for.

    def create_group(self, context, group):
        self._enter_group(group, Operation.GROUP_CREATE)

    def delete_group(self, context, group, volumes):
        self._enter_group(group, Operation.GROUP_DELETE)

    def create_group_snapshot(self, context, group_snapshot, snapshots):
        self._enter_group(group_snapshot, Operation.GROUP_SNAPSHOT_CREATE)

    def delete_group_snapshot(self, context, group_snapshot, snapshots):
        self._enter_group(group_snapshot, Operation.GROUP_SNAPSHOT_DELETE)

    def _enter_group(self, item: objects.Group | objects.GroupSnapshot,
                     operation: Operation) -> NoReturn:
        self._gate.enter(Moment.BEFORE, Resource(item), operation)
        raise NotImplementedError

    # Backups

    def backup_use_temp_snapshot(self):
        return True

    def secure_file_operations_enabled(self):
        """Pool files are opened by their own user: no chown, no root."""
        return True

    def get_backup_device(self, context, backup):
        """What cinder-backup is to read: always a snapshot.

        :returns: (snapshot, True).
        """
        try:
            if backup.snapshot_id:
                snapshot = objects.Snapshot.get_by_id(
                    context, backup.snapshot_id)
            else:
                snapshot = system_snapshot.create(
                    context, backup, self.engine)
            self._gate.enter(Moment.BEFORE, Resource(snapshot),
                             Operation.BACKUP_CREATE)
        except Exception as error:
            with excutils.save_and_reraise_exception():
                system_snapshot.backup_failed(
                    context, backup, self.engine, error)
        return snapshot, True

    # Connections

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
            self.engine.snapshot_path(snapshot.id),
            volume_utils.extract_host(snapshot.volume.host, 'host'))

    def terminate_connection(self, volume, connector, **kwargs):
        """Whether a connector is given or None.

        :returns: whether others use the same connection.
        """
        if volume.status == fields.VolumeStatus.RESTORING_BACKUP:
            self._gate.enter(Moment.AFTER, Resource(volume),
                             Operation.BACKUP_RESTORE)
        with self._gate.around(Resource(volume),
                               Operation.CONNECTION_TERMINATE):
            if self._target and not self._has_the_file(volume,
                                                       connector or {}):
                return self._target.disconnect(volume, connector, **kwargs)
            return False

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

    # Statistics

    def _update_volume_stats(self):
        usage = self.engine.usage()
        name = (self.configuration.safe_get('volume_backend_name')
                or 'evs-fake')
        pool = {
            'pool_name': name,
            'total_capacity_gb': _gib(usage.total_bytes),
            'free_capacity_gb': _gib(usage.free_bytes),
            'provisioned_capacity_gb': _gib(usage.provisioned_bytes),
            'allocated_bytes': usage.used_bytes,
            'max_over_subscription_ratio':
                self.configuration.max_over_subscription_ratio,
            'reserved_percentage': self.configuration.reserved_percentage,
            'thin_provisioning_support': True,
            'thick_provisioning_support': False,
            'online_extend_support': True,
            'multiattach': True,
            'QoS_support': False,
            'location_info': 'EVSFakeDriver:%s' % self.host,
            'filter_function': self.get_filter_function(),
            'goodness_function': self.get_goodness_function(),
            'backend_state': 'up',
        }
        self._stats = {
            'volume_backend_name': name,
            'vendor_name': 'evs-fake',
            'driver_version': self.VERSION,
            'storage_protocol': self._storage_protocol,
            'shared_targets': False,
            'sparse_copy_volume': True,
            'replication_enabled': False,
            'pools': [pool],
        }


def _is_here(connector: Mapping[str, Any]) -> bool:
    return connector.get('host') == socket.gethostname()


def _is_worked_on(volume: objects.Volume) -> bool:
    """Whether Cinder moves a volume's bytes: no tenant can connect now."""
    return volume.status in _WORKED_ON or (
        volume.status == fields.VolumeStatus.AVAILABLE
        and volume.migration_status not in _NOT_MIGRATING)


def _gib(size: int) -> float:
    return round(size / units.Gi, 3)


def _source(snapshot: objects.Snapshot) -> str:
    """The id by which the engine has a snapshot's volume.

    A snapshot from the API comes without its volume. Cinder would read it
    with all that belongs to it: a tenth of the time that a snapshot takes.
    """
    if snapshot.obj_attr_is_set('volume'):
        return snapshot.volume.name_id
    return volumes.name_id(cinder_context.get_admin_context(),
                           snapshot.volume_id)
