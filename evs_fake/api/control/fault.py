# SPDX-License-Identifier: Apache-2.0
"""Errors in Cinder's shape: a fault name around ``code`` and ``message``."""

from http import HTTPStatus
from typing import Any

_NAMES = {
    HTTPStatus.BAD_REQUEST: 'badRequest',
    HTTPStatus.UNAUTHORIZED: 'unauthorized',
    HTTPStatus.FORBIDDEN: 'forbidden',
    HTTPStatus.NOT_FOUND: 'itemNotFound',
    HTTPStatus.CONFLICT: 'conflictingRequest',
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: 'overLimit',
    HTTPStatus.SERVICE_UNAVAILABLE: 'serviceUnavailable',
}


def body(status: int, message: str, code: str | None = None
         ) -> dict[str, Any]:
    """The body of an error response.

    :param code: this API has no codes of its own.
    """
    return {_NAMES.get(status, 'computeFault'): {
        'code': int(status), 'message': message}}


#: Of :func:`body`, JSON schema.
SCHEMA = {'type': 'object', 'minProperties': 1, 'maxProperties': 1,
          'additionalProperties': {
              'type': 'object', 'required': ['message', 'code'],
              'properties': {
                  'message': {'type': 'string'},
                  'code': {'type': 'integer'}}}}
