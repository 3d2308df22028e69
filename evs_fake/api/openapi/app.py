# SPDX-License-Identifier: Apache-2.0
"""Answers with an API's document, to anybody."""

import functools
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import webob
import webob.dec

from evs_fake.api.cbr import fault as cbr_fault
from evs_fake.api.cbr import routes as cbr_routes
from evs_fake.api.control import fault as control_fault
from evs_fake.api.control import routes as control_routes
from evs_fake.api.evs import fault as evs_fault
from evs_fake.api.evs import routes as evs_routes
from evs_fake.api.openapi import document

#: What :func:`document.build` takes, by the name of the API.
_APIS = {
    'evs': ('EVS', {'url': '/'}, evs_routes.ROUTES, '/{version}',
            evs_fault.SCHEMA),
    'cbr': ('CBR', {'url': '/', 'description': 'The root of a port of '
                    "CBR's own."}, cbr_routes.ROUTES, '/{version}',
            cbr_fault.SCHEMA),
    'control': ('Control of evs-fake', {'url': '/evs-fake/v1'},
                control_routes.ROUTES, '', control_fault.SCHEMA),
}

#: The names of the APIs that have a document.
APIS = tuple(_APIS)


def document_of(api: str) -> dict[str, Any]:
    """An API's OpenAPI 3.1 document.

    :param api: one of :data:`APIS`.
    """
    return document.build(*_APIS[api])


def app_factory(global_conf: dict[str, str], api: str) -> Callable:
    """Paste application.

    :param api: ``evs``, ``cbr`` or ``control``.
    """
    # Made when it is first asked for: few clouds ever are.
    @functools.cache
    def text() -> str:
        return json.dumps(document_of(api))

    @webob.dec.wsgify
    def answer(request: webob.Request) -> webob.Response:
        if request.path_info not in ('', '/'):
            return _json(HTTPStatus.NOT_FOUND, json.dumps(control_fault.body(
                HTTPStatus.NOT_FOUND, 'No such resource: %s.'
                % request.path)))
        if request.method not in ('GET', 'HEAD'):
            return _json(
                HTTPStatus.METHOD_NOT_ALLOWED, json.dumps(control_fault.body(
                    HTTPStatus.METHOD_NOT_ALLOWED,
                    'The document can only be read.')))
        return _json(HTTPStatus.OK, text())

    return answer


def _json(status: int, text: str) -> webob.Response:
    return webob.Response(status=status, content_type='application/json',
                          charset='UTF-8', text=text)
