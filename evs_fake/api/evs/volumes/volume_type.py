# SPDX-License-Identifier: Apache-2.0
"""The volume type that a request names."""

from __future__ import annotations

from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects
from cinder.volume import volume_utils

from evs_fake.api.routing import exception

#: EVS's extra spec: the zones in which there is no more of a type.
_SOLD_OUT = 'os-vendor-extended:sold_out_availability_zones'


def find(context: cinder_context.RequestContext, field: str, name: str
         ) -> objects.VolumeType:
    """Find a type by its name or id.

    :param field: of the request that names it.
    :raises Refused: (400, EVS.1020) there is none.
    """
    try:
        return objects.VolumeType.get_by_name_or_id(context, name)
    except cinder_exception.NotFound as error:
        raise exception.Refused(
            '%s: there is no %s.' % (field, name), 'EVS.1020') from error


def check_zone(volume_type: objects.VolumeType, zone: str) -> None:
    """Check that a type is to be had in a zone, and not sold out there.

    :raises Refused: (400, EVS.2071 or EVS.2072)
    """
    zones = volume_utils.extract_availability_zones_from_volume_type(
        volume_type)
    if zones is not None and zone not in zones:
        raise exception.Refused(
            'volume_type: %s is not to be had in %s.' % (
                volume_type.name, zone), 'EVS.2071')
    if zone in volume_type.extra_specs.get(_SOLD_OUT, '').split(','):
        raise exception.Refused(
            'volume_type: %s is sold out in %s.' % (volume_type.name, zone),
            'EVS.2072')
