# SPDX-License-Identifier: Apache-2.0
"""Showing volumes, one and many."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any

from cinder import objects
from cinder import volume as volume_api

from evs_fake import states
from evs_fake.api.evs import fields
from evs_fake.api.evs import paging
from evs_fake.api.evs import scope
from evs_fake.api.evs.volumes import view
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.api.routing import schema
from evs_fake.policies import volumes as policy

#: Ids that one query may name.
_IDS = 60

_FILTERS = {
    **fields.PAGE,
    **scope.FILTERS,
    'sort_key': {'enum': ['id', 'status', 'size', 'created_at'],
                 schema.CODE: 'EVS.1039'},
    'sort_dir': {'enum': ['asc', 'desc'], schema.CODE: 'EVS.1040'},
    'name': fields.TEXT,
    'status': fields.TEXT,
    'metadata': {'type': 'string', 'maxLength': 4096},
    'not_metadata': {'type': 'string', 'maxLength': 4096},
    'availability_zone': fields.TEXT,
    'multiattach': {'type': 'boolean'},
    'volume_type_id': fields.TEXT,
    'id': fields.TEXT,
    'ids': {'type': 'string', 'maxLength': 4096},
    'server_id': fields.TEXT,
}

#: Our names of filters that Cinder's database applies -> Cinder's.
_COLUMNS = {'name': 'display_name', 'status': 'status', 'id': 'id',
            'availability_zone': 'availability_zone',
            'multiattach': 'multiattach', 'volume_type_id': 'volume_type_id'}


def list_detail(request: route.Request) -> dict[str, Any]:
    """List volumes; ``count`` ignores the page.

    :raises Refused: (400) a filter is not well formed.
    """
    return _list(request, view.show_all)


def list_brief(request: route.Request) -> dict[str, Any]:
    """List volumes: ids, names and links."""
    def brief(_request, volumes):
        return [{name: shown[name] for name in ('id', 'name', 'links')}
                for shown in view.show_all(request, volumes)]

    return _list(request, brief)


def show(request: route.Request) -> dict[str, Any]:
    """Show a volume.

    :raises VolumeNotFound: (404)
    """
    return {'volume': view.show(request, get(request))}


def get(request: route.Request) -> objects.Volume:
    """The volume that a request's path names.

    :raises VolumeNotFound: (404)
    """
    return objects.Volume.get_by_id(
        request.context, request.ids['volume_id'])


def _list(request, show_all) -> dict[str, Any]:
    if not scope.matches(request.query):
        return {'count': 0, 'volumes': []}
    page = paging.Page.of(request.query)
    filters = _filters(request.query)
    # A transfer or migration has volumes of its own that no user sees.
    filters['no_migration_targets'] = True
    sort = {'sort_keys': [request.query.get('sort_key', 'created_at')],
            'sort_dirs': [request.query.get('sort_dir', 'desc')]}
    if 'server_id' in request.query or 'not_metadata' in request.query:
        volumes = _beyond_cinder(
            request.query, _ask(request, filters, sort, limit=None))
        count = len(volumes)
        volumes = page.cut(volumes)
    else:
        volumes = _ask(request, filters, sort, **page.arguments())
        count = page.count(
            len(volumes), lambda: volume_api.API().calculate_resource_count(
                request.context, 'volume', dict(
                    filters, project_id=request.context.project_id)))
    answer = {'count': count, 'volumes': show_all(request, volumes)}
    links = page.links(
        '%s/v2/%s/volumes/detail' % (request.url, request.context.project_id),
        [volume.id for volume in volumes], count)
    if links:
        answer['volumes_links'] = links
    return answer


def _ask(request, filters, sort, **page) -> list[objects.Volume]:
    return list(volume_api.API().get_all(
        request.context, filters=dict(filters), **sort, **page))


def _beyond_cinder(query, volumes) -> list[objects.Volume]:
    """Filter by what Cinder's database has no filter for."""
    if 'server_id' in query:
        volumes = [volume for volume in volumes if any(
            attachment.instance_uuid == query['server_id']
            for attachment in volume.volume_attachment)]
    if 'not_metadata' in query:
        refused = _metadata('not_metadata', query['not_metadata'])
        volumes = [volume for volume in volumes if not (
            refused.items() <= dict(volume.metadata).items())]
    return volumes


def _filters(query: Mapping[str, Any]) -> dict[str, Any]:
    filters = {_COLUMNS[name]: value for name, value in query.items()
               if name in _COLUMNS}
    if 'status' in filters:
        filters['status'] = states.cinder_volume_status(filters['status'])
    if 'ids' in query:
        filters['id'] = _ids(query['ids'])
    if 'metadata' in query:
        filters['metadata'] = _metadata('metadata', query['metadata'])
    return filters


def _ids(text: str) -> list[str]:
    """A list as ``['a','b']``, which is how EVS writes it."""
    try:
        ids = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        ids = None
    if not isinstance(ids, list) or not all(
            isinstance(each, str) for each in ids):
        raise exception.Refused("ids: must be a list as ['a','b'].")
    if len(ids) > _IDS:
        raise exception.Refused('ids: at most %d.' % _IDS, 'EVS.2228')
    return ids


def _metadata(name: str, text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(
            isinstance(value, str) for value in found.values()):
        raise exception.Refused(
            '%s: must be a JSON object of texts.' % name, 'EVS.1058')
    return found


_ALL = '/{project_id}/cloudvolumes'
_OLD = '/{project_id}/os-vendor-volumes'

ROUTES = (
    route.Route('GET', 'v2', _ALL, policy.LIST, list_brief, query=_FILTERS),
    *(route.Route('GET', version, collection + '/detail', policy.LIST,
                  list_detail, query=_FILTERS)
      for version, collection in (('v2', _ALL), ('v2', _OLD), ('v3', _OLD))),
    *(route.Route('GET', version, collection + '/{volume_id}', policy.SHOW,
                  show)
      for version, collection in (('v2', _ALL), ('v2', _OLD), ('v3', _OLD))),
)
