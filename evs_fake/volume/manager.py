# SPDX-License-Identifier: Apache-2.0
"""Cinder's volume manager, for hosts that share volumes in a cluster.

A host of a cluster that starts, or is asked to clean up after one that died,
cannot tell by a status alone whether another host is at work on a resource.
Cinder's table of work tells it, but Cinder puts down there neither a
rollback, nor an extension, nor the deletion of a snapshot, nor what is taken
over: those would stay as they were for ever. This manager puts them down, and
settles them where Cinder settles all others. ``volume_manager`` in
cinder.conf names it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from cinder import coordination
from cinder import objects
from cinder.objects import fields
from cinder.volume import manager
from oslo_config import cfg
from oslo_log import log as logging
from oslo_utils import importutils

from evs_fake import exception
from evs_fake import states
from evs_fake.volume import backend

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

#: What the name of the lock on a volume that is rolled back ends in.
_LOCK = '-revert_to_snapshot'


class VolumeManager(manager.VolumeManager):
    """Settles the work of our driver's that a dead host left half-way.

    Back ends of other drivers, and those of no cluster, are as in Cinder.
    """

    @coordination.synchronized('{volume.id}' + _LOCK)
    def revert_to_snapshot(self, context, volume, snapshot):
        if self._is_ours():
            volume.refresh()
            if volume.status != states.CINDER_VOLUME_REVERTING:
                # It was taken for lost; the volume may have new bytes.
                LOG.warning('Too late to roll volume %s back.', volume.id)
                return
        with self._put_down(volume):
            super().revert_to_snapshot(context, volume, snapshot)

    def extend_volume(self, context, volume, *args, **kwargs):
        with self._put_down(volume):
            super().extend_volume(context, volume, *args, **kwargs)

    def delete_snapshot(self, context, snapshot, *args, **kwargs):
        if snapshot.status != fields.SnapshotStatus.DELETING:
            return super().delete_snapshot(
                context, snapshot, *args, **kwargs)
        with self._put_down(snapshot):
            return super().delete_snapshot(
                context, snapshot, *args, **kwargs)

    def manage_existing(self, ctxt, volume, *args, **kwargs):
        with self._put_down(volume):
            return super().manage_existing(ctxt, volume, *args, **kwargs)

    def manage_existing_snapshot(self, ctxt, snapshot, *args, **kwargs):
        with self._put_down(snapshot):
            return super().manage_existing_snapshot(
                ctxt, snapshot, *args, **kwargs)

    @contextlib.contextmanager
    def _put_down(self, item: objects.Volume | objects.Snapshot
                  ) -> Iterator[None]:
        """Have Cinder's table of work say that this host is at it.

        :raises CleanableInUse: another host just put it down as its own.
        """
        if not self._is_ours():
            yield
            return
        item.set_worker()
        try:
            yield
        except Exception:
            item.unset_worker()
            raise
        # Not for what ends the process: the work ends half-way then.
        item.unset_worker()

    def _is_ours(self) -> bool:
        return bool(self.cluster) and isinstance(
            self.driver, backend.Backend)

    def _do_cleanup(self, ctxt, vo_resource):
        if not self._is_ours():
            return super()._do_cleanup(ctxt, vo_resource)
        if (isinstance(vo_resource, objects.Snapshot)
                and vo_resource.status == fields.SnapshotStatus.DELETING):
            # As Cinder does with volumes: it may be held.
            self._add_to_threadpool(self.delete_snapshot, ctxt, vo_resource)
            return True
        self.driver.settle_work(vo_resource)
        return super()._do_cleanup(ctxt, vo_resource)


def remove_lock(volume_id: str) -> None:
    """Remove the lock's file, if there is one, when the volume is gone."""
    coordination.synchronized_remove(volume_id + _LOCK)


def require() -> None:
    """Refuse a cluster whose dead hosts' work nobody would settle.

    :raises StorageError: cinder.conf names another manager.
    """
    if not issubclass(importutils.import_class(CONF.volume_manager),
                      VolumeManager):
        raise exception.StorageError(
            data='a cluster needs [DEFAULT] volume_manager = %s.%s' % (
                VolumeManager.__module__, VolumeManager.__name__))
