# SPDX-License-Identifier: Apache-2.0
"""Migrations that the death of the cloud's one process cut short.

Cinder settles none: a volume whose migration is under way for ever can be
neither extended nor deleted nor migrated again.
"""

from __future__ import annotations

from cinder import context as cinder_context
from cinder import objects
from cinder.volume import volume_utils
from oslo_config import cfg
from oslo_log import log as logging

from evs_fake.volume import pools

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

_UNDER_WAY = frozenset({'starting', 'migrating', 'completing'})
#: Of the volume that Cinder makes to copy another one to.
_TARGET = 'target:'


def settle(context: cinder_context.RequestContext) -> None:
    """End migrations, before services start.

    A volume is where its row says that it is: the driver copies it as a
    whole before it changes the row. In another pool it may have left a
    copy, which goes; so does the volume that Cinder copied to.
    """
    found = [volume for volume in objects.VolumeList.get_all(context)
             if volume.migration_status]
    moved = [volume for volume in found
             if volume.migration_status in _UNDER_WAY]
    for volume in found:
        if volume.migration_status.startswith(_TARGET):
            # The driver deletes it for good.
            volume.status = 'deleting'
            volume.save()
    if not moved:
        return
    _remove_copies(moved)
    for volume in moved:
        LOG.warning('The migration of volume %s was interrupted.', volume.id)
        volume.migration_status = 'error'
        volume.save()


def _remove_copies(volumes: list[objects.Volume]) -> None:
    for name in CONF.enabled_backends:
        opened = pools.of_section(name)
        opened.setup()
        try:
            for volume in volumes:
                home = None
                if (volume_utils.extract_host(volume.host, 'backend')
                        == '%s@%s' % (CONF.host, name)):
                    home = opened.at(volume.host)
                for _name, engine in opened.items():
                    if engine is not home:
                        engine.delete_volume(volume.name_id)
        finally:
            opened.close()
