# SPDX-License-Identifier: Apache-2.0
"""From a request to its handler, and from its answer to a response."""

import copy
import json
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from typing import Protocol

import sqlalchemy.exc
import webob
import webob.dec
from cinder import context as cinder_context
from cinder import exception as cinder_exception
from oslo_db import exception as db_exception
from oslo_log import log as logging
from webob import exc

from evs_fake import policies
from evs_fake.api.auth import identity
from evs_fake.api.routing import exception
from evs_fake.api.routing import mapper
from evs_fake.api.routing import route as route_table
from evs_fake.api.routing import schema
from evs_fake.db import columns

LOG = logging.getLogger(__name__)

_JSON = 'application/json'


class Fault(Protocol):
    """How an API shows an error: the body of the response.

    :param code: the API's own; None takes that of the status.
    """

    def __call__(self, status: int, message: str, code: str | None
                 ) -> Mapping[str, Any]: ...


class Router:
    """A WSGI application for the routes of one API version."""

    def __init__(self, table: Iterable[route_table.Route], version: str,
                 fault: Fault, fallback: Callable | None = None) -> None:
        """Set up the routes.

        :param table: of all versions.
        :param fallback: the WSGI application for all other requests; None
            answers 404 to them.
        """
        self._fault = fault
        self._fallback = fallback
        self._mapper = mapper.Mapper(register=False)
        self._routes = {}
        for route in table:
            if route.version == version:
                name = '%s %s' % route.operation
                self._routes[name] = route
                self._mapper.connect(name, route.path,
                                     conditions={'method': [route.method]})

    @webob.dec.wsgify
    def __call__(self, request: webob.Request):
        try:
            found = self._mapper.routematch(
                request.path_info, request.environ)
        except UnicodeDecodeError:
            return self._refuse(request, HTTPStatus.BAD_REQUEST,
                                'The path must be UTF-8.')
        if found is None:
            if self._fallback is not None:
                return self._fallback
            return self._refuse(request, HTTPStatus.NOT_FOUND,
                                'No such resource: %s.' % request.path)
        variables, matched = found
        route = self._routes[matched.name]
        try:
            answer = route.handler(
                self._read(request, route, variables, matched.minkeys))
        except Exception as error:
            return self._refuse(request, *_explain(error))
        return self._respond(request, route.status, answer)

    @staticmethod
    def _read(request: webob.Request, route: route_table.Route,
              variables: Mapping[str, str], names: Iterable[str]
              ) -> route_table.Request:
        context = _of_tenant(request.environ['cinder.context'])
        if 'project_id' in names and (
                variables['project_id'] != context.project_id):
            raise exception.Refused(
                'The project of the URL, %s, is not the project of the '
                'token.' % variables['project_id'])
        for name in names:
            if not schema.is_text(variables[name]):
                raise exception.Refused(
                    '%s: has characters that are no text' % name)
        policies.authorize(context, route.rule)
        return route_table.Request(
            context=context,
            ids={name: variables[name] for name in names
                 if name != 'project_id'},
            query=schema.load_query(request, route.query),
            body=(None if route.body is None
                  else schema.load(request, route.body)),
            headers=request.headers, url=request.host_url,
            path=request.path)

    def _refuse(self, request: webob.Request, status: int, message: str,
                code: str | None = None) -> webob.Response:
        return self._respond(request, status,
                             self._fault(status, message, code))

    @staticmethod
    def _respond(request: webob.Request, status: int, answer: Any
                 ) -> webob.Response:
        response = webob.Response(status=status, content_type=_JSON,
                                  charset='UTF-8')
        if answer is not None:
            response.text = json.dumps(answer)
        context = request.environ.get('cinder.context')
        if context is not None:
            # Cinder's own name for it is on every response already.
            response.headers['X-Request-Id'] = context.request_id
        return response


def _of_tenant(context: cinder_context.RequestContext
               ) -> cinder_context.RequestContext:
    """The context of a request, as one of its project and no more.

    EVS and CBR have no view across projects; with ``is_admin`` unset,
    Cinder's database layer filters by project. The roles stay: they decide
    about policies.
    """
    context = copy.copy(context)
    context.is_admin = False
    # Cinder's own noauth takes a token that names a project only; its
    # database layer refuses whoever is nobody, unless that is an
    # administrator.
    context.user_id = context.user_id or identity.DEFAULT_USER
    return context


def _explain(error: Exception) -> tuple[int, str, str | None]:
    """Status, message and the API's own code for what a handler raised."""
    match error:
        case exception.Refused():
            return error.status, error.message, error.code
        case cinder_exception.CinderException() if error.code < 500:
            return error.code, error.msg, None
        case exc.HTTPException():
            # A body without a length that turned out to be too large.
            return error.code, error.detail or error.title, None
        case (db_exception.DBError() | sqlalchemy.exc.DBAPIError()
              ) if columns.is_foreign_text(error):
            return (HTTPStatus.BAD_REQUEST, 'A text of the request has '
                    'characters that the database cannot hold.', None)
    LOG.exception('Unexpected error in an API of evs-fake.')
    return (HTTPStatus.INTERNAL_SERVER_ERROR,
            'Unexpected error; the log says more.', None)
