# SPDX-License-Identifier: Apache-2.0
"""Making Cinder's snapshots with what EVS's v5 knows besides.

What v5 knows is in the database before cinder-volume hears of a snapshot:
nothing that was asked for (when to delete it, say) is lost by a crash.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cinder import context as cinder_context
from cinder import exception
from cinder import objects
from cinder import volume as volume_api
from cinder.i18n import _

from evs_fake.api import volumes as volumes_api
from evs_fake.db import models
from evs_fake.db import standard_snapshots as db

#: Of a volume that can be snapshot; EVS's v5 has no ``force``.
_STATUSES = ('available', 'in-use')


def one(context: cinder_context.RequestContext, volume: objects.Volume,
        name: str | None, description: str | None, **values: Any
        ) -> objects.Snapshot:
    """Snapshot a volume.

    :param values: of columns of ours.
    :raises InvalidVolume: (400) the volume is in no status for it.
    :raises SnapshotLimitExceeded: (413)
    """
    volume.assert_not_frozen()
    api = volume_api.API()
    snapshot = api.create_snapshot_in_db(
        context, volume, name, description, False, {}, None,
        allow_in_use=True)
    db.add(context, [snapshot.id], **values)
    _send(api, context, volume, snapshot)
    return snapshot


def together(context: cinder_context.RequestContext,
             volumes: Sequence[objects.Volume], group: models.SnapshotGroup,
             **values: Any) -> list[objects.Snapshot]:
    """Snapshot several volumes, all or none.

    :param group: a new one, to become that of the snapshots.
    :param values: of columns of ours.
    :raises InvalidVolume: (400) one of them is in no status for it.
    :raises SnapshotLimitExceeded: (413) not all fit in the quota.
    """
    api = volume_api.API()
    with volumes_api.lock(*(volume.id for volume in volumes)):
        for volume in volumes:
            volume.refresh()
            volume.assert_not_frozen()
            if volume.status not in _STATUSES:
                raise exception.InvalidVolume(reason=_(
                    'volume %(volume)s is "%(status)s"; it can be snapshot '
                    'only while it is %(allowed)s.') % {
                        'volume': volume.id, 'status': volume.status,
                        'allowed': ' or '.join(_STATUSES)})
        snapshots = api.create_snapshots_in_db(
            context, volumes, group.name, group.description, None)
    db.add(context, [snapshot.id for snapshot in snapshots], group, **values)
    for volume, snapshot in zip(volumes, snapshots, strict=True):
        _send(api, context, volume, snapshot)
    return snapshots


def _send(api: volume_api.API, context: cinder_context.RequestContext,
          volume: objects.Volume, snapshot: objects.Snapshot) -> None:
    # As Cinder's own create_snapshot does it.
    api.scheduler_rpcapi.create_snapshot(
        context, volume, snapshot, volume.service_topic_queue,
        objects.RequestSpec(
            snapshot_id=snapshot.id,
            volume_properties=objects.VolumeProperties(size=volume.size)))
