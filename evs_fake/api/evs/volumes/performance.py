# SPDX-License-Identifier: Apache-2.0
"""IOPS and throughput, of the volume types whose users choose them.

Nothing here makes bytes faster or slower: what was chosen is kept and shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from evs_fake.api.evs import fields
from evs_fake.api.evs import jobs
from evs_fake.api.evs.volumes import listing
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.db import volume_performance
from evs_fake.policies import volumes as policy

#: What users of a type choose. Throughput is MiB/s.
_CHOICES = {'GPSSD2': ('iops', 'throughput'), 'ESSD2': ('iops',)}

#: Of a body.
FIELDS = {
    'iops': {'type': 'integer', 'minimum': 100, 'maximum': 256000},
    'throughput': {'type': 'integer', 'minimum': 125, 'maximum': 4000},
}

_BODY = fields.wrapped('qos_modify', FIELDS, 'iops')


def given(asked: Mapping[str, Any]) -> bool:
    """Whether a body has either."""
    return any(name in asked for name in FIELDS)


def check(volume_type: str, asked: Mapping[str, Any]) -> None:
    """Check that a body has what users of the type choose, and no more.

    :raises Refused: (400, EVS.5400)
    """
    choices = _CHOICES.get(volume_type, ())
    for name in FIELDS:
        if name in asked and name not in choices:
            raise exception.Refused(
                '%s: not for volume type %s.' % (name, volume_type))
        if name in choices and name not in asked:
            raise exception.Refused(
                '%s: required for volume type %s.' % (name, volume_type))


def modify(request: route.Request) -> dict[str, Any]:
    """Change them.

    :raises VolumeNotFound: (404)
    :raises Refused: (400) the volume's type has none, or its status does not
        allow it.
    """
    volume = listing.get(request)
    asked = request.body['qos_modify']
    check(volume.volume_type.name, asked)
    if volume.status not in ('available', 'in-use'):
        raise exception.Refused(
            'volume %s is "%s"; its performance can be changed only while '
            'it is available or in-use.' % (volume.id, volume.status))
    volume_performance.put(request.context, volume.id, asked.get('iops'),
                           asked.get('throughput'))
    return {'job_id': jobs.start(
        request.context, 'modifyVolumeQos', jobs.VOLUME, volume.id,
        entities={'volume_id': volume.id})}


ROUTES = (
    route.Route('PUT', 'v5', '/{project_id}/cloudvolumes/{volume_id}/qos',
                policy.MODIFY_QOS, modify, HTTPStatus.ACCEPTED, body=_BODY),
)
