# SPDX-License-Identifier: Apache-2.0
"""What the embedded cloud has from the start: EVS's volume types.

They are Cinder's own, for all to use and to change. Cinder's default type
stays the default.
"""

from collections.abc import Collection
from collections.abc import Sequence

#: EVS's volume types, and what EVS's documents call them.
TYPES = {
    'SATA': 'Common I/O',
    'SAS': 'High I/O',
    'GPSSD': 'General Purpose SSD',
    'SSD': 'Ultra-high I/O',
    'ESSD': 'Extreme SSD',
    'GPSSD2': 'General Purpose SSD V2',
    'ESSD2': 'Extreme SSD V2',
}

#: The extra spec that says where a type is to be had; Cinder heeds it.
_ZONES = 'RESKEY:availability_zones'


def zones() -> list[str]:
    """The availability zones of the configured back ends."""
    from cinder.volume import configuration
    from cinder.volume import driver
    from oslo_config import cfg
    return sorted({
        configuration.Configuration(
            driver.volume_opts, config_group=backend
        ).backend_availability_zone or cfg.CONF.storage_availability_zone
        for backend in cfg.CONF.enabled_backends})


def sow(available: Sequence[str], sown: Collection[str]) -> None:
    """Make what the cloud has not had, and mend a zone that is gone.

    A name that an operator ever took is left alone.

    :param available: the cloud's availability zones.
    :param sown: names of types that were sown before.
    """
    from cinder import context as cinder_context
    from cinder.db import api as db_api
    from cinder.db import models
    from cinder.volume import volume_types
    context = cinder_context.get_admin_context()
    with db_api.main_context_manager.reader.using(context):
        names = {name for name, in db_api.model_query(
            context, models.VolumeType.name, read_deleted='yes')}
    existing = volume_types.get_all_types(context, list_result=True)
    specs = {_ZONES: ','.join(available)}
    for name, description in TYPES.items():
        if name not in names and name not in sown:
            volume_types.create(context, name, specs,
                                description=description)
    for each in existing:
        named = each['extra_specs'].get(_ZONES)
        # With none of its zones in the cloud, a type would be of no use.
        if each['name'] in TYPES and named and not (
                set(named.split(',')) & set(available)):
            db_api.volume_type_extra_specs_update_or_create(
                context, each['id'], specs)
