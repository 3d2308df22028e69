# SPDX-License-Identifier: Apache-2.0
"""Errors in EVS's shape: a fault name around ``message`` and ``code``."""

from http import HTTPStatus
from typing import Any

#: Fault name and code by HTTP status. Where EVS documents none (405, 409,
#: and 413's name), they are this project's choice.
_NAMES = {
    HTTPStatus.BAD_REQUEST: ('badRequest', 'EVS.5400'),
    HTTPStatus.UNAUTHORIZED: ('unauthorized', 'EVS.5401'),
    HTTPStatus.FORBIDDEN: ('forbidden', 'EVS.5403'),
    HTTPStatus.NOT_FOUND: ('itemNotFound', 'EVS.5404'),
    HTTPStatus.METHOD_NOT_ALLOWED: ('badMethod', 'EVS.5405'),
    HTTPStatus.CONFLICT: ('conflictingRequest', 'EVS.5409'),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ('overLimit', 'EVS.5413'),
    HTTPStatus.SERVICE_UNAVAILABLE: ('serviceUnavailable', 'EVS.5503'),
}


def body(status: int, message: str, code: str | None = None
         ) -> dict[str, Any]:
    """The body of an error response.

    :param message: for the user: which field, and why.
    :param code: EVS's own; None takes that of the status.
    """
    name, default = _NAMES.get(status, ('error', 'EVS.5500'))
    return {name: {'message': message, 'code': code or default}}


#: Of :func:`body`, JSON schema.
SCHEMA = {'type': 'object', 'minProperties': 1, 'maxProperties': 1,
          'additionalProperties': {
              'type': 'object', 'required': ['message', 'code'],
              'properties': {
                  'message': {'type': 'string'},
                  'code': {'type': 'string', 'pattern': r'^EVS\.\d{4}$'}}}}
