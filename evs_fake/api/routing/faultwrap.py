# SPDX-License-Identifier: Apache-2.0
"""A filter that gives an API's shape to what other filters refuse."""

import functools
import json
import pkgutil
from collections.abc import Callable
from http import HTTPStatus

import webob
import webob.dec
from oslo_log import log as logging
from webob import exc

from evs_fake.api.auth import sent
from evs_fake.api.routing import router

LOG = logging.getLogger(__name__)

#: Keystone's own says no more, either.
_UNKNOWN = 'The request has no token that is valid.'


class FaultWrapper:
    """Shapes errors that are not, and keeps unexpected ones from servers.

    Filters answer in plain text or HTML. What is JSON already is left alone,
    but for what keystonemiddleware says to those it does not know.
    """

    def __init__(self, application: Callable, fault: router.Fault) -> None:
        self._application = application
        self._fault = fault

    @webob.dec.wsgify
    def __call__(self, request: webob.Request) -> webob.Response:
        # webob writes an error in HTML to clients that take anything.
        sent.replace(request, 'Accept', 'text/plain')
        try:
            response = request.get_response(self._application)
        except exc.HTTPException as error:
            response = error
        except Exception:
            LOG.exception('Unexpected error in an API of evs-fake.')
            response = exc.HTTPInternalServerError(
                'Unexpected error; the log says more.')
        if response.status_int < 400 or (
                response.content_type == 'application/json'
                and not _is_keystones(response)):
            return response
        message = _message(response)
        headers = {name: value for name, value in response.headers.items()
                   if name.lower() not in ('content-type',
                                           'content-length')}
        shaped = webob.Response(
            status=response.status, content_type='application/json',
            charset='UTF-8', text=json.dumps(
                self._fault(response.status_int, message, None)))
        shaped.headers.update(headers)
        return shaped


def _is_keystones(response: webob.Response) -> bool:
    """Whether keystonemiddleware refused a request, in Keystone's shape."""
    return response.status_int == HTTPStatus.UNAUTHORIZED and (
        response.headers.get('WWW-Authenticate', '').startswith('Keystone '))


def _message(response: webob.Response) -> str:
    """What a filter says; webob puts the status line above it."""
    if isinstance(response, exc.HTTPException):
        return response.detail or response.status
    if _is_keystones(response):
        return _UNKNOWN
    lines = [line.strip() for line in response.text.splitlines()
             if line.strip()] if response.content_type == 'text/plain' else []
    return lines[-1] if lines else response.status


def filter_factory(global_conf: dict[str, str], shape: str) -> Callable:
    """Paste filter.

    :param shape: an API's :class:`~router.Fault`, as ``module:function``.
    """
    return functools.partial(FaultWrapper, fault=pkgutil.resolve_name(shape))
