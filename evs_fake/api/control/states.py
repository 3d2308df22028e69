# SPDX-License-Identifier: Apache-2.0
"""States of the whole cloud that were saved, to be brought back."""

from http import HTTPStatus
from typing import Any

from evs_fake.api import control
from evs_fake.api.auth import identity
from evs_fake.api.control import provider
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.policies import states as policy

NAME = {'type': 'string', 'pattern': identity.PATTERN, 'maxLength': 64}

_SAVE = {
    'type': 'object',
    'properties': {'state': {
        'type': 'object',
        'properties': {'name': NAME},
        'required': ['name'],
        'additionalProperties': False,
    }},
    'required': ['state'],
    'additionalProperties': False,
}


def save(request: route.Request) -> dict[str, Any]:
    """Keep all that the cloud has now: resources, bytes and history.

    :raises Refused: (409) the name is taken, or work is under way.
    """
    return {'state': provider.get().save(request.body['state']['name'])}


def list_all(request: route.Request) -> dict[str, Any]:
    """List saved states by name."""
    return {'states': provider.get().list_states()}


def show(request: route.Request) -> dict[str, Any]:
    """Show a saved state.

    :raises Refused: (404)
    """
    return {'state': provider.get().show(_name(request))}


def delete(request: route.Request) -> None:
    """Delete a saved state.

    :raises Refused: (404)
    """
    provider.get().delete(_name(request))


def _name(request: route.Request) -> str:
    """The name in the path, once it is known to be one."""
    name = request.ids['name']
    if not identity.is_id(name):
        raise exception.Refused('State %s could not be found.' % name[:80],
                                status=HTTPStatus.NOT_FOUND)
    return name


_ALL = '/states'
_ONE = _ALL + '/{name}'

ROUTES = (
    route.Route('POST', control.VERSION, _ALL, policy.SAVE, save,
                HTTPStatus.CREATED, body=_SAVE),
    route.Route('GET', control.VERSION, _ALL, policy.LIST, list_all),
    route.Route('GET', control.VERSION, _ONE, policy.SHOW, show),
    route.Route('DELETE', control.VERSION, _ONE, policy.DELETE, delete,
                HTTPStatus.NO_CONTENT),
)
