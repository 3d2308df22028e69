# SPDX-License-Identifier: Apache-2.0
"""Requests that got lost on their way to a cluster.

A message is acknowledged when a service takes it, before Cinder puts down in
its table of work that somebody is at it. If the service dies in between, or
cinder-api before it has sent the message, what was asked for would be under
way for ever: no clean-up of Cinder's knows of it.
"""

from __future__ import annotations

import datetime
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

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

#: Of ``service_down_time``, after which no message is on its way any more. If
#: it comes all the same, because all threads had been busy, it is done.
_TIMES = 5

#: What becomes of what nobody has begun; None is what is asked for again.
_SNAPSHOTS = {
    fields.SnapshotStatus.CREATING: fields.SnapshotStatus.ERROR,
    fields.SnapshotStatus.DELETING: None,
}
_VOLUMES = {
    'creating': 'error',
    'deleting': None,
    'extending': 'error_extending',
    states.CINDER_VOLUME_REVERTING: states.VOLUME_ERROR_ROLLBACKING,
}


def settle(context: cinder_context.RequestContext,
           is_here: Callable[[objects.Volume], bool]) -> None:
    """Put what has been under way too long, with nobody at it, into an error.

    Deletions are asked for again: they were acknowledged.

    :param is_here: whether a volume is the caller's.
    """
    for kind, outcomes, again in (
            (objects.SnapshotList, _SNAPSHOTS,
             rpcapi.VolumeAPI().delete_snapshot),
            (objects.VolumeList, _VOLUMES, rpcapi.VolumeAPI().delete_volume)):
        for status, outcome in outcomes.items():
            for item in kind.get_all(context, filters={'status': status}):
                if is_here(getattr(item, 'volume', item)) and _is_lost(
                        context, item):
                    _settle(context, item, outcome, again)


def _is_lost(context: cinder_context.RequestContext,
             item: objects.Volume | objects.Snapshot) -> bool:
    age = datetime.timedelta(seconds=CONF.service_down_time * _TIMES)
    return (timeutils.is_older_than(item.updated_at or item.created_at,
                                    age.total_seconds())
            and not any(row.service_id for row in db_api.worker_get_all(
                context, resource_type=item.obj_name(),
                resource_id=item.id)))


def _settle(context: cinder_context.RequestContext,
            item: objects.Volume | objects.Snapshot,
            outcome: str | None, again: Callable[..., None]) -> None:
    status = item.status
    LOG.warning('%(kind)s %(id)s is "%(status)s", and nobody is at it.',
                {'kind': item.obj_name(), 'id': item.id, 'status': status})
    # The first host of the cluster that looks changes the time, if nothing
    # else, by which the others see that it is done.
    if not item.update_single_status_where(outcome or status, status):
        return
    if outcome is None:
        again(context, item)
        return
    db_api.worker_destroy(context, resource_type=item.obj_name(),
                          resource_id=item.id)
    if status == states.CINDER_VOLUME_REVERTING:
        for snapshot in item.snapshots:
            snapshot.update_single_status_where(
                fields.SnapshotStatus.AVAILABLE,
                fields.SnapshotStatus.RESTORING)
