# SPDX-License-Identifier: Apache-2.0
"""Which versions CBR has: at its root, and at that of its one version."""

import json
from http import HTTPStatus

import webob
import webob.dec

from evs_fake.api.cbr import fault

_UPDATED = '2026-11-23T00:00:00Z'


class Versions:
    """A WSGI application; answers 404 to whatever is no root."""

    @webob.dec.wsgify
    def __call__(self, request: webob.Request) -> webob.Response:
        if request.path.rstrip('/') not in ('', '/v3'):
            status, body = HTTPStatus.NOT_FOUND, fault.body(
                HTTPStatus.NOT_FOUND,
                'No such resource: %s.' % request.path)
        elif request.method != 'GET':
            status, body = HTTPStatus.METHOD_NOT_ALLOWED, fault.body(
                HTTPStatus.METHOD_NOT_ALLOWED,
                'Versions can only be read.')
        else:
            status, body = HTTPStatus.MULTIPLE_CHOICES, {'versions': [{
                'id': 'v3', 'status': 'CURRENT', 'version': '',
                'min_version': '', 'updated': _UPDATED,
                'links': [{'rel': 'self',
                           'href': request.host_url + '/v3'}]}]}
        return webob.Response(
            status=status, content_type='application/json', charset='UTF-8',
            text=json.dumps(body))


def app_factory(global_conf: dict[str, str]) -> Versions:
    """Paste application."""
    return Versions()
