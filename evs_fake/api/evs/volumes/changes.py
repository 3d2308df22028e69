# SPDX-License-Identifier: Apache-2.0
"""Changing and deleting volumes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from cinder import exception as cinder_exception
from cinder import objects
from cinder import volume as volume_api

from evs_fake.api import deletion
from evs_fake.api.evs import fields
from evs_fake.api.evs import jobs
from evs_fake.api.evs import unavailable
from evs_fake.api.evs.volumes import listing
from evs_fake.api.evs.volumes import performance
from evs_fake.api.evs.volumes import recycle_bin
from evs_fake.api.evs.volumes import view
from evs_fake.api.evs.volumes import volume_type
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.api.routing import schema
from evs_fake.db import tags
from evs_fake.db import volume_performance
from evs_fake.policies import volumes as policy

_UPDATE = fields.wrapped('volume', {
    'name': {**fields.NAME, schema.CODE: 'EVS.1003'},
    'description': {**fields.DESCRIPTION, schema.CODE: 'EVS.1004'}})
_UPDATE['properties']['volume'].update(
    {'minProperties': 1, schema.CODE: 'EVS.1007'})

_NEW_SIZE = {'type': 'integer', 'minimum': 1, 'maximum': 32768,
             schema.CODE: 'EVS.1014'}
_PAYMENT = {'type': 'object', 'properties': {
    'isAutoPay': {'type': ['string', 'boolean']},
    'is_auto_pay': {'type': ['string', 'boolean']}}}

_EXTEND = fields.closed({
    'os-extend': fields.closed({'new_size': _NEW_SIZE}, 'new_size'),
    'bssParam': _PAYMENT}, 'os-extend')

_BATCH_EXTEND = fields.closed({
    'volumes': {
        'type': 'array', 'minItems': 1, 'maxItems': 100,
        'items': fields.closed({'id': fields.UUID, 'new_size': _NEW_SIZE},
                               'id', 'new_size')},
    'bss_param': _PAYMENT}, 'volumes')

_RETYPE = fields.closed({
    'os-retype': fields.closed({
        'new_type': {**fields.TEXT, schema.CODE: 'EVS.1020'},
        **performance.FIELDS}, 'new_type'),
    'bssParam': _PAYMENT}, 'os-retype')


def update(request: route.Request) -> dict[str, Any]:
    """Change name and description; the answer is the volume, not wrapped.

    :raises VolumeNotFound: (404)
    """
    volume = listing.get(request)
    volume_api.API().update(request.context, volume, {
        'display_' + name: value
        for name, value in request.body['volume'].items()})
    volume.refresh()
    return view.show(request, volume)


def delete(request: route.Request) -> dict[str, Any]:
    """Delete a volume and its snapshots, or put it into the recycle bin.

    :raises VolumeNotFound: (404)
    :raises Refused: (400, EVS.2130) one of its snapshots is backing-up;
        (400, EVS.1046) it is in no status for it.
    """
    volume = listing.get(request)
    _refuse_while_backed_up(request, volume)
    jobs.settle(request.context, jobs.VOLUME, volume.id)
    goal = jobs.RECYCLED
    if not recycle_bin.put(request.context, volume):
        goal = jobs.GONE
        try:
            deletion.delete(request.context, volume, cascade=True)
        except cinder_exception.InvalidVolume as error:
            raise exception.Refused(error.msg, 'EVS.1046') from error
        tags.remove(request.context, view.TAGGED, volume.id)
    return {'job_id': jobs.start(
        request.context, 'deleteVolume', jobs.VOLUME, volume.id,
        goal={goal: True}, entities=_entities(volume))}


def _refuse_while_backed_up(request, volume) -> None:
    snapshots = objects.SnapshotList.get_all_for_volume(
        request.context.elevated(), volume.id)
    for snapshot in snapshots:
        if snapshot.status == 'backing-up':
            raise exception.Refused(
                'volume %s cannot be deleted: its snapshot %s is backing-up.'
                % (volume.id, snapshot.id), 'EVS.2130')


def extend(request: route.Request) -> dict[str, Any]:
    """Make a volume larger.

    :raises VolumeNotFound: (404)
    :raises Refused: (400, EVS.1048) it is in no status for it; (400,
        EVS.1015) the size is not larger.
    :raises VolumeSizeExceedsAvailableQuota: (413)
    """
    return {'job_id': _extend(request, listing.get(request),
                              request.body['os-extend']['new_size'])}


def batch_extend(request: route.Request) -> dict[str, Any]:
    """Make volumes larger: all that are asked for, or none.

    :raises VolumeNotFound: (404) one of them.
    :raises Refused: (400) as for one, before any was changed.
    """
    asked = request.body['volumes']
    volumes = [objects.Volume.get_by_id(request.context, each['id'])
               for each in asked]
    if len({volume.id for volume in volumes}) < len(volumes):
        raise exception.Refused('volumes: each only once.')
    for volume, each in zip(volumes, asked, strict=True):
        _check_extend(volume, each['new_size'])
    started = [_extend(request, volume, each['new_size'])
               for volume, each in zip(volumes, asked, strict=True)]
    return {'job_id': jobs.start(
        request.context, 'batchExtendVolume', None, None, sub_jobs=started)}


def _extend(request, volume, new_size) -> str:
    _check_extend(volume, new_size)
    jobs.settle(request.context, jobs.VOLUME, volume.id)
    api = volume_api.API()
    resize = (api.extend_attached_volume if volume.status == 'in-use'
              else api.extend)
    try:
        resize(request.context, volume, new_size)
    except cinder_exception.InvalidVolume as error:
        raise exception.Refused(error.msg, 'EVS.1048') from error
    return jobs.start(
        request.context, 'extendVolume', jobs.VOLUME, volume.id,
        goal={jobs.SIZE: new_size},
        entities={**_entities(volume), 'size': new_size})


def _check_extend(volume, new_size) -> None:
    if volume.status not in ('available', 'in-use'):
        raise exception.Refused(
            'volume %s is "%s"; it can be extended only while it is '
            'available or in-use.' % (volume.id, volume.status), 'EVS.1048')
    if new_size <= volume.size:
        raise exception.Refused(
            'new_size: must be larger than the volume\'s size, %d.'
            % volume.size, 'EVS.1015')


def retype(request: route.Request) -> dict[str, Any]:
    """Change a volume's type, by migration where the type asks for it.

    :raises VolumeNotFound: (404)
    :raises Refused: (400, EVS.2087) it is in no status for it; (400,
        EVS.1020) there is no such type.
    """
    volume = listing.get(request)
    asked = request.body['os-retype']
    performance.check(asked['new_type'], asked)
    new_type = volume_type.find(
        request.context, 'new_type', asked['new_type']).id
    jobs.settle(request.context, jobs.VOLUME, volume.id)
    try:
        volume_api.API().retype(request.context, volume, new_type,
                                'on-demand')
    except (cinder_exception.InvalidVolume,
            cinder_exception.InvalidInput) as error:
        raise exception.Refused(error.msg, 'EVS.2087') from error
    if performance.given(asked):
        volume_performance.put(request.context, volume.id,
                               asked.get('iops'), asked.get('throughput'))
    return {'job_id': jobs.start(
        request.context, 'retypeVolume', jobs.VOLUME, volume.id,
        goal={jobs.VOLUME_TYPE: new_type},
        entities={**_entities(volume), 'volume_type': asked['new_type']})}


def _entities(volume) -> dict[str, Any]:
    return {'volume_id': volume.id, 'name': volume.display_name,
            'size': volume.size,
            'volume_type': volume.volume_type.name
            if volume.volume_type else ''}


_ONE = '/{project_id}/cloudvolumes/{volume_id}'

ROUTES = (
    route.Route('PUT', 'v2', _ONE, policy.UPDATE, update, body=_UPDATE),
    route.Route('DELETE', 'v2', _ONE, policy.DELETE, delete),
    route.Route('POST', 'v2.1', _ONE + '/action', policy.EXTEND, extend,
                HTTPStatus.ACCEPTED, body=_EXTEND),
    route.Route('POST', 'v2', _ONE + '/action', policy.EXTEND, extend,
                body=_EXTEND),
    route.Route('POST', 'v5', '/{project_id}/volumes/batch-extend',
                policy.EXTEND, batch_extend, HTTPStatus.ACCEPTED,
                body=_BATCH_EXTEND),
    route.Route('POST', 'v2', '/{project_id}/volumes/{volume_id}/retype',
                policy.RETYPE, retype, HTTPStatus.ACCEPTED, body=_RETYPE),
    route.Route('POST', 'v2', '/{project_id}/cloudvolumes/unsubscribe',
                policy.ORDER, unavailable.handler(unavailable.BILLING)),
    route.Route('POST', 'v2',
                '/{project_id}/cloudvolumes/change-charge-mode',
                policy.ORDER, unavailable.handler(unavailable.BILLING)),
)
