# SPDX-License-Identifier: Apache-2.0
"""Creating volumes: new, from an image, a snapshot or a backup."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from cinder import exception as cinder_exception
from cinder import objects
from cinder import volume as volume_api

from evs_fake import states
from evs_fake.api import image_service
from evs_fake.api.evs import client_token
from evs_fake.api.evs import fields
from evs_fake.api.evs import jobs
from evs_fake.api.evs import scope
from evs_fake.api.evs import unavailable
from evs_fake.api.evs.volumes import performance
from evs_fake.api.evs.volumes import view
from evs_fake.api.evs.volumes import volume_type
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.api.routing import schema
from evs_fake.db import tags
from evs_fake.db import volume_performance
from evs_fake.faults import directive
from evs_fake.policies import volumes as policy

_SOURCES = ('imageRef', 'snapshot_id', 'backup_id')
#: GiB. EVS begins data disks at 10; a test wants smaller ones.
_MAX_SIZE = 32768
#: Of a volume made together with others, and of any.
_NAME_LENGTHS = (250, 255)

_FIELDS = {
    'availability_zone': {**fields.TEXT, schema.CODE: 'EVS.1036'},
    'volume_type': {**fields.TEXT, schema.CODE: 'EVS.1020'},
    'size': {'type': 'number', 'minimum': 1, 'maximum': _MAX_SIZE,
             schema.CODE: 'EVS.1010'},
    'name': {**fields.NAME, schema.CODE: 'EVS.1003'},
    'description': {**fields.DESCRIPTION, schema.CODE: 'EVS.1004'},
    'count': {'type': 'integer', 'minimum': 1, 'maximum': 100,
              schema.CODE: 'EVS.1021'},
    'imageRef': {**fields.UUID, schema.CODE: 'EVS.2046'},
    'snapshot_id': {**fields.UUID, schema.CODE: 'EVS.2045'},
    'backup_id': {**fields.UUID, schema.CODE: 'EVS.1006'},
    'multiattach': {'type': 'boolean'},
    'shareable': {'enum': [True, False, 'true', 'false']},
    'metadata': fields.METADATA,
    'tags': {**fields.TAGS, 'maxProperties': 10, schema.CODE: 'EVS.1061'},
    'enterprise_project_id': fields.TEXT,
    **performance.FIELDS,
}

_BODY = fields.closed({
    'volume': fields.closed(_FIELDS, 'availability_zone', 'volume_type'),
    'server_id': fields.TEXT,
    'bssParam': {'type': 'object', 'properties': {
        'chargingMode': {'enum': ['prePaid', 'postPaid']}}},
    'OS-SCH-HNT:scheduler_hints': fields.closed(
        {'dedicated_storage_id': fields.TEXT}),
}, 'volume')


def create(request: route.Request) -> dict[str, Any]:
    """Create one volume, or as many as ``count`` says.

    A fraction of a GiB in ``size`` is cut off, as EVS does.

    :raises Refused: (400) a field or a source does not allow it; (403) it
        needs what this cloud does not have.
    :raises VolumeLimitExceeded: (413) and other quotas.
    """
    _refuse_what_is_not_here(request.body)
    asked = request.body['volume']
    metadata = asked.get('metadata') or {}
    directive.check(metadata)
    api = volume_api.API()
    source = _source(request, asked)
    size = int(asked['size']) if 'size' in asked else source['backup'].size
    arguments = {
        'size': size,
        'volume_type': volume_type.find(
            request.context, 'volume_type', asked['volume_type']),
        'availability_zone': _zone(api, asked['availability_zone']),
        'metadata': metadata,
        **source,
    }
    volume_type.check_zone(
        arguments['volume_type'], arguments['availability_zone'])
    _check_source(source, arguments, asked)
    performance.check(asked['volume_type'], asked)
    names = _names(asked)
    volumes = [_create(request, api, name, asked, arguments)
               for name in names]
    started = [jobs.start(
        request.context, 'createVolume', jobs.VOLUME, volume.id,
        entities={'volume_id': volume.id, 'name': volume.display_name,
                  'size': volume.size, 'volume_type': asked['volume_type']})
        for volume in volumes]
    if len(started) == 1:
        job_id, = started
    else:
        job_id = jobs.start(request.context, 'batchCreateVolume', None, None,
                            sub_jobs=started)
    return {'job_id': job_id, 'volume_ids': [each.id for each in volumes]}


def create_by_old_version(request: route.Request) -> dict[str, Any]:
    """The same; the answer has the job only."""
    return {'job_id': create(request)['job_id']}


def _create(request, api, name, asked, arguments) -> objects.Volume:
    try:
        volume = api.create(
            request.context, name=name, description=asked.get('description'),
            **arguments)
    except cinder_exception.ImageNotFound as error:
        raise exception.Refused(
            'imageRef: %s' % error.msg, 'EVS.2046') from error
    except cinder_exception.GlanceConnectionFailed as error:
        raise exception.Refused(
            'imageRef: the image service does not answer.', 'EVS.2046'
        ) from error
    if asked.get('multiattach') or asked.get('shareable') in (True, 'true'):
        # To Cinder, it is the type's matter.
        volume.multiattach = True
        volume.save()
    tags.replace(request.context, view.TAGGED, volume.id,
                 asked.get('tags') or {})
    if performance.given(asked):
        volume_performance.put(request.context, volume.id,
                               asked.get('iops'), asked.get('throughput'))
    return volume


def _refuse_what_is_not_here(body: Mapping[str, Any]) -> None:
    if (body.get('bssParam') or {}).get('chargingMode') == 'prePaid':
        unavailable.refuse(unavailable.BILLING)
    if body.get('server_id'):
        unavailable.refuse(unavailable.SERVERS)
    if (body.get('OS-SCH-HNT:scheduler_hints') or {}).get(
            'dedicated_storage_id'):
        unavailable.refuse(unavailable.DEDICATED_STORAGE)
    volume = body['volume']
    scope.check_new(volume)
    if (volume.get('metadata') or {}).get('__system__encrypted') == '1':
        unavailable.refuse(unavailable.ENCRYPTION)


def _source(request, asked) -> dict[str, Any]:
    """What the volume is made from, as Cinder's argument."""
    given = [name for name in _SOURCES if asked.get(name)]
    if len(given) > 1:
        raise exception.Refused(
            'Only one of %s.' % ', '.join(_SOURCES), 'EVS.1016')
    if 'size' not in asked and given != ['backup_id']:
        raise exception.Refused(
            'size: only a volume from a backup may go without.', 'EVS.1010')
    if not given:
        return {}
    name, = given
    if name == 'imageRef':
        problem = image_service.problem(request.context)
        if problem:
            raise exception.Refused('imageRef: %s.' % problem, 'EVS.2046')
        return {'image_id': asked[name]}
    if name == 'snapshot_id':
        return {'snapshot': objects.Snapshot.get_by_id(
            request.context, asked[name])}
    try:
        return {'backup': objects.Backup.get_by_id(
            request.context, asked[name])}
    except cinder_exception.BackupNotFound as error:
        raise exception.Refused(error.msg, 'EVS.1045') from error


def _check_source(source, arguments, asked) -> None:
    """EVS's own conditions; Cinder's follow."""
    for name, code in (('snapshot', 'EVS.2043'), ('backup', 'EVS.1044')):
        if name not in source:
            continue
        resource = source[name]
        if resource.status != 'available':
            raise exception.Refused(
                '%s %s is "%s"; a volume can be made from it only while it '
                'is available.' % (
                    name, resource.id,
                    states.snapshot_status(resource.status)
                    if name == 'snapshot' else resource.status), code)
        if asked.get('count', 1) > 1:
            raise exception.Refused(
                'count: must be 1 for a volume from a %s.' % name,
                'EVS.1051')
        size = (resource.volume_size if name == 'snapshot'
                else resource.size)
        if arguments['size'] < size:
            raise exception.Refused(
                'size: must be at least that of the %s, %d.' % (name, size),
                'EVS.1022' if name == 'backup' else 'EVS.1010')
    if 'snapshot' in source:
        volume = source['snapshot'].volume
        if arguments['volume_type'].id != volume.volume_type_id:
            raise exception.Refused(
                'volume_type: must be that of the snapshot, %s.'
                % volume.volume_type.name, 'EVS.2096')
        if arguments['availability_zone'] != volume.availability_zone:
            raise exception.Refused(
                'availability_zone: must be that of the snapshot, %s.'
                % volume.availability_zone, 'EVS.2054')


def _zone(api, name: str) -> str:
    if name not in {zone['name'] for zone in api.list_availability_zones(
            enable_cache=True) if zone['available']}:
        raise exception.Refused(
            'availability_zone: there is no %s.' % name, 'EVS.1036')
    return name


def _names(asked) -> list[str | None]:
    count, name = asked.get('count', 1), asked.get('name')
    if count == 1:
        return [name]
    if name and len(name) > _NAME_LENGTHS[0]:
        raise exception.Refused(
            'name: at most %d characters with count.' % _NAME_LENGTHS[0],
            'EVS.1003')
    return ['%s-%04d' % (name, number) if name else None
            for number in range(1, count + 1)]


_ALL = '/{project_id}/cloudvolumes'

ROUTES = (
    route.Route('POST', 'v2.1', _ALL, policy.CREATE,
                client_token.once(create), HTTPStatus.ACCEPTED, body=_BODY),
    *(route.Route('POST', version, _ALL, policy.CREATE,
                  client_token.once(create_by_old_version), body=_BODY)
      for version in ('v2', 'v3')),
)
