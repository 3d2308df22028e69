# SPDX-License-Identifier: Apache-2.0
"""Tags of volumes, and finding volumes by them."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from cinder import objects

from evs_fake.api.evs import fields
from evs_fake.api.evs import scope
from evs_fake.api.evs.volumes import listing
from evs_fake.api.evs.volumes import view
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.api.routing import schema
from evs_fake.db import tags
from evs_fake.policies import volumes as policy

#: Tags of one volume.
LIMIT = 20

_CHANGE = fields.closed({
    'action': {'enum': ['create', 'delete']},
    'tags': {'type': 'array', 'minItems': 1, 'maxItems': LIMIT,
             'items': fields.closed({
                 'key': fields.TAG_KEY,
                 'value': {**fields.TAG_VALUE, schema.CODE: 'EVS.1062'},
             }, 'key')},
}, 'action', 'tags')

#: A number; the documents' examples have it as a text.
_NUMBER = {'anyOf': [{'type': 'integer', 'minimum': 0, 'maximum': 2**31 - 1},
                     {'type': 'string', 'pattern': '^[0-9]{1,9}$'}]}

_QUERY = fields.closed({
    'action': {'enum': ['filter', 'count']},
    'limit': _NUMBER,
    'offset': _NUMBER,
    'tags': {'type': 'array', 'maxItems': 20, 'items': fields.closed({
        'key': fields.TEXT,
        'values': {'type': 'array', 'maxItems': 20, 'items': fields.TEXT},
    }, 'key')},
    'matches': {'type': 'array', 'maxItems': 20, 'items': fields.closed({
        'key': {'enum': ['resource_name', 'service_type']},
        'value': fields.TEXT,
    }, 'key', 'value')},
}, 'action')


def change(request: route.Request) -> None:
    """Add tags to a volume, or take tags off it.

    :raises VolumeNotFound: (404)
    :raises Refused: (400, EVS.1061) they would be too many.
    """
    volume = listing.get(request)
    asked = request.body['tags']
    if request.body['action'] == 'delete':
        tags.remove(request.context, view.TAGGED, volume.id,
                    [tag['key'] for tag in asked])
    elif not tags.add(
            request.context, view.TAGGED, volume.id,
            {tag['key']: tag.get('value', '') for tag in asked}, LIMIT):
        raise exception.Refused(
            'tags: a volume has at most %d.' % LIMIT, 'EVS.1061')


def show(request: route.Request) -> dict[str, Any]:
    """The tags of a volume.

    :raises VolumeNotFound: (404)
    """
    volume = listing.get(request)
    found = tags.get(request.context, view.TAGGED, [volume.id])[volume.id]
    return {'tags': _pairs(found)}


def list_all(request: route.Request) -> dict[str, Any]:
    """All keys of the project's volumes, each with its values."""
    found: dict[str, set[str]] = {}
    for of_volume in tags.of_project(request.context, view.TAGGED).values():
        for key, value in of_volume.items():
            found.setdefault(key, set()).add(value)
    return {'tags': {key: sorted(values)
                     for key, values in sorted(found.items())}}


def find(request: route.Request) -> dict[str, Any]:
    """Volumes that have all of the tags, or how many there are."""
    asked = request.body
    tagged = tags.of_project(request.context, view.TAGGED)
    volumes = [
        volume for volume in objects.VolumeList.get_all_by_project(
            request.context, request.context.project_id, None, None)
        if _has(tagged.get(volume.id, {}), asked.get('tags', ()))
        and _matches(volume, asked.get('matches', ()))]
    if asked['action'] == 'count':
        return {'total_count': len(volumes)}
    offset = int(asked.get('offset', 0))
    limit = min(int(asked.get('limit', 1000)), 1000)
    return {'total_count': len(volumes), 'resources': [{
        'resource_id': shown['id'],
        'resource_name': shown['name'],
        # Text elsewhere, but a boolean here.
        'resource_detail': {**shown, 'shareable': shown['multiattach']},
        'tags': _pairs(shown['tags']),
    } for shown in view.show_all(request, volumes[offset:offset + limit])]}


def _has(of_volume: Mapping[str, str], asked: Iterable[Mapping[str, Any]]
         ) -> bool:
    """All keys, each with one of its values; no values are any."""
    return all(
        tag['key'] in of_volume and (
            not tag.get('values')
            or of_volume[tag['key']] in tag['values'])
        for tag in asked)


def _matches(volume, asked) -> bool:
    of_volume = {'resource_name': volume.display_name,
                 'service_type': scope.SERVICE_TYPE}
    return all(of_volume[match['key']] == match['value'] for match in asked)


def _pairs(of_volume: Mapping[str, str]) -> list[dict[str, str]]:
    return [{'key': key, 'value': value}
            for key, value in sorted(of_volume.items())]


_PLACES = (('v2', '/{project_id}/cloudvolumes'),
           ('v2', '/{project_id}/os-vendor-volumes'),
           ('v3', '/{project_id}/os-vendor-volumes'))

ROUTES = (
    route.Route('GET', 'v2', '/{project_id}/cloudvolumes/tags',
                policy.LIST_TAGS, list_all),
    *(route.Route('POST', version,
                  collection + '/resource_instances/action',
                  policy.FIND_BY_TAGS, find, body=_QUERY)
      for version, collection in _PLACES),
    *(route.Route('GET', version, collection + '/{volume_id}/tags',
                  policy.SHOW_TAGS, show)
      for version, collection in _PLACES),
    *(route.Route('POST', version, collection + '/{volume_id}/tags/action',
                  policy.CHANGE_TAGS, change, HTTPStatus.NO_CONTENT,
                  body=_CHANGE)
      for version, collection in _PLACES),
)
