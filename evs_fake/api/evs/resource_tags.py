# SPDX-License-Identifier: Apache-2.0
"""Tags as EVS's v5 takes, filters by and shows them."""

from __future__ import annotations

import json
from collections.abc import Collection
from collections.abc import Mapping
from typing import Any

import jsonschema
from cinder import context as cinder_context

from evs_fake.api.evs import fields
from evs_fake.api.routing import exception
from evs_fake.api.routing import schema
from evs_fake.db import tags

#: Of one resource.
LIMIT = 20

_TOO_MANY = 'EVS.1061'
_BAD = 'EVS.1062'

_KEY = {**fields.TAG_KEY, schema.CODE: _BAD}
_VALUE = {**fields.TAG_VALUE, schema.CODE: _BAD}

#: Values by key.
GIVEN = {'type': 'object', 'maxProperties': LIMIT, 'propertyNames': _KEY,
         'additionalProperties': _VALUE}

#: Of the body that makes a resource.
OF_NEW = {**GIVEN, 'type': ['object', 'null']}

#: Bodies of the requests about the tags of one resource.
CREATE = fields.closed({'tags': {
    'type': 'array', 'minItems': 1, 'maxItems': LIMIT,
    'items': fields.closed({'key': _KEY, 'value': _VALUE}, 'key')}}, 'tags')
DELETE = fields.closed({'tags': {
    'type': 'array', 'minItems': 1, 'maxItems': LIMIT,
    'items': fields.closed(
        {'key': _KEY, 'value': {**_VALUE, 'type': ['string', 'null']}},
        'key')}}, 'tags')

#: Of the query of lists and counts.
FILTERS = {'tag_key': {'type': 'string', 'maxLength': 255},
           'tags': {'type': 'string', 'maxLength': 4096}}

_FILTER = jsonschema.Draft202012Validator({
    'type': 'array', 'maxItems': LIMIT, 'items': {
        'type': 'object', 'additionalProperties': {'type': 'string'}}})


def asked(query: Mapping[str, Any]) -> dict[str, str | None]:
    """The tags that a query asks for, by key; a value of None is any.

    The SDK documents ``[{"key": "k", "value": "v"}]`` for some lists and
    ``[{"k": "v"}]`` for others: both are understood everywhere.

    :raises Refused: (400, EVS.1062) it is neither.
    """
    wanted: dict[str, str | None] = {}
    if 'tag_key' in query:
        wanted[query['tag_key']] = None
    if not query.get('tags'):
        return wanted
    try:
        listed = json.loads(query['tags'])
    except (ValueError, RecursionError):
        listed = None
    if not _FILTER.is_valid(listed):
        raise exception.Refused(
            'tags: must be JSON like [{"key": "k", "value": "v"}]', _BAD)
    for each in listed:
        if set(each) == {'key', 'value'}:
            wanted[each['key']] = each['value']
        else:
            wanted.update(each)
    return wanted


def matches(wanted: Mapping[str, str | None], found: Mapping[str, str]
            ) -> bool:
    """Whether a resource's tags are what was asked for."""
    return all(key in found and value in (None, found[key])
               for key, value in wanted.items())


def create(context: cinder_context.RequestContext, resource_type: str,
           resource_id: str, body: Mapping[str, Any]) -> None:
    """Add tags; those of a key that is there get the new value.

    :raises Refused: (400, EVS.1061) it would have too many.
    """
    if not tags.add(context, resource_type, resource_id,
                    {each['key']: each.get('value', '')
                     for each in body['tags']}, LIMIT):
        raise exception.Refused(
            'tags: a resource has %d at most' % LIMIT, _TOO_MANY)


def delete(context: cinder_context.RequestContext, resource_type: str,
           resource_id: str, body: Mapping[str, Any]) -> None:
    """Take tags off; one given with a value only if it has that value."""
    found = tags.get(context, resource_type, [resource_id])[resource_id]
    tags.remove(context, resource_type, resource_id, [
        each['key'] for each in body['tags']
        if matches({each['key']: each.get('value')}, found)])


def of_all(context: cinder_context.RequestContext, resource_type: str,
           resource_ids: Collection[str]) -> dict[str, Any]:
    """The answer to the list of all tags of a project.

    :param resource_ids: of what is there; tags of what is gone do not count.
    """
    values: dict[str, set[str]] = {}
    found = tags.of_project(context, resource_type)
    for resource_id in found.keys() & resource_ids:
        for key, value in found[resource_id].items():
            values.setdefault(key, set()).add(value)
    return {'tags': [{'key': key, 'value': sorted(values[key])}
                     for key in sorted(values)]}
