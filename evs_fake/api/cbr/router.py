# SPDX-License-Identifier: Apache-2.0
"""Routing of CBR's requests.

No route yet: disks are backed up through Cinder's own API. Whoever asks is
told so in CBR's own error shape rather than left without an answer.
"""

import json
from http import HTTPStatus

import webob
import webob.dec


class Router:

    @webob.dec.wsgify
    def __call__(self, request: webob.Request) -> webob.Response:
        return webob.Response(
            status=HTTPStatus.NOT_FOUND, content_type='application/json',
            charset='UTF-8', text=json.dumps({
                'error_code': 'BackupService.6100',
                'error_msg': 'This version of evs-fake does not offer %s %s; '
                             "back up disks through Cinder's API." % (
                                 request.method, request.path)}))


def app_factory(global_conf: dict[str, str]) -> Router:
    """Paste application."""
    return Router()
