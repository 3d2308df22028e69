# SPDX-License-Identifier: Apache-2.0
"""Errors in EVS's shape: a fault name around ``message`` and ``code``."""

import json
from http import HTTPStatus

import webob
from cinder import exception
from oslo_log import log as logging
from webob import exc

LOG = logging.getLogger(__name__)

#: Fault name and code by HTTP status. The codes of 400 and 404 are EVS's;
#: the others it does not document, and are this project's choice.
_NAMES = {
    HTTPStatus.BAD_REQUEST: ('badRequest', 'EVS.5400'),
    HTTPStatus.UNAUTHORIZED: ('unauthorized', 'EVS.5401'),
    HTTPStatus.FORBIDDEN: ('forbidden', 'EVS.5403'),
    HTTPStatus.NOT_FOUND: ('itemNotFound', 'EVS.5404'),
    HTTPStatus.METHOD_NOT_ALLOWED: ('badMethod', 'EVS.5405'),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ('overLimit', 'EVS.5413'),
}


def response(status: int, message: str) -> webob.Response:
    """An error response.

    :param message: for the user: which field, and why.
    """
    name, code = _NAMES.get(status, ('error', 'EVS.2002'))
    return webob.Response(
        status=status, content_type='application/json', charset='UTF-8',
        text=json.dumps({name: {'message': message, 'code': code}}))


def from_exception(error: Exception) -> webob.Response:
    """The response to what a handler raised.

    :raises Exception: the error itself, if it is none of the API's: that is
        for Cinder's fault middleware, which logs it.
    """
    match error:
        case exc.HTTPException():
            return response(error.status_int, error.explanation)
        case exception.NotAuthorized():
            return response(HTTPStatus.FORBIDDEN, error.msg)
        case exception.NotFound():
            return response(HTTPStatus.NOT_FOUND, error.msg)
        case exception.Invalid():
            return response(HTTPStatus.BAD_REQUEST, error.msg)
    raise error
