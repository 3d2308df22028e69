# SPDX-License-Identifier: Apache-2.0
"""Routing of EVS's requests; what is none of them goes on to Cinder."""

import dataclasses
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import routes
import webob
import webob.dec
from cinder import context as cinder_context
from webob import exc

from evs_fake.api.evs import fault
from evs_fake.api.evs import schema
from evs_fake.api.evs import snapshots

_JSON = 'application/json'


@dataclasses.dataclass(frozen=True)
class Route:
    """One operation of EVS's API.

    :ivar path: below the API's version.
    :ivar versions: the API versions that offer it.
    :ivar schema: JSON schema of the request's body.
    :ivar handler: called with context, body and the path's variables;
        returns the body of the answer.
    """

    method: str
    path: str
    versions: tuple[str, ...]
    status: HTTPStatus
    schema: dict[str, Any]
    handler: Callable[..., dict[str, Any]]


ROUTES = (
    Route('POST', '/{project_id}/cloudsnapshots/{snapshot_id}/rollback',
          ('v2', 'v3'), HTTPStatus.ACCEPTED, snapshots.ROLLBACK_SCHEMA,
          snapshots.rollback),
)


class Router:
    """A WSGI application for the EVS routes of one API version."""

    def __init__(self, version: str, fallback: Callable | None) -> None:
        """Set up the routes.

        :param fallback: the WSGI application for all other requests; None
            answers 404 to them.
        """
        self._fallback = fallback
        self._mapper = routes.Mapper(register=False)
        self._routes = {}
        for route in ROUTES:
            if version in route.versions:
                name = '%s %s' % (route.method, route.path)
                self._routes[name] = route
                self._mapper.connect(name, route.path,
                                     conditions={'method': [route.method]})
        self._mapper.create_regs([])

    @webob.dec.wsgify
    def __call__(self, request: webob.Request):
        found = self._mapper.routematch(request.path_info, request.environ)
        if found is None:
            if self._fallback is not None:
                return self._fallback
            return fault.response(HTTPStatus.NOT_FOUND,
                                  'No such resource: %s.' % request.path)
        variables, matched = found
        route = self._routes[matched.name]
        try:
            context = self._context(request, variables['project_id'])
            body = schema.load(request, route.schema)
            answer = route.handler(context, body, **{
                name: value for name, value in variables.items()
                if name in matched.minkeys and name != 'project_id'})
        except Exception as error:
            return fault.from_exception(error)
        response = webob.Response(
            status=route.status, content_type=_JSON, charset='UTF-8',
            text=json.dumps(answer))
        return response

    @staticmethod
    def _context(request: webob.Request, project_id: str
                 ) -> cinder_context.RequestContext:
        context = request.environ['cinder.context']
        if project_id != context.project_id:
            raise exc.HTTPBadRequest(explanation=
                'The project of the URL, %s, is not the project of the '
                'token.' % project_id)
        return context


def app_factory(global_conf: dict[str, str], version: str) -> Router:
    """Paste application: EVS's routes of a version, and nothing else."""
    return Router(version, None)


def filter_factory(global_conf: dict[str, str], version: str
                   ) -> Callable[[Callable], Router]:
    """Paste filter: EVS's routes of a version, the rest to what follows."""
    return lambda app: Router(version, app)
