# SPDX-License-Identifier: Apache-2.0
"""Volumes as EVS shows them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from collections.abc import Sequence
from typing import Any

from cinder import objects

from evs_fake import states
from evs_fake.api.evs import fields
from evs_fake.api.evs import scope
from evs_fake.api.routing import route
from evs_fake.db import tags
from evs_fake.db import volume_performance

#: Of volumes' tags, in our table.
TAGGED = 'volume'


def show(request: route.Request, volume: objects.Volume) -> dict[str, Any]:
    """One volume."""
    return show_all(request, [volume])[0]


def show_all(request: route.Request, volumes: Sequence[objects.Volume]
             ) -> list[dict[str, Any]]:
    """Volumes, with one query for what is in each of our tables."""
    ids = [volume.id for volume in volumes]
    tagged = tags.get(request.context, TAGGED, ids)
    performance = volume_performance.get(request.context, ids)
    return [_show(request, volume, tagged[volume.id],
                  performance.get(volume.id)) for volume in volumes]


def _show(request, volume, volume_tags, performance) -> dict[str, Any]:
    shown = {
        'id': volume.id,
        'name': volume.display_name,
        'description': volume.display_description,
        'status': states.volume_status(volume.status),
        'size': volume.size,
        'volume_type': volume.volume_type.name if volume.volume_type else '',
        'availability_zone': volume.availability_zone,
        # Texts, and the next a boolean: so EVS has them.
        'bootable': _text(volume.bootable),
        'shareable': _text(volume.multiattach),
        'multiattach': volume.multiattach,
        'encrypted': volume.encryption_key_id is not None,
        'created_at': fields.time(volume.created_at),
        'updated_at': fields.time(volume.updated_at),
        'snapshot_id': volume.snapshot_id,
        'source_volid': volume.source_volid,
        'metadata': dict(volume.metadata),
        'volume_image_metadata': _image_metadata(volume),
        'tags': volume_tags,
        'wwn': _wwn(volume.id),
        'serial_number': volume.id,
        'enterprise_project_id': scope.ENTERPRISE_PROJECT,
        'user_id': volume.user_id,
        'replication_status': volume.replication_status,
        'consistencygroup_id': volume.consistencygroup_id,
        'dedicated_storage_id': None,
        'dedicated_storage_name': None,
        'os-vol-tenant-attr:tenant_id': volume.project_id,
        'os-vol-host-attr:host': volume.host,
        'os-vol-mig-status-attr:migstat': volume.migration_status,
        'os-vol-mig-status-attr:name_id': volume._name_id,
        'os-volume-replication:extended_status': None,
        'links': _links(request, volume),
        'attachments': _attachments(volume.volume_attachment),
        **scope.FIELDS,
    }
    if performance is not None:
        for name in ('iops', 'throughput'):
            total = getattr(performance, name)
            if total is not None:
                shown[name] = {'id': volume.id, 'total_val': total,
                               'frozened': False}
    return shown


def _text(value: bool) -> str:
    return 'true' if value else 'false'


def _image_metadata(volume: objects.Volume) -> dict[str, str]:
    if not volume.bootable:
        # Only a volume made from an image has some: spares the query.
        return {}
    return {name: str(value)
            for name, value in volume.glance_metadata.items()}


def _wwn(volume_id: str) -> str:
    """A world wide name of the volume's own, in NAA's locally assigned form.

    Sixteen bytes; the first half-byte, 3, says that nobody else vouches.
    """
    return '3' + hashlib.sha256(volume_id.encode()).hexdigest()[:31]


def _links(request, volume) -> list[dict[str, str]]:
    path = '%s/volumes/%s' % (volume.project_id, volume.id)
    return [{'href': '%s/v2/%s' % (request.url, path), 'rel': 'self'},
            {'href': '%s/%s' % (request.url, path), 'rel': 'bookmark'}]


def _attachments(attachments: Collection[objects.VolumeAttachment]
                 ) -> list[dict[str, Any]]:
    return [{
        'attachment_id': attachment.id,
        'server_id': attachment.instance_uuid,
        'volume_id': attachment.volume_id,
        'id': attachment.volume_id,
        'device': attachment.mountpoint,
        'host_name': attachment.attached_host,
        'attached_at': fields.time(attachment.attach_time),
    } for attachment in attachments if attachment.attach_status == 'attached']
