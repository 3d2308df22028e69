# SPDX-License-Identifier: Apache-2.0
"""Errors in CBR's shape: ``error_code`` and ``error_msg``, flat."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import webob
import webob.dec
from oslo_log import log as logging
from webob import exc

from evs_fake.api.auth import sent

LOG = logging.getLogger(__name__)

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


class FaultWrapper:
    """Gives what filters refuse CBR's shape, and keeps errors from servers.

    Filters answer in plain text or HTML. What is JSON already is left alone.
    """

    def __init__(self, application: Callable) -> None:
        self._application = application

    @webob.dec.wsgify
    def __call__(self, request: webob.Request) -> webob.Response:
        # webob writes an error in HTML to clients that take anything.
        sent.replace(request, 'Accept', 'text/plain')
        try:
            response = request.get_response(self._application)
        except exc.HTTPException as error:
            response = error
        except Exception:
            LOG.exception('Unexpected error in CBR.')
            response = exc.HTTPInternalServerError(
                'Unexpected error; the log says more.')
        if response.status_int < 400 or (
                response.content_type == 'application/json'):
            return response
        message = _message(response)
        headers = {name: value for name, value in response.headers.items()
                   if name.lower() not in ('content-type',
                                           'content-length')}
        shaped = webob.Response(
            status=response.status, content_type='application/json',
            charset='UTF-8',
            text=json.dumps(body(response.status_int, message)))
        shaped.headers.update(headers)
        return shaped


def _message(response: webob.Response) -> str:
    """What a filter says; webob puts the status line above it."""
    if isinstance(response, exc.HTTPException):
        return response.detail or response.status
    lines = [line.strip() for line in response.text.splitlines()
             if line.strip()] if response.content_type == 'text/plain' else []
    return lines[-1] if lines else response.status


def filter_factory(global_conf: dict[str, str]) -> Callable:
    """Paste filter."""
    return FaultWrapper
