# SPDX-License-Identifier: Apache-2.0
"""EVS's older tags, of volumes, snapshots and backups alike.

The same tags as the newer routes have. EVS calls these deprecated; Open
Telekom Cloud's older clients (gophertelekomcloud) read and reset tags here.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from cinder import context as cinder_context
from cinder import objects

from evs_fake.api import system_snapshot
from evs_fake.api.evs import fields
from evs_fake.api.evs import resource_tags
from evs_fake.api.evs.volumes import view
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.db import standard_snapshots
from evs_fake.db import tags
from evs_fake.policies import vendor_tags as policy

#: By type: under what tags are kept, Cinder's list and one of it.
_TYPES = {
    'volumes': (view.TAGGED, 'VolumeList', 'Volume'),
    'snapshots': (standard_snapshots.TAGS, 'SnapshotList', 'Snapshot'),
    'backups': ('backup', 'BackupList', 'Backup'),
}

_TAGS = fields.closed({'tags': resource_tags.GIVEN}, 'tags')
_DELETE = fields.closed({'os-delete_tags': resource_tags.GIVEN},
                        'os-delete_tags')
_TAG = fields.closed({'tag': {**resource_tags.GIVEN, 'minProperties': 1,
                              'maxProperties': 1}}, 'tag')


def list_all(request: route.Request) -> dict[str, Any]:
    """List the keys of a type's resources, each with its values.

    :raises Refused: (400) there is no such type.
    """
    kept, resources, _one = _type(request)
    context = request.context
    listed = getattr(objects, resources).get_all_by_project(
        context, context.project_id, None, None)
    return {'tags': {each['key']: each['value'] for each
                     in resource_tags.of_all(
                         context, kept,
                         {resource.id for resource in listed})['tags']}}


def show(request: route.Request) -> dict[str, Any]:
    """Show the tags of a resource.

    :raises Refused: (400) there is no such type.
    :raises NotFound: (404) there is no such resource.
    """
    return {'tags': _found(request.context, *_resource(request))}


def reset(request: route.Request) -> dict[str, Any]:
    """Give a resource these tags and no other.

    :raises Refused: (400) there is no such type.
    :raises NotFound: (404) there is no such resource.
    :raises InvalidSnapshot: (400) it is one of the system's.
    """
    kept, resource_id = _to_change(request)
    tags.replace(request.context, kept, resource_id, request.body['tags'])
    return request.body


def add(request: route.Request) -> dict[str, Any]:
    """Add tags; those of a key that is there get the new value.

    :raises Refused: (400) there is no such type; EVS.1061 it would have too
        many.
    :raises NotFound: (404) there is no such resource.
    :raises InvalidSnapshot: (400) it is one of the system's.
    """
    _add(request, request.body['tags'])
    return request.body


def delete_some(request: route.Request) -> None:
    """Take tags off a resource; of a tag, only with the value that it has.

    :raises Refused: (400) there is no such type.
    :raises NotFound: (404) there is no such resource.
    :raises InvalidSnapshot: (400) it is one of the system's.
    """
    kept, resource_id = _to_change(request)
    resource_tags.delete(request.context, kept, resource_id,
                         _listed(request.body['os-delete_tags']))


def show_one(request: route.Request) -> dict[str, Any]:
    """Show a tag of a resource.

    :raises Refused: (400) there is no such type; (404) it has no such tag.
    :raises NotFound: (404) there is no such resource.
    """
    return {'tag': {request.ids['key']: _one(request)[2]}}


def change_one(request: route.Request) -> dict[str, Any]:
    """Change a tag of a resource.

    :raises Refused: (400) there is no such type, or the body has another
        key; (404) it has no such tag.
    :raises NotFound: (404) there is no such resource.
    :raises InvalidSnapshot: (400) it is one of the system's.
    """
    _to_change(request)
    _one(request)
    if request.ids['key'] not in request.body['tag']:
        raise exception.Refused('tag: must have the key of the URL.')
    _add(request, request.body['tag'])
    return request.body


def delete_one(request: route.Request) -> None:
    """Take a tag off a resource.

    :raises Refused: (400) there is no such type; (404) it has no such tag.
    :raises NotFound: (404) there is no such resource.
    :raises InvalidSnapshot: (400) it is one of the system's.
    """
    kept, resource_id = _to_change(request)
    _one(request)
    tags.remove(request.context, kept, resource_id, [request.ids['key']])


def _type(request: route.Request) -> tuple[str, str, str]:
    asked = request.ids['resource_type']
    if asked not in _TYPES:
        raise exception.Refused('resource_type: must be one of %s.'
                                % ', '.join(_TYPES))
    return _TYPES[asked]


def _resource(request: route.Request) -> tuple[str, str]:
    kept, _resources, one = _type(request)
    return kept, getattr(objects, one).get_by_id(
        request.context, request.ids['resource_id']).id


def _to_change(request: route.Request) -> tuple[str, str]:
    kept, resource_id = _resource(request)
    if kept == standard_snapshots.TAGS:
        system_snapshot.refuse(
            request.context, objects.Snapshot.get_by_id(
                request.context, resource_id), 'change of tags')
    return kept, resource_id


def _found(context: cinder_context.RequestContext, kept: str,
           resource_id: str) -> dict[str, str]:
    return tags.get(context, kept, [resource_id])[resource_id]


def _one(request: route.Request) -> tuple[str, str, str]:
    kept, resource_id = _resource(request)
    found = _found(request.context, kept, resource_id)
    key = request.ids['key']
    if key not in found:
        raise exception.Refused('There is no tag %s.' % key,
                                status=HTTPStatus.NOT_FOUND)
    return kept, resource_id, found[key]


def _add(request: route.Request, given: Mapping[str, str]) -> None:
    kept, resource_id = _to_change(request)
    resource_tags.create(request.context, kept, resource_id, _listed(given))


def _listed(given: Mapping[str, str]) -> dict[str, Any]:
    return {'tags': [{'key': key, 'value': value}
                     for key, value in given.items()]}


def _route(method: str, path: str, rule: str,
           handler: Callable[[route.Request], Any],
           body: Mapping[str, Any] | None = None) -> route.Route:
    return route.Route(
        method, 'v2', '/{project_id}/os-vendor-tags/{resource_type}' + path,
        rule, handler, body=body)


_ID = '/{resource_id}'
_KEY = _ID + '/{key}'

ROUTES = (
    _route('GET', '', policy.LIST, list_all),
    _route('GET', _ID, policy.SHOW, show),
    _route('PUT', _ID, policy.CHANGE, reset, body=_TAGS),
    _route('POST', _ID, policy.CHANGE, add, body=_TAGS),
    _route('POST', _ID + '/action', policy.CHANGE, delete_some,
           body=_DELETE),
    _route('GET', _KEY, policy.SHOW, show_one),
    _route('PUT', _KEY, policy.CHANGE, change_one, body=_TAG),
    _route('DELETE', _KEY, policy.CHANGE, delete_one),
)
