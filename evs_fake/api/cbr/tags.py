# SPDX-License-Identifier: Apache-2.0
"""Tags of vaults, and finding vaults by them."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from evs_fake.api.cbr import fields
from evs_fake.api.cbr import lookup
from evs_fake.api.cbr import vault_view
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.db import tags as tags_db
from evs_fake.db.cbr import vaults as vaults_db
from evs_fake.policies import cbr as policy

#: Tags that a vault may have.
_LIMIT = 20

_CREATE = fields.closed({'tag': fields.TAG}, 'tag')
_CHANGE = fields.closed({
    'action': {'enum': ['create', 'delete']},
    'tags': {'type': 'array', 'items': fields.TAG, 'minItems': 1,
             'maxItems': _LIMIT},
    'sys_tags': {'type': ['array', 'null'], 'items': fields.TAG,
                 'maxItems': 1},
}, 'action', 'tags')

_CONDITIONS = {'type': 'array', 'maxItems': 10, 'items': fields.closed({
    'key': {'type': 'string', 'minLength': 1, 'maxLength': 128},
    'values': {'type': 'array', 'maxItems': 10, 'items': fields.TEXT},
}, 'key')}
#: The SDK sends numbers as texts.
_NUMBER = {'type': ['string', 'integer'], 'pattern': '^[0-9]{1,9}$',
           'minimum': 0, 'maximum': 2**31 - 1, 'maxLength': 9}
_QUERY = fields.closed({
    'action': {'enum': ['filter', 'count']},
    'without_any_tag': fields.BOOLEAN,
    **dict.fromkeys(('tags', 'tags_any', 'not_tags', 'not_tags_any',
                     'sys_tags'), _CONDITIONS),
    'limit': _NUMBER, 'offset': _NUMBER,
    'matches': {'type': 'array', 'maxItems': 1, 'items': fields.closed(
        {'key': {'enum': ['resource_name']}, 'value': fields.TEXT},
        'key', 'value')},
    'cloud_type': fields.TEXT, 'object_type': fields.TEXT,
}, 'action')


def create(request: route.Request) -> None:
    """Tag a vault, or change a tag's value.

    :raises Refused: 6105 (404); 9900 there are too many.
    """
    _add(request, [request.body['tag']])


def delete(request: route.Request) -> None:
    """Take a tag off a vault.

    :raises Refused: (404) 6105, or 6302 it has no such tag.
    """
    vault_id, key = _vault(request), request.ids['key']
    if key not in _tags(request, vault_id):
        raise lookup.missing('Tag', key, 'BackupService.6302')
    tags_db.remove(request.context, vault_view.TAGGED, vault_id, [key])


def change(request: route.Request) -> None:
    """Add tags to a vault, or take some off.

    :raises Refused: 6105 (404); 9900 there are too many.
    """
    tags = request.body['tags']
    if request.body['action'] == 'create':
        _add(request, tags)
        return
    tags_db.remove(request.context, vault_view.TAGGED, _vault(request),
                   [tag['key'] for tag in tags])


def show(request: route.Request) -> dict[str, Any]:
    """Show the tags of a vault.

    :raises Refused: (404, 6105)
    """
    return {'tags': _listed(_tags(request, _vault(request))),
            'sys_tags': []}


def list_tags(request: route.Request) -> dict[str, Any]:
    """List the keys of all vaults' tags, each with its values."""
    values: dict[str, set[str]] = {}
    for tags in tags_db.of_project(
            request.context, vault_view.TAGGED).values():
        for key, value in tags.items():
            values.setdefault(key, set()).add(value)
    return {'tags': [{'key': key, 'values': sorted(values[key])}
                     for key in sorted(values)]}


def query(request: route.Request) -> dict[str, Any]:
    """Find vaults by their tags, or count them."""
    context, asked = request.context, request.body
    tags = tags_db.of_project(context, vault_view.TAGGED)
    found = [
        vault for vault in vaults_db.find(context)
        if _fits(tags.get(vault.id, {}), asked)
        and asked.get('object_type', vault.object_type) == vault.object_type
        and asked.get('cloud_type', 'public') == 'public'
        and all(match['value'] in vault.name
                for match in asked.get('matches', ()))]
    if asked['action'] == 'count':
        return {'total_count': len(found)}
    limit, offset = int(asked.get('limit', 1000)), int(
        asked.get('offset', 0))
    if not 1 <= limit <= 1000:
        raise exception.Refused('limit: must be 1 to 1000')
    return {'total_count': len(found), 'resources': [
        {'resource_id': vault['id'], 'resource_name': vault['name'],
         'resource_detail': {'vault': vault}, 'tags': vault['tags'],
         'sys_tags': []}
        for vault in vault_view.show_all(
            context, found[offset:offset + limit])]}


def _fits(tags: Mapping[str, str], asked: Mapping[str, Any]) -> bool:
    if asked.get('without_any_tag'):
        return not tags

    def each(conditions: Iterable[Mapping[str, Any]]) -> list[bool]:
        return [condition['key'] in tags and (
            not condition.get('values')
            or tags[condition['key']] in condition['values'])
            for condition in conditions]

    return (all(each(asked.get('tags', ())))
            and (not asked.get('tags_any') or any(each(asked['tags_any'])))
            and (not asked.get('not_tags')
                 or not all(each(asked['not_tags'])))
            and not any(each(asked.get('not_tags_any', ()))))


def _vault(request: route.Request) -> str:
    return lookup.vault(request.context, request.ids['vault_id']).id


def _tags(request, vault_id):
    return tags_db.get(
        request.context, vault_view.TAGGED, [vault_id])[vault_id]


def _listed(tags):
    return [{'key': key, 'value': value}
            for key, value in sorted(tags.items())]


def _add(request, tags):
    added = {tag['key']: tag.get('value') or '' for tag in tags}
    if not tags_db.add(request.context, vault_view.TAGGED, _vault(request),
                       added, _LIMIT):
        raise exception.Refused(
            'tags: a vault may have %d at most.' % _LIMIT)


_PROJECT = '/{project_id}/vault'
_TAGS = _PROJECT + '/{vault_id}/tags'

ROUTES = (
    route.Route('GET', 'v3', _PROJECT + '/tags', policy.TAGS_LIST,
                list_tags),
    route.Route('POST', 'v3', _PROJECT + '/resource_instances/action',
                policy.TAGS_QUERY, query, body=_QUERY),
    route.Route('POST', 'v3', _TAGS, policy.TAGS_CREATE, create,
                HTTPStatus.NO_CONTENT, body=_CREATE),
    route.Route('GET', 'v3', _TAGS, policy.TAGS_SHOW, show),
    route.Route('POST', 'v3', _TAGS + '/action', policy.TAGS_CHANGE, change,
                HTTPStatus.NO_CONTENT, body=_CHANGE),
    route.Route('DELETE', 'v3', _TAGS + '/{key}', policy.TAGS_DELETE,
                delete, HTTPStatus.NO_CONTENT),
)
