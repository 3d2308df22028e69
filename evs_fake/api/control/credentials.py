# SPDX-License-Identifier: Apache-2.0
"""Access keys, with which Huawei's SDKs sign their requests."""

from http import HTTPStatus
from typing import Any

from evs_fake.api import control
from evs_fake.api.auth import identity
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.db import credentials
from evs_fake.policies import credentials as policy

_ID = {'type': 'string', 'pattern': identity.PATTERN, 'maxLength': 64}

#: Of a credential for which none are asked: may change things, and no more.
_ROLES = ['member', 'reader']

_CREATE = {
    'type': 'object',
    'properties': {'credential': {
        'type': 'object',
        'properties': {
            'project_id': _ID,
            'user_id': _ID,
            'roles': {
                'type': 'array', 'maxItems': 50, 'uniqueItems': True,
                'items': {'type': 'string', 'minLength': 1,
                          'maxLength': 255}},
            'description': {'type': 'string', 'maxLength': 255},
        },
        'required': ['project_id'],
        'additionalProperties': False,
    }},
    'required': ['credential'],
    'additionalProperties': False,
}


def create(request: route.Request) -> dict[str, Any]:
    """Make one; the only time that its secret is told."""
    asked = request.body['credential']
    made = credentials.create(
        request.context, asked['project_id'],
        asked.get('user_id', identity.DEFAULT_USER),
        asked.get('roles', _ROLES), asked.get('description', ''))
    return {'credential': {**_show(made), 'secret_key': made.secret_key}}


def list_all(request: route.Request) -> dict[str, Any]:
    """List those of all projects, or of one."""
    return {'credentials': [_show(each) for each in credentials.get_all(
        request.context, request.query.get('project_id'))]}


def delete(request: route.Request) -> None:
    """Delete one: its signatures are refused from now on.

    :raises Refused: (404)
    """
    access_key = request.ids['access_key']
    if not credentials.delete(request.context, access_key):
        raise exception.Refused(
            'Credential %s could not be found.' % access_key,
            status=HTTPStatus.NOT_FOUND)


def _show(credential: credentials.Credential) -> dict[str, Any]:
    return {
        'access_key': credential.access_key,
        'project_id': credential.project_id,
        'user_id': credential.user_id,
        'roles': list(credential.roles),
        'description': credential.description,
        # As Cinder writes times.
        'created_at': credential.created_at.isoformat(
            timespec='microseconds'),
    }


ROUTES = (
    route.Route('POST', control.VERSION, '/credentials', policy.CREATE,
                create, HTTPStatus.CREATED, body=_CREATE),
    route.Route('GET', control.VERSION, '/credentials', policy.LIST,
                list_all, query={'project_id': _ID}),
    route.Route('DELETE', control.VERSION, '/credentials/{access_key}',
                policy.DELETE, delete, HTTPStatus.NO_CONTENT),
)
