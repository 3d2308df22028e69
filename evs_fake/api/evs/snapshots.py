# SPDX-License-Identifier: Apache-2.0
"""EVS's ``cloudsnapshots``, on Cinder's snapshots."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects
from cinder import volume as volume_api

from evs_fake import states
from evs_fake.api import rollback as rollback_api
from evs_fake.api import system_snapshot
from evs_fake.api.evs import fields
from evs_fake.api.evs import paging
from evs_fake.api.evs import scope
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.faults import directive
from evs_fake.policies import snapshots as policy

_CREATE = fields.wrapped('snapshot', {
    'volume_id': fields.UUID,
    'force': {'type': 'boolean'},
    'metadata': fields.METADATA,
    'name': fields.NAME,
    'description': fields.DESCRIPTION,
}, 'volume_id')

_UPDATE = fields.wrapped('snapshot', {
    'name': fields.NAME, 'description': fields.DESCRIPTION})

_ROLLBACK = fields.wrapped('rollback', {
    'volume_id': fields.UUID, 'name': fields.NAME}, 'volume_id')

_FILTERS = {
    **fields.PAGE,
    **scope.FILTERS,
    'name': fields.TEXT,
    'status': fields.TEXT,
    'volume_id': fields.TEXT,
    'availability_zone': fields.TEXT,
    'id': fields.TEXT,
}

#: Our names of filters -> Cinder's.
_COLUMNS = {'name': 'display_name', 'status': 'status',
            'volume_id': 'volume_id', 'id': 'id',
            'availability_zone': 'availability_zone'}


def create(request: route.Request) -> dict[str, Any]:
    """Snapshot a volume.

    ``force`` allows that of one in use.

    :raises VolumeNotFound: (404)
    :raises InvalidVolume: (400) the volume is in no status for it.
    :raises SnapshotLimitExceeded: (413)
    """
    asked = request.body['snapshot']
    metadata = asked.get('metadata') or {}
    directive.check(metadata)
    api = volume_api.API()
    volume = objects.Volume.get_by_id(request.context, asked['volume_id'])
    make = (api.create_snapshot_force if asked.get('force')
            else api.create_snapshot)
    snapshot = make(request.context, volume, asked.get('name'),
                    asked.get('description'), metadata=metadata)
    return {'snapshot': show_snapshot(snapshot)}


def list_detail(request: route.Request) -> dict[str, Any]:
    """List snapshots, newest first; ``count`` ignores the page."""
    api = volume_api.API()
    if not scope.matches(request.query):
        return {'count': 0, 'snapshots': []}
    filters = _filters(request)
    page = paging.Page.of(request.query)
    snapshots = api.get_all_snapshots(
        request.context, dict(filters), **page.arguments())
    count = page.count(len(snapshots), lambda: api.calculate_resource_count(
        request.context, 'snapshot', dict(
            filters, project_id=request.context.project_id)))
    answer = {'count': count, 'snapshots': [
        {**show_snapshot(snapshot), **scope.FIELDS}
        for snapshot in snapshots]}
    links = page.links(
        '%s/v2/%s/snapshots/detail' % (
            request.url, request.context.project_id),
        [snapshot.id for snapshot in snapshots], count)
    if links:
        answer['snapshots_links'] = links
    return answer


def show(request: route.Request) -> dict[str, Any]:
    """Show a snapshot.

    :raises SnapshotNotFound: (404)
    """
    return {'snapshot': show_snapshot(_get(request))}


def update(request: route.Request) -> dict[str, Any]:
    """Change name and description.

    :raises SnapshotNotFound: (404)
    :raises InvalidSnapshot: (400) it is one of the system's.
    """
    snapshot = _get(request)
    system_snapshot.refuse(request.context, snapshot, 'update')
    asked = request.body['snapshot']
    volume_api.API().update_snapshot(request.context, snapshot, {
        'display_' + name: value for name, value in asked.items()})
    return {'snapshot': show_snapshot(snapshot)}


def delete(request: route.Request) -> None:
    """Delete a snapshot that is ``available`` or ``error``.

    :raises SnapshotNotFound: (404)
    :raises Refused: (400, EVS.1047) it is in another status.
    :raises InvalidSnapshot: (400) it is one of the system's.
    """
    start_deletion(request.context, _get(request))


def start_deletion(context: cinder_context.RequestContext,
                   snapshot: objects.Snapshot) -> None:
    """Accept the deletion of a snapshot, and hand it to cinder-volume.

    :raises Refused: (400, EVS.1047) it is neither available nor in error.
    :raises InvalidSnapshot: (400) it is one of the system's.
    """
    system_snapshot.refuse(context, snapshot, 'delete')
    try:
        volume_api.API().delete_snapshot(context, snapshot)
    except cinder_exception.InvalidSnapshot as error:
        raise exception.Refused(error.msg, 'EVS.1047') from error


def rollback(request: route.Request) -> dict[str, Any]:
    """Roll the snapshot's source volume back to it.

    ``name`` is the volume's; EVS takes it beside ``volume_id`` and does not
    check it.

    :raises SnapshotNotFound: (404)
    :raises InvalidVolume: (400) see :func:`evs_fake.api.rollback.start`.
    :raises InvalidSnapshot: (400) likewise.
    """
    volume = rollback_api.start(
        request.context, _get(request), request.body['rollback']['volume_id'])
    return {'rollback': {'volume_id': volume.id}}


def show_snapshot(snapshot: objects.Snapshot) -> dict[str, Any]:
    """A snapshot as EVS shows it; times are UTC without a zone."""
    return {
        'id': snapshot.id,
        'status': states.snapshot_status(snapshot.status),
        'name': snapshot.display_name,
        'description': snapshot.display_description,
        'created_at': fields.time(snapshot.created_at),
        'updated_at': fields.time(snapshot.updated_at),
        'metadata': dict(snapshot.metadata),
        'volume_id': snapshot.volume_id,
        'size': snapshot.volume_size,
        'os-extended-snapshot-attributes:progress': snapshot.progress,
        'os-extended-snapshot-attributes:project_id': snapshot.project_id,
    }


def _get(request: route.Request) -> objects.Snapshot:
    return objects.Snapshot.get_by_id(
        request.context, request.ids['snapshot_id'])


def _filters(request: route.Request) -> dict[str, Any]:
    filters = {_COLUMNS[name]: value for name, value in request.query.items()
               if name in _COLUMNS}
    if 'status' in filters:
        filters['status'] = states.cinder_snapshot_status(filters['status'])
    return filters


_ALL = '/{project_id}/cloudsnapshots'
_ONE = _ALL + '/{snapshot_id}'

ROUTES = (
    route.Route('POST', 'v2', _ALL, policy.CREATE, create,
                HTTPStatus.ACCEPTED, body=_CREATE),
    route.Route('GET', 'v2', _ALL + '/detail', policy.LIST, list_detail,
                query=_FILTERS),
    route.Route('GET', 'v2', _ONE, policy.SHOW, show),
    route.Route('PUT', 'v2', _ONE, policy.UPDATE, update, body=_UPDATE),
    route.Route('DELETE', 'v2', _ONE, policy.DELETE, delete,
                HTTPStatus.ACCEPTED),
    *(route.Route('POST', version, collection + '/{snapshot_id}/rollback',
                  policy.ROLLBACK, rollback, HTTPStatus.ACCEPTED,
                  body=_ROLLBACK)
      for version in ('v2', 'v3')
      for collection in (_ALL, '/{project_id}/os-vendor-snapshots')),
)
