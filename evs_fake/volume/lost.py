# SPDX-License-Identifier: Apache-2.0
"""Requests that got lost on their way to a cluster.

A message is acknowledged when a service takes it, before Cinder puts down in
its table of work that somebody is at it. If the service dies in between, or
cinder-api before it has sent the message, what was asked for would be under
way for ever: no clean-up of Cinder's knows of it.
"""

from __future__ import annotations

from collections.abc import Callable

from cinder import context as cinder_context
from cinder import objects
from cinder.db import api as db_api
from cinder.objects import fields
from cinder.volume import rpcapi
from oslo_config import cfg
from oslo_log import log as logging
from oslo_utils import timeutils

from evs_fake import states
from evs_fake.volume import recovery
from evs_fake.volume import system_snapshot

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

#: Of ``service_down_time``, after which no message is on its way any more. If
#: it comes all the same, because all threads had been busy, it is done.
_TIMES = 5

#: Statuses of what is under way.
_SNAPSHOTS = (fields.SnapshotStatus.CREATING, fields.SnapshotStatus.DELETING)
_VOLUMES = ('creating', 'deleting', 'error_managing_deleting', 'extending',
            states.CINDER_VOLUME_REVERTING)


def settle(context: cinder_context.RequestContext,
           find: system_snapshot.FindEngine,
           is_here: Callable[[objects.Volume], bool]) -> None:
    """Put what has been under way too long, with nobody at it, into an error.

    Deletions are asked for again: they were acknowledged.

    :param find: tells the engine that has a volume's bytes.
    :param is_here: whether a volume is the caller's.
    """
    for kind, statuses, delete in (
            (objects.SnapshotList, _SNAPSHOTS,
             rpcapi.VolumeAPI().delete_snapshot),
            (objects.VolumeList, _VOLUMES, rpcapi.VolumeAPI().delete_volume)):
        for status in statuses:
            for item in kind.get_all(context, filters={'status': status}):
                if is_here(getattr(item, 'volume', item)) and _is_lost(
                        context, item):
                    _settle(context, find, item, delete)


def _is_lost(context: cinder_context.RequestContext,
             item: objects.Volume | objects.Snapshot) -> bool:
    return (timeutils.is_older_than(item.updated_at or item.created_at,
                                    CONF.service_down_time * _TIMES)
            and not any(row.service_id for row in db_api.worker_get_all(
                context, resource_type=item.obj_name(),
                resource_id=item.id)))


def _settle(context: cinder_context.RequestContext,
            find: system_snapshot.FindEngine,
            item: objects.Volume | objects.Snapshot,
            delete: Callable[..., None]) -> None:
    status = item.status
    LOG.warning('%(kind)s %(id)s is "%(status)s", and nobody is at it.',
                {'kind': item.obj_name(), 'id': item.id, 'status': status})
    match status:
        case 'deleting' | 'error_managing_deleting':
            # The first host of the cluster that looks changes the time, by
            # which the others see that it is done.
            if item.update_single_status_where(status, status):
                delete(context, item)
            return
        case 'creating':
            if not item.update_single_status_where('error', status):
                return
        case _:
            recovery.settle_work(find, item)
    db_api.worker_destroy(context, resource_type=item.obj_name(),
                          resource_id=item.id)
