# SPDX-License-Identifier: Apache-2.0
"""EVS's ``cloudsnapshots``."""

from typing import Any

from cinder import context as cinder_context
from cinder import objects

from evs_fake.api import rollback as rollback_api

ROLLBACK_SCHEMA = {
    'type': 'object',
    'properties': {
        'rollback': {
            'type': 'object',
            'properties': {
                'volume_id': {'type': 'string', 'format': 'uuid'},
                'name': {'type': ['string', 'null'], 'maxLength': 255},
            },
            'required': ['volume_id'],
            'additionalProperties': False,
        },
    },
    'required': ['rollback'],
    'additionalProperties': False,
}


def rollback(context: cinder_context.RequestContext, body: dict[str, Any],
             snapshot_id: str) -> dict[str, Any]:
    """Roll the snapshot's source volume back to it.

    ``name`` is the volume's; EVS takes it beside ``volume_id`` and does not
    check it.

    :raises SnapshotNotFound: (404) there is no such snapshot.
    :raises InvalidVolume: (400) see :func:`evs_fake.api.rollback.start`.
    :raises InvalidSnapshot: (400) likewise.
    """
    snapshot = objects.Snapshot.get_by_id(context, snapshot_id)
    volume = rollback_api.start(
        context, snapshot, body['rollback']['volume_id'])
    return {'rollback': {'volume_id': volume.id}}
