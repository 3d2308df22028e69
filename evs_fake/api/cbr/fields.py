# SPDX-License-Identifier: Apache-2.0
"""JSON schemas of what many of CBR's requests carry, and its times."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from evs_fake.api.evs import fields
from evs_fake.api.routing import exception

TEXT = fields.TEXT
UUID = fields.UUID
closed = fields.closed
wrapped = fields.wrapped
time = fields.time

#: Largest size of a vault, GB.
MAX_SIZE = 10485760

VAULT_NAME = {'type': 'string', 'minLength': 1, 'maxLength': 64}
BACKUP_NAME = {'type': 'string', 'maxLength': 64,
               'pattern': '^[A-Za-z0-9_\\-\u4e00-\u9fff]*$'}
DESCRIPTION = {'type': ['string', 'null'], 'maxLength': 255}
BOOLEAN = {'type': ['boolean', 'null']}

EXTRA_INFO = {**closed({
    'exclude_volumes': {'type': 'array', 'items': UUID, 'maxItems': 256},
    'include_volumes': {'type': 'array', 'maxItems': 256, 'items': closed(
        {'id': UUID, 'os_version': TEXT}, 'id')},
}), 'type': ['object', 'null']}

RESOURCE = closed({'id': UUID, 'type': TEXT,
                   'name': {'type': ['string', 'null'], 'maxLength': 255},
                   'extra_info': EXTRA_INFO}, 'id', 'type')
RESOURCES = {'type': 'array', 'items': RESOURCE, 'maxItems': 256}
RESOURCE_IDS = {'type': 'array', 'items': UUID, 'minItems': 1,
                'maxItems': 256}

TAG = closed({'key': {'type': 'string', 'minLength': 1, 'maxLength': 128},
              'value': {'type': ['string', 'null'], 'maxLength': 255}},
             'key')
TAGS = {'type': ['array', 'null'], 'items': TAG, 'maxItems': 20}

#: Of the query of every list.
PAGE = {
    'limit': {'type': 'integer', 'minimum': 1, 'maximum': 1000},
    'offset': {'type': 'integer', 'minimum': 0, 'maximum': 2**31 - 1},
}

#: A time in a query, UTC.
TIME = {'type': 'string', 'maxLength': 40}


def to_time(text: str) -> datetime.datetime:
    """The time that a query's :data:`TIME` says; UTC without a zone.

    :raises Refused: if there is none such.
    """
    try:
        found = datetime.datetime.fromisoformat(text)
        if found.tzinfo is not None:
            found = found.astimezone(datetime.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise exception.Refused(
            '%s is no time such as 2018-02-01T12:00:00Z.' % text) from error
    return found


def page(query: Mapping[str, Any], items: Sequence[Any]
         ) -> tuple[Sequence[Any], dict[str, int]]:
    """The part of a list that a query asks for.

    :returns: the items, and what lists show of it.
    """
    limit, offset = query.get('limit', 1000), query.get('offset', 0)
    return items[offset:offset + limit], {
        'count': len(items), 'limit': limit, 'offset': offset}
