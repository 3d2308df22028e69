# SPDX-License-Identifier: Apache-2.0
"""Errors in CBR's shape: ``error_code`` and ``error_msg``, flat."""

from http import HTTPStatus
from typing import Any

#: Code by HTTP status, where nothing says more.
_CODES = {
    HTTPStatus.UNAUTHORIZED: 'BackupService.8600',
    HTTPStatus.FORBIDDEN: 'BackupService.8600',
    HTTPStatus.NOT_FOUND: 'BackupService.6302',
}
_BAD_REQUEST = 'BackupService.9900'
_INTERNAL = 'BackupService.9910'


def body(status: int, message: str, code: str | None = None
         ) -> dict[str, Any]:
    """The body of an error response.

    :param message: for the user: which field, and why.
    :param code: CBR's own; None takes that of the status.
    """
    if code is None:
        code = _CODES.get(
            status, _BAD_REQUEST if status < 500 else _INTERNAL)
    return {'error_code': code, 'error_msg': message}


#: Of :func:`body`, JSON schema.
SCHEMA = {'type': 'object', 'required': ['error_code', 'error_msg'],
          'properties': {'error_code': {'type': 'string'},
                         'error_msg': {'type': 'string'}},
          'additionalProperties': False}
