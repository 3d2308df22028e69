# SPDX-License-Identifier: Apache-2.0
"""Lists of volume transfers, page by page.

All else about transfers is Cinder's own. So is the list, but below its
microversion 3.59, which EVS's clients do not ask for, Cinder takes ``limit``
for a property that no transfer has, and lists none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cinder.transfer import api as transfer_api

from evs_fake.api.evs import fields
from evs_fake.api.evs import paging
from evs_fake.api.routing import route
from evs_fake.policies import transfers as policy

_QUERY = {**fields.PAGE, 'name': fields.TEXT}


def list_all(request: route.Request) -> dict[str, Any]:
    """List the project's transfers, oldest first.

    :raises Refused: (400, EVS.1024) there is no such marker.
    """
    return {'transfers': [_show(request, transfer)
                          for transfer in _find(request)]}


def list_details(request: route.Request) -> dict[str, Any]:
    """List them with the time of each.

    :raises Refused: (400, EVS.1024) there is no such marker.
    """
    return {'transfers': [
        {**_show(request, transfer),
         'created_at': fields.time(transfer['created_at'])}
        for transfer in _find(request)]}


def _find(request: route.Request) -> list[Mapping[str, Any]]:
    page = paging.Page.of(request.query)
    filters = ({'display_name': request.query['name']}
               if 'name' in request.query else {})
    return page.cut(
        transfer_api.API().get_all(
            request.context, sort_keys=['created_at', 'id'],
            sort_dirs=['asc', 'asc'], filters=filters),
        lambda transfer: transfer['id'])


def _show(request: route.Request, transfer: Mapping[str, Any]
          ) -> dict[str, Any]:
    path = '%s/os-volume-transfer/%s' % (
        request.context.project_id, transfer['id'])
    return {
        'id': transfer['id'],
        'name': transfer['display_name'],
        'volume_id': transfer['volume_id'],
        'links': [
            {'rel': 'self', 'href': '%s/v2/%s' % (request.url, path)},
            {'rel': 'bookmark', 'href': '%s/%s' % (request.url, path)}],
    }


_ALL = '/{project_id}/os-volume-transfer'

ROUTES = (
    route.Route('GET', 'v2', _ALL, policy.LIST, list_all, query=_QUERY),
    route.Route('GET', 'v2', _ALL + '/detail', policy.LIST, list_details,
                query=_QUERY),
)
