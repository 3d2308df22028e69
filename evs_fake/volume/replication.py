# SPDX-License-Identifier: Apache-2.0
"""Replication as Cinder drives it: failover and failback, of all or a group.

Where a volume is, its ``replication_driver_data`` says: the ``backend_id`` of
the device to which it was failed over, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects
from cinder.objects import fields
from oslo_log import log as logging

from evs_fake import exception
from evs_fake.volume import backend
from evs_fake.volume import removal
from evs_fake.volume import replicas

LOG = logging.getLogger(__name__)

_STATUS = fields.ReplicationStatus

#: Statuses of volumes to which nobody writes, besides those of errors.
_AT_REST = (fields.VolumeStatus.AVAILABLE, fields.VolumeStatus.RESERVED)

#: Statuses of volumes that are not failed over and may have replicas.
_MAY_HAVE = (_STATUS.ENABLED, _STATUS.ENABLING, _STATUS.DISABLING,
             _STATUS.ERROR)


class Replication(backend.Backend):

    def failover_host(self, context, volumes, secondary_id=None, groups=None):
        """Go on with the replicas of a device, or back to the primary.

        A failover asks nothing of the primary. A failback needs it, copies
        what the volumes have by now, and is refused while somebody may write
        to one: what he wrote after the copy would be lost.

        :raises InvalidReplicationTarget: there is no such device, it cannot
            be used, or it is not its turn; nothing is changed.
        """
        if secondary_id == replicas.PRIMARY:
            if not self._active_id:
                raise _no_target('the back end is not failed over')
            updates = self._fail_back(context, volumes)
            active, status = '', _STATUS.ENABLED
        else:
            active, status = self._device(secondary_id), _STATUS.FAILED_OVER
            if self._active_id:
                raise _no_target('the back end is failed over to %s: fail '
                                 'back first' % self._active_id)
            updates = self._fail_over(context, volumes, active)
        self._active_id = active
        return active, [
            {'volume_id': volume.id, 'updates': update}
            for volume, update in zip(volumes, updates, strict=True)], [
            {'group_id': group.id, 'updates': {'replication_status': status}}
            for group in groups or ()]

    def failover_completed(self, context, active_backend_id=None):
        """Tells every host of a cluster what one of them did.

        :raises StorageError: this one cannot use those pools.
        """
        if active_backend_id:
            self._replicas.ready(active_backend_id)
        else:
            self._pools.setup()
        self._active_id = active_backend_id or ''

    def enable_replication(self, context, group, volumes):
        """Make replicas of a group's volumes anew."""
        return self._each(volumes, self._replicas.begin, _STATUS.ENABLED)

    def disable_replication(self, context, group, volumes):
        """Remove the replicas of a group's volumes."""
        return self._each(volumes, self._replicas.end, _STATUS.DISABLED)

    def failover_replication(self, context, group, volumes,
                             secondary_backend_id=None):
        """As :meth:`failover_host`, of a group's volumes only.

        :raises InvalidReplicationTarget: also while the whole back end is
            failed over.
        """
        if self._active_id:
            raise _no_target('the whole back end is failed over')
        if secondary_backend_id == replicas.PRIMARY:
            updates = self._fail_back(context, volumes)
            status = _STATUS.ENABLED
        else:
            updates = self._fail_over(
                context, volumes, self._device(secondary_backend_id))
            status = _STATUS.FAILED_OVER
        failed = any(update.get('status') == 'error' for update in updates)
        return {'replication_status': _STATUS.ERROR if failed else status}, [
            {'id': volume.id, **update, 'replication_status': (
                _STATUS.ERROR if update.get('status') == 'error'
                else status)}
            for volume, update in zip(volumes, updates, strict=True)]

    # What other parts of the driver do

    def _begin_replication(self, volume: objects.Volume) -> dict[str, str]:
        """Make replicas of a new volume, if its type wants them.

        :returns: updates of the volume.
        :raises StorageError: no replica, no volume.
        """
        if not self._replicas:
            return {}
        if not volume.is_replicated():
            return {'replication_status': _STATUS.DISABLED}
        try:
            self._replicas.begin(volume)
        except Exception:
            removal.remove_volume(self._engine(volume), volume)
            raise
        return {'replication_status': _STATUS.ENABLED}

    def _disable_replication(self, volumes: Iterable[objects.Volume]
                             ) -> None:
        """Say of volumes from before there was a device that they have none.

        Cinder takes those of which nothing is said for replicated ones.
        """
        for volume in volumes:
            if self._replicas and volume.replication_status is None:
                volume.replication_status = _STATUS.DISABLED
                volume.save()

    def _replicate(self, volume: objects.Volume) -> None:
        """Bring replicas of a volume up to date, if it has any."""
        if (self._replicas
                and volume.replication_status == _STATUS.ENABLED):
            self._replicas.update(volume)

    def _replicate_all(self) -> None:
        """The same for all volumes of the back end."""
        if not self._replicas or self._active_id:
            return
        for volume in self._volumes(_STATUS.ENABLED):
            self._replicas.update(volume)

    def _replicate_snapshot(self, snapshot: objects.Snapshot) -> None:
        if self._replicas:
            place = self._place(snapshot)
            if place.replication_status == _STATUS.ENABLED:
                self._replicas.add_snapshot(place.host, snapshot.id)

    def _end_replication(self, volume: objects.Volume) -> None:
        if self._replicas and volume.replication_status in _MAY_HAVE:
            self._replicas.end(volume)

    def _end_snapshot_replication(self, snapshot: objects.Snapshot) -> None:
        if self._replicas:
            place = self._place(snapshot)
            if place.replication_status in _MAY_HAVE:
                self._replicas.remove_snapshot(place.host, snapshot.id)

    def _volumes(self, status: str) -> Iterable[objects.Volume]:
        place = ({'cluster_name': self.cluster_name} if self.cluster_name
                 else {'host': self.host})
        return objects.VolumeList.get_all(
            cinder_context.get_admin_context(),
            filters={**place, 'replication_status': status})

    def _retype_replication(self, volume: objects.Volume,
                            new_type: objects.VolumeType) -> dict[str, str]:
        if not self._replicas:
            return {}
        if volume.replication_driver_data:
            raise exception.StorageError(
                data=f'{volume.id} is failed over to '
                     f'{volume.replication_driver_data}')
        has_any = volume.replication_status in _MAY_HAVE
        if new_type.is_replicated() and not has_any:
            self._replicas.begin(volume)
            return {'replication_status': _STATUS.ENABLED}
        if has_any and not new_type.is_replicated():
            self._replicas.end(volume)
            return {'replication_status': _STATUS.DISABLED}
        return {}

    # Failover and failback

    def _device(self, backend_id: str | None) -> str:
        """The device that is meant: the first one if none is named."""
        known = self._replicas.ids
        if backend_id is None and known:
            backend_id = known[0]
        if backend_id not in known:
            raise _no_target('known are: %s' % (', '.join(known) or 'none'))
        try:
            self._replicas.ready(backend_id)
        except exception.StorageError as error:
            raise _no_target(str(error)) from error
        return backend_id

    def _fail_over(self, context: cinder_context.RequestContext,
                   volumes: Iterable[objects.Volume], backend_id: str
                   ) -> list[dict[str, Any]]:
        return [self._fail_over_one(context, volume, backend_id)
                for volume in volumes]

    def _fail_over_one(self, context: cinder_context.RequestContext,
                       volume: objects.Volume, backend_id: str
                       ) -> dict[str, Any]:
        if volume.replication_driver_data:
            # It is there already, with its group.
            return {}
        try:
            self._replicas.promote(volume, backend_id)
        except exception.StorageError as error:
            LOG.error('No failover of volume %(volume)s: %(error)s',
                      {'volume': volume.id, 'error': error})
            return {'status': 'error',
                    'replication_status': _STATUS.FAILOVER_ERROR}
        self._lose_snapshots(volume, backend_id)
        return {**self._unserved(context, volume),
                'replication_status': _STATUS.FAILED_OVER,
                'replication_driver_data': backend_id}

    def _lose_snapshots(self, volume: objects.Volume, backend_id: str
                        ) -> None:
        engine = self._replicas.pools(backend_id).at(volume.host)
        for snapshot in volume.snapshots:
            if not engine.has_snapshot(snapshot.id):
                LOG.error('Snapshot %s has no replica.', snapshot.id)
                snapshot.status = fields.SnapshotStatus.ERROR
                snapshot.save()

    def _fail_back(self, context: cinder_context.RequestContext,
                   volumes: Iterable[objects.Volume]
                   ) -> list[dict[str, Any]]:
        away = [volume for volume in volumes
                if volume.replication_driver_data]
        _require_rest(away)
        try:
            self._open_primary()
            for volume in away:
                self._replicas.bring_back(
                    volume, volume.replication_driver_data)
            self._remove_deleted(context)
        except exception.StorageError as error:
            # Nobody has written to the copies that there are.
            raise _no_target(str(error)) from error
        _require_rest(away)
        for volume in away:
            self._replicas.demote(volume, volume.replication_driver_data)
        for volume in volumes:
            if (volume.replication_status == _STATUS.FAILOVER_ERROR
                    and volume.is_replicated()):
                self._replicate_anew(volume)
        return [{**self._unserved(context, volume),
                 'replication_status': _STATUS.ENABLED,
                 'replication_driver_data': None}
                if volume.replication_driver_data else {}
                for volume in volumes]

    def _open_primary(self) -> None:
        try:
            self._pools.setup()
        except exception.StorageError:
            if not self._active_id:
                raise
            # It may be another one, in the place of the one that was lost.
            self._pools.close()
            self._pools.setup()

    def _replicate_anew(self, volume: objects.Volume) -> None:
        try:
            self._replicas.begin(volume)
        except exception.StorageError as error:
            LOG.error('No replicas of volume %(volume)s: %(error)s',
                      {'volume': volume.id, 'error': error})

    def _remove_deleted(self, context: cinder_context.RequestContext
                        ) -> None:
        """Remove from the primary what was deleted while it was away."""
        for _name, engine in self._pools.items():
            removal.remove_deleted(context.elevated(), engine)

    def _unserved(self, context: cinder_context.RequestContext,
                  volume: objects.Volume) -> dict[str, None]:
        """End a target of the file that is the volume's no longer."""
        if self._target is None or not volume.provider_location:
            return {}
        self._target.remove(context, volume)
        return {'provider_location': None, 'provider_auth': None}

    @staticmethod
    def _each(volumes: Iterable[objects.Volume], action: Any, status: str
              ) -> tuple[dict[str, str], list[dict[str, str]]]:
        updates = []
        for volume in volumes:
            try:
                action(volume)
            except exception.StorageError as error:
                LOG.error('Replication of volume %(volume)s: %(error)s',
                          {'volume': volume.id, 'error': error})
                updates.append({'id': volume.id,
                                'replication_status': _STATUS.ERROR})
            else:
                updates.append({'id': volume.id,
                                'replication_status': status})
        failed = any(update['replication_status'] == _STATUS.ERROR
                     for update in updates)
        return {'replication_status': _STATUS.ERROR if failed else status
                }, updates


def _require_rest(volumes: Iterable[objects.Volume]) -> None:
    """Refuse what a client, or Cinder, may be writing to.

    :raises InvalidReplicationTarget: there is such a one.
    """
    for volume in volumes:
        volume.refresh()
        if (volume.status not in _AT_REST
                and not volume.status.startswith('error')):
            raise _no_target(f'volume {volume.id} is {volume.status}')


def _no_target(reason: str) -> cinder_exception.InvalidReplicationTarget:
    return cinder_exception.InvalidReplicationTarget(reason=reason)
