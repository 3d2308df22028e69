# SPDX-License-Identifier: Apache-2.0
"""Cinder's volume driver of the fake EVS."""

from __future__ import annotations

from typing import Any

from cinder import context as cinder_context
from cinder import interface
from cinder import objects
from cinder.volume import driver
from cinder.volume import volume_utils
from oslo_log import log as logging

from evs_fake import exception
from evs_fake.conf import backend as backend_conf
from evs_fake.faults import gate
from evs_fake.volume import backups
from evs_fake.volume import connection
from evs_fake.volume import groups
from evs_fake.volume import images
from evs_fake.volume import lost
from evs_fake.volume import manageable
from evs_fake.volume import manager
from evs_fake.volume import manager_log
from evs_fake.volume import migration
from evs_fake.volume import pools
from evs_fake.volume import provisioning
from evs_fake.volume import recovery
from evs_fake.volume import replicas
from evs_fake.volume import snapshots
from evs_fake.volume import statistics
from evs_fake.volume import system_snapshot
from evs_fake.volume import target

LOG = logging.getLogger(__name__)


@interface.volumedriver
class EVSFakeDriver(provisioning.Volumes, snapshots.Snapshots,
                    manageable.Manageable, groups.Groups,
                    migration.Migration, images.Images, backups.Backups,
                    connection.Connections, statistics.Statistics,
                    driver.VolumeDriver):
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
    SUPPORTS_ACTIVE_ACTIVE = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.configuration.append_config_values(backend_conf.BACKEND_OPTS)
        self._pools = pools.Pools(self.configuration)
        self._replicas = replicas.Replicas(self.configuration, self._pools)
        self._active_id = kwargs.get('active_backend_id') or ''
        self._target = (
            target.Target(self.configuration, self.target_mapping)
            if self.configuration.evs_fake_attach == 'target' else None)
        self._gate = gate.get()

    @classmethod
    def get_driver_options(cls) -> list:
        return backend_conf.BACKEND_OPTS + cls._get_oslo_driver_opts(
            'reserved_percentage', 'max_over_subscription_ratio',
            'replication_device', *target.OPTIONS)

    @classmethod
    def clean_volume_file_locks(cls, volume_id: str) -> None:
        replicas.remove_lock(volume_id)
        migration.remove_lock(volume_id)
        manager.remove_lock(volume_id)

    def do_setup(self, context: cinder_context.RequestContext) -> None:
        manager_log.drop_malformed()
        self._replicas.setup()
        # A primary that is lost may be, or not; Cinder fails back to it.
        if not self._active_id:
            self._pools.setup()
            for name in self._pools.recover():
                LOG.info('Removed %s, which an interrupted operation left.',
                         name)

    def check_for_setup_error(self) -> None:
        """Raise what :meth:`StorageEngine.setup` raises for a bad pool.

        :raises StorageError: also for a cluster whose hosts would not have
            the same bytes, or not settle what one of them left.
        """
        self._replicas.pools(self._active_id).setup()
        if self.cluster_name:
            manager.require()
            self._require_shared()

    def _require_shared(self) -> None:
        if self._target:
            raise exception.StorageError(
                data='the hosts of a cluster cannot serve each other\'s '
                     'targets: evs_fake_attach has to be "local"')
        for name, engine in self._pools.items():
            if not engine.IS_SHARED:
                raise exception.StorageError(
                    data=f'pool {name} cannot be a cluster\'s: only this '
                         'process reaches it')

    def update_provider_info(self, volumes, snapshots):
        """Settle what a dead process left; nothing of ours needs updating.

        Cinder has no hook of its own for a driver to do this, and calls this
        one for every volume and snapshot of the host before it serves any
        request. A cluster's resources may be in another host's hands: those
        of a dead one's come by :meth:`settle_work`.
        """
        self._disable_replication(volumes)
        reachable = [volume for volume in volumes
                     if self._is_reachable(volume)]
        if self.cluster_name:
            recovery.regain_sizes(self._engine, reachable)
            return None, None
        ids = {volume.id for volume in volumes} - {
            volume.id for volume in reachable}
        self._replicas.align(reachable)
        recovery.settle(
            self._engine, reachable,
            [each for each in snapshots if each.volume_id not in ids])
        context = cinder_context.get_admin_context()
        if not self._active_id:
            self._settle_moves(context)
            self._replicas.remove_deleted(context)
        return None, None

    def _remove_leftovers(self) -> None:
        """Remove what a pool could not when it was to go.

        Nobody is left to ask for that again: the operation that it was part
        of has ended.
        """
        # Cinder also asks before it has had this host's resources settled.
        if self._active_id or not self.initialized:
            return
        context = cinder_context.get_admin_context()
        system_snapshot.delete_again(context, self._is_here)
        if self.cluster_name:
            lost.settle(context, self._engine, self._is_here)
            # Another host of it may be amid a migration.
            return
        try:
            self._settle_moves(context, is_start=False)
        except exception.StorageError as error:
            LOG.warning('A pool keeps what migrations left: %s', error)

    def _is_here(self, volume: objects.Volume) -> bool:
        """Whether a volume is this back end's."""
        if self.cluster_name:
            return volume_utils.extract_host(
                volume.cluster_name or '', 'backend') == self.cluster_name
        return volume_utils.extract_host(
            volume.host or '', 'backend') == self.host

    def settle_work(self, item: objects.Volume | objects.Snapshot) -> None:
        """Settle what one host of a cluster left half-way."""
        recovery.settle_work(self._engine, item)
