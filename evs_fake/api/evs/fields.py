# SPDX-License-Identifier: Apache-2.0
"""JSON schemas of what many of EVS's requests carry."""

import datetime
from collections.abc import Mapping
from typing import Any

from evs_fake.api.routing import schema

#: Bytes by the older documents, characters here; the newer ones' 64 and 85
#: characters fit in.
NAME = {'type': ['string', 'null'], 'maxLength': 255}
DESCRIPTION = {'type': ['string', 'null'], 'maxLength': 255}

UUID = {'type': 'string', 'format': 'uuid'}

METADATA = {
    'type': ['object', 'null'],
    'propertyNames': {'minLength': 1, 'maxLength': 255},
    'additionalProperties': {'type': 'string', 'maxLength': 255},
}

#: EVS's: letters, digits, "_", "-" and Chinese, Japanese, Korean.
TAG_KEY = {'type': 'string', 'minLength': 1, 'maxLength': 36,
           'pattern': r'^[\w-]+$'}
TAG_VALUE = {'type': 'string', 'maxLength': 43, 'pattern': r'^[\w.-]*$'}

TAGS = {'type': 'object', 'propertyNames': TAG_KEY,
        'additionalProperties': TAG_VALUE}

TEXT = {'type': 'string', 'maxLength': 255}

#: Of the query of every list.
PAGE = {
    'limit': {'type': 'integer', 'minimum': 1, 'maximum': 1000,
              schema.CODE: 'EVS.2142'},
    'offset': {'type': 'integer', 'minimum': 0, 'maximum': 2**31 - 1},
    'marker': {'type': 'string', 'maxLength': 255,
               schema.CODE: 'EVS.1024'},
}


def wrapped(name: str, properties: Mapping[str, Any],
            *required: str) -> dict[str, Any]:
    """The schema of a body with everything under one name."""
    return closed({name: closed(properties, *required)}, name)


def closed(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    """The schema of an object that has these properties and no other."""
    return {'type': 'object', 'properties': dict(properties),
            'required': list(required), 'additionalProperties': False}


def time(moment: datetime.datetime | None) -> str | None:
    """A time as EVS writes it: UTC, microseconds, no zone."""
    if moment is None:
        return None
    return moment.replace(tzinfo=None).isoformat(timespec='microseconds')
