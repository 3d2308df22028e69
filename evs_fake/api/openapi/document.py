# SPDX-License-Identifier: Apache-2.0
"""From a table of routes to an OpenAPI document."""

import inspect
import re
from collections.abc import Iterable
from collections.abc import Mapping
from http import HTTPStatus
from importlib import metadata
from typing import Any

from evs_fake.api.auth import identity
from evs_fake.api.routing import route as route_table

_VARIABLE = re.compile('{([a-z_]+)}')
_JSON = 'application/json'

#: What any operation may answer besides.
_ERRORS = (
    HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.SERVICE_UNAVAILABLE,
)
#: What the server answers, as text, to what no API gets to see.
_OF_SERVER = (HTTPStatus.REQUEST_URI_TOO_LONG,
              HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

_SECURITY = {
    'token': {'type': 'apiKey', 'in': 'header', 'name': 'X-Auth-Token'},
    'signature': {
        'type': 'apiKey', 'in': 'header', 'name': 'Authorization',
        'description': 'SDK-HMAC-SHA256, with an access key'},
}


def build(title: str, server: Mapping[str, str],
          routes: Iterable[route_table.Route], prefix: str,
          fault: Mapping[str, Any]) -> dict[str, Any]:
    """Describe an API.

    What routes check is what the document has: their schemas are its own.

    :param server: OpenAPI's Server Object.
    :param routes: of two that match a path, the first counts.
    :param prefix: between the server and a path; ``{version}`` in it is the
        route's.
    :param fault: JSON schema of an error.
    :returns: an OpenAPI 3.1 document.
    """
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = prefix.format(version=route.version) + route.path
        paths.setdefault(path, {}).setdefault(
            route.method.lower(), _operation(route, path))
    return {
        'openapi': '3.1.0',
        'info': {'title': title, 'version': metadata.version('evs-fake'),
                 'license': {'name': 'Apache-2.0',
                             'identifier': 'Apache-2.0'}},
        'servers': [dict(server)],
        'security': [{name: []} for name in _SECURITY] + [{}],
        'paths': paths,
        'components': {
            'schemas': {'Fault': dict(fault)},
            'securitySchemes': _SECURITY,
            'responses': {
                **{_name(status): _response(status, _JSON, {
                    '$ref': '#/components/schemas/Fault'})
                   for status in _ERRORS},
                **{_name(status): _response(status, 'text/plain', {
                    'type': 'string'}) for status in _OF_SERVER}}},
    }


def _response(status: HTTPStatus, content_type: str,
              schema: Mapping[str, Any]) -> dict[str, Any]:
    return {'description': status.phrase,
            'content': {content_type: {'schema': schema}}}


def _operation(route: route_table.Route, path: str) -> dict[str, Any]:
    summary, _blank, text = (
        inspect.getdoc(route.handler) or '').partition('\n\n')
    operation: dict[str, Any] = {
        'operationId': re.sub(r'\W+', '_', '%s %s' % (
            route.method.lower(), path)).rstrip('_'),
        'description': 'Policy rule: ``%s``.' % route.rule,
        'parameters': [
            *({'name': name, 'in': 'path', 'required': True,
               'schema': _variable(name)}
              for name in _VARIABLE.findall(route.path)),
            *({'name': name, 'in': 'query', 'schema': dict(schema)}
              for name, schema in route.query.items())],
        'responses': {
            str(int(route.status)): {
                'description': HTTPStatus(route.status).phrase},
            **{str(int(status)): {
                '$ref': '#/components/responses/' + _name(status)}
               for status in (*_ERRORS, *_OF_SERVER)}},
    }
    if summary:
        operation['summary'] = ' '.join(summary.split())
    if route.body is not None:
        operation['requestBody'] = {'required': True, 'content': {
            _JSON: {'schema': dict(route.body)}}}
    return operation


def _variable(name: str) -> dict[str, Any]:
    if name == 'project_id':
        return {'type': 'string', 'pattern': identity.PATTERN}
    return {'type': 'string', 'minLength': 1}


def _name(status: HTTPStatus) -> str:
    return status.phrase.replace(' ', '')
