# SPDX-License-Identifier: Apache-2.0
"""Which versions EVS has: at the root, and at that of each.

Source: EVS's "Querying API Versions" (``v1``, ``v2`` and ``v3``; v2.1 and v5
are none of it). Cinder's own document, by which OpenStack's clients find it,
is of the same form and stays what it is: EVS's older versions are put beside
its v3, without a microversion, so that those clients take none of them.
"""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import webob
import webob.dec
from cinder.api.views import versions as views

from evs_fake.api.evs import fault


def _former(version: str) -> dict[str, Any]:
    return {
        'id': version + '.0', 'status': 'SUPPORTED', 'version': '',
        'min_version': '', 'updated': '2014-06-28T12:20:21Z',
        'links': [{'rel': 'describedby', 'type': 'text/html',
                   'href': 'https://docs.openstack.org/'}],
        'media-types': [{
            'base': 'application/json',
            'type': 'application/vnd.openstack.volume+json;version='
                    + version.removeprefix('v')}]}


#: Versions that Cinder does not know, by the segment of their paths.
_FORMER = {version: _former(version) for version in ('v1', 'v2')}


class AllVersions:
    """Adds EVS's older versions to Cinder's document at the root."""

    def __init__(self, application: Callable) -> None:
        self._application = application

    @webob.dec.wsgify
    def __call__(self, request: webob.Request) -> webob.Response:
        response = request.get_response(self._application)
        # HEAD has no body.
        if response.status_int == HTTPStatus.MULTIPLE_CHOICES and (
                response.body):
            # Cinder's first: there are scripts that look no further.
            response.json = {'versions': response.json['versions']
                             + _show(request, *_FORMER)}
        return response


class OneVersion:
    """Answers for a version that is asked for without any resource."""

    def __init__(self, application: Callable, version: str) -> None:
        """Set up.

        :param version: one that Cinder knows is left to it.
        """
        self._application = application
        self._version = version

    @webob.dec.wsgify
    def __call__(self, request: webob.Request):
        # As it came: whether it can be decoded is no matter here.
        if request.environ['PATH_INFO'] not in ('', '/'):
            return self._application
        if self._version not in _FORMER:
            # Cinder would redirect, which Huawei's SDK does not follow.
            request.path_info = '/'
            return self._application
        if request.method in ('GET', 'HEAD'):
            status, body = HTTPStatus.OK, {
                'versions': _show(request, self._version)}
        else:
            status, body = HTTPStatus.METHOD_NOT_ALLOWED, fault.body(
                HTTPStatus.METHOD_NOT_ALLOWED, 'Versions can only be read.')
        return webob.Response(
            status=status, content_type='application/json', charset='UTF-8',
            text=json.dumps(body))


def _show(request: webob.Request, *versions: str) -> list[dict[str, Any]]:
    return views.get_view_builder(request).build_versions(
        {version: _FORMER[version] for version in versions})['versions']


def filter_factory(global_conf: dict[str, str], version: str | None = None
                   ) -> Callable[[Callable], Callable]:
    """Paste filter.

    :param version: first segment of the path that the application is at;
        None for the root.
    """
    if version is None:
        return AllVersions
    return lambda application: OneVersion(application, version)
