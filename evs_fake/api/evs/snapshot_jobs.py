# SPDX-License-Identifier: Apache-2.0
"""The jobs of snapshots; their types are this project's choice.

EVS's v5 answers with a job what v2 answers without, and publishes no types.
"""

from __future__ import annotations

from typing import Any

from cinder import context as cinder_context
from cinder import objects

from evs_fake.api import rollback as rollback_api
from evs_fake.api.evs import jobs
from evs_fake.api.evs import snapshots


def created(context: cinder_context.RequestContext,
            snapshot: objects.Snapshot) -> str:
    """Keep the job of a snapshot that is being made.

    :returns: its id, as those below.
    """
    return jobs.start(context, 'createSnapshot', jobs.SNAPSHOT, snapshot.id,
                      entities=_entities(snapshot))


def delete(context: cinder_context.RequestContext,
           snapshot: objects.Snapshot) -> str:
    """Delete a snapshot.

    :raises Refused: (400, EVS.1047) it is neither available nor in error.
    :raises InvalidSnapshot: (400) it is one of the system's.
    """
    jobs.settle(context, jobs.SNAPSHOT, snapshot.id)
    snapshots.start_deletion(context, snapshot)
    return jobs.start(context, 'deleteSnapshot', jobs.SNAPSHOT, snapshot.id,
                      goal={jobs.GONE: True}, entities=_entities(snapshot))


def rollback(context: cinder_context.RequestContext,
             snapshot: objects.Snapshot, volume_id: str) -> str:
    """Roll a volume back.

    :raises InvalidVolume: (400) see :func:`evs_fake.api.rollback.start`.
    :raises InvalidSnapshot: (400) likewise.
    """
    # Whether a rollback failed is to be seen on the volume, until the next
    # one from whichever snapshot.
    for sibling in objects.SnapshotList.get_all_for_volume(
            context, snapshot.volume_id):
        jobs.settle(context, jobs.SNAPSHOT, sibling.id)
    rollback_api.start(context, snapshot, volume_id)
    return jobs.start(context, 'rollbackSnapshot', jobs.SNAPSHOT, snapshot.id,
                      goal={jobs.ROLLED_BACK: True},
                      entities=_entities(snapshot))


def _entities(snapshot: objects.Snapshot) -> dict[str, Any]:
    return {'snapshot_id': snapshot.id, 'volume_id': snapshot.volume_id,
            'name': snapshot.display_name, 'size': snapshot.volume_size}
