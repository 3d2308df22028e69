# SPDX-License-Identifier: Apache-2.0
"""Replicas of volumes in the pools of other directories.

A client writes into a volume's file itself: nobody sees the writes, so none
can be sent on. A replica is what its volume had at one moment, and is as
current as the last of these:

* the end of whatever the driver did to the volume (made, filled, extended,
  rolled back, connected to no more): until somebody connects, it has all;
* the last report of the back end's capabilities to the scheduler
  (``backend_stats_polling_interval``), for a volume that is connected to.

What was written later is lost with the primary. A copy during which somebody
wrote is no moment's: then the replica stays as it was, until the next time.
Snapshots do not change; theirs are made once.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from collections.abc import Iterator

from cinder import context as cinder_context
from cinder import coordination
from cinder import objects
from cinder.objects import fields
from cinder.volume import configuration
from oslo_log import log as logging

from evs_fake import exception
from evs_fake.storage import base
from evs_fake.volume import pools
from evs_fake.volume import removal

LOG = logging.getLogger(__name__)

#: What Cinder calls a back end's own pools, as a target of a failover.
PRIMARY = 'default'

#: What the name of a volume's lock ends in.
_LOCK = '-evs-fake-replica'

_ID = 'backend_id'
_DIRECTORY = 'evs_fake_pool_dir'


class Replicas:
    """The devices of a back end, each with a pool for each of its own.

    :param conf: options of the back end's section.
    :param primary: the back end's own pools.
    :raises StorageError: an option ``replication_device`` is not right.
    """

    def __init__(self, conf: configuration.Configuration,
                 primary: pools.Pools) -> None:
        self._primary = primary
        #: Ids of the devices that could be used, in their order.
        self.usable: list[str] = []
        self._devices: dict[str, pools.Pools] = {}
        directories = {os.path.realpath(conf.evs_fake_pool_dir)}
        for device in conf.safe_get('replication_device') or ():
            if set(device) != {_ID, _DIRECTORY}:
                raise exception.StorageError(
                    data=f'replication_device: takes {_ID} and {_DIRECTORY}, '
                         'and needs them')
            backend_id, directory = device[_ID], device[_DIRECTORY]
            if backend_id == PRIMARY or backend_id in self._devices:
                raise exception.StorageError(
                    data=f'replication_device: {_ID} is taken: {backend_id}')
            if os.path.realpath(directory) in directories:
                raise exception.StorageError(
                    data='replication_device: is another pool\'s directory: '
                         + directory)
            directories.add(os.path.realpath(directory))
            self._devices[backend_id] = pools.Pools(conf, directory)
        for _name, engine in primary.items():
            if self._devices and not engine.IS_SHARED:
                raise exception.StorageError(
                    data='replication_device: replicas that die with the '
                         'process are none')

    @property
    def ids(self) -> list[str]:
        """What the devices are called."""
        return list(self._devices)

    def __bool__(self) -> bool:
        return bool(self._devices)

    def pools(self, backend_id: str | None) -> pools.Pools:
        """Pools of a device, or with None the back end's own.

        :raises StorageError: there is no such device.
        """
        if not backend_id:
            return self._primary
        if backend_id not in self._devices:
            raise exception.StorageError(
                data=f'no replication_device of this back end: {backend_id}')
        return self._devices[backend_id]

    def ready(self, backend_id: str) -> pools.Pools:
        """The same, made usable.

        :raises StorageError: that cannot be done.
        """
        found = self.pools(backend_id)
        found.setup()
        if backend_id not in self.usable:
            self.usable.append(backend_id)
        return found

    def setup(self) -> None:
        """Make all usable that are there; the others' turn may come."""
        for backend_id in self._devices:
            try:
                for name in self.ready(backend_id).recover():
                    LOG.info('Removed %s, which an interrupted operation '
                             'left.', name)
            except exception.StorageError as error:
                LOG.error('Replication device %(id)s cannot be used: '
                          '%(error)s', {'id': backend_id, 'error': error})

    # A volume's replicas

    def begin(self, volume: objects.Volume) -> None:
        """Have replicas of a volume and its snapshots on all devices.

        :raises StorageError: one could not be made, so there is none.
        """
        try:
            with _locked(volume.id):
                for backend_id in self._devices:
                    self._make(self.ready(backend_id).at(volume.host), volume)
        except Exception:
            self.end(volume)
            raise

    def update(self, volume: objects.Volume) -> None:
        """Bring a volume's replicas up to date, where that can be done."""
        for backend_id in self._devices:
            try:
                with _locked(volume.id):
                    engine = self.ready(backend_id).at(volume.host)
                    engine.update_replica(
                        volume.name_id, self._primary.at(
                            volume.host).volume_path(volume.name_id))
                    self._copy_snapshots(engine, volume)
            except exception.StorageError as error:
                LOG.error('The replica of volume %(volume)s on %(device)s '
                          'stays as it was: %(error)s',
                          {'volume': volume.id, 'device': backend_id,
                           'error': error})

    def add_snapshot(self, host: str | None, snapshot_id: str) -> None:
        """Have replicas of a new snapshot, where that can be done."""
        for backend_id in self._devices:
            try:
                self._copy_snapshot(
                    self.ready(backend_id).at(host),
                    self._primary.at(host), snapshot_id)
            except exception.StorageError as error:
                LOG.error('No replica of snapshot %(snapshot)s on '
                          '%(device)s: %(error)s',
                          {'snapshot': snapshot_id, 'device': backend_id,
                           'error': error})

    def end(self, volume: objects.Volume) -> None:
        """Have none of a volume and its snapshots any more."""
        with _locked(volume.id):
            for engine in self._reachable(volume.host):
                engine.delete_replica(volume.name_id)
                for snapshot in volume.snapshots:
                    engine.delete_snapshot(snapshot.id)

    def remove_snapshot(self, host: str | None, snapshot_id: str) -> None:
        """Have none of a snapshot any more."""
        for engine in self._reachable(host):
            engine.delete_snapshot(snapshot_id)

    # Failover

    def promote(self, volume: objects.Volume, backend_id: str) -> None:
        """Make a replica the volume; no byte of the primary is asked for.

        A copy that is under way is in vain from here on.

        :raises StorageError: there is none.
        """
        self.ready(backend_id).at(volume.host).promote_replica(
            volume.name_id)

    def bring_back(self, volume: objects.Volume, backend_id: str) -> None:
        """Copy a promoted volume and its snapshots to the primary."""
        source = self.ready(backend_id).at(volume.host)
        target = self._primary.at(volume.host)
        # Of a failback that died.
        source.promote_replica(volume.name_id)
        target.import_volume(volume.name_id,
                             source.volume_path(volume.name_id))
        for snapshot in volume.snapshots:
            if source.has_snapshot(snapshot.id):
                self._copy_snapshot(target, source, snapshot.id)

    def demote(self, volume: objects.Volume, backend_id: str) -> None:
        """Make a promoted volume a replica again."""
        self.ready(backend_id).at(volume.host).demote_volume(volume.name_id)

    def align(self, volumes: Iterable[objects.Volume]) -> None:
        """Have what is on the devices be what the database says of it.

        A failover or failback that died may have promoted or demoted some
        before the database knew; and a device may be new.
        """
        for volume in volumes:
            active = volume.replication_driver_data
            enabled = (volume.replication_status
                       == fields.ReplicationStatus.ENABLED)
            if not active and not enabled:
                continue
            for backend_id in [active] if active else self._devices:
                try:
                    if active:
                        self.promote(volume, backend_id)
                    else:
                        self._have(volume, backend_id)
                except exception.StorageObjectExists:
                    pass
                except exception.StorageError as error:
                    LOG.error('Volume %(volume)s has no bytes on '
                              '%(device)s: %(error)s',
                              {'volume': volume.id, 'device': backend_id,
                               'error': error})

    def _have(self, volume: objects.Volume, backend_id: str) -> None:
        try:
            self.demote(volume, backend_id)
        except exception.StorageObjectNotFound:
            with _locked(volume.id):
                self._make(self.ready(backend_id).at(volume.host), volume)

    def remove_deleted(self, context: cinder_context.RequestContext
                       ) -> None:
        """Remove what was deleted while a device could not be reached."""
        for backend_id in self._devices:
            try:
                for _name, engine in self.ready(backend_id).items():
                    removal.remove_deleted(context, engine)
            except exception.StorageError as error:
                LOG.error('Replicas are left on %(device)s: %(error)s',
                          {'device': backend_id, 'error': error})

    def _make(self, engine: base.StorageEngine, volume: objects.Volume
              ) -> None:
        engine.create_replica(
            volume.name_id,
            self._primary.at(volume.host).volume_path(volume.name_id))
        self._copy_snapshots(engine, volume)

    def _reachable(self, host: str | None) -> Iterator[base.StorageEngine]:
        """Engines of devices; what others have is left over there."""
        for backend_id in self._devices:
            try:
                yield self.ready(backend_id).at(host)
            except exception.StorageError as error:
                LOG.error('Replicas are left on %(device)s: %(error)s',
                          {'device': backend_id, 'error': error})

    def _copy_snapshots(self, engine: base.StorageEngine,
                        volume: objects.Volume) -> None:
        primary = self._primary.at(volume.host)
        for snapshot in volume.snapshots:
            if snapshot.status == fields.SnapshotStatus.AVAILABLE:
                self._copy_snapshot(engine, primary, snapshot.id)

    @staticmethod
    def _copy_snapshot(target: base.StorageEngine,
                       source: base.StorageEngine, snapshot_id: str) -> None:
        if not target.has_snapshot(snapshot_id):
            target.import_snapshot(snapshot_id,
                                   source.snapshot_path(snapshot_id))


@contextlib.contextmanager
def _locked(volume_id: str) -> Iterator[None]:
    """No other host or thread copies the volume to a replica meanwhile.

    Else an older copy that takes longer could end after a newer one.
    """
    with coordination.COORDINATOR.get_lock(volume_id + _LOCK):
        yield


def remove_lock(volume_id: str) -> None:
    """Remove the lock's file, if there is one, when the volume is gone."""
    coordination.synchronized_remove(volume_id + _LOCK)
