# SPDX-License-Identifier: Apache-2.0
"""EVS's snapshot chains: all snapshots of a volume, whoever made them.

A chain's ``capacity`` is what its snapshots are worth in GiB, not what the
array keeps for them: the API does not see the array.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from cinder import context as cinder_context

from evs_fake.api.evs import fields
from evs_fake.api.evs import paging
from evs_fake.api.routing import route
from evs_fake.db import standard_snapshots as db
from evs_fake.policies import snapshot_chains as policy

_CATEGORY = 'standard'
#: Makes the id of a chain from that of its volume.
_NAMESPACE = uuid.UUID('5c0b5d0e-5f0a-4c58-9b57-0f2b4c1f9a1d')

_FILTERS = {'id': fields.TEXT, 'volume_id': fields.TEXT,
            'category': fields.TEXT}


def chain_id(volume_id: str) -> str:
    """The id of a volume's chain; the same for all its life."""
    return str(uuid.uuid5(_NAMESPACE, volume_id))


def volume_of(context: cinder_context.RequestContext, wanted: str
              ) -> str | None:
    """The volume of a chain; None if there is no such chain."""
    for chain in db.chains(context):
        if chain_id(chain.volume_id) == wanted:
            return chain.volume_id
    return None


def list_all(request: route.Request) -> dict[str, Any]:
    """List chains, newest first.

    :raises Refused: (400, EVS.1024) there is no such marker.
    """
    page = paging.Page.of(request.query)
    return {'snapshot_chains': [
        show_chain(request.context, chain)
        for chain in page.cut(_find(request),
                              lambda chain: chain_id(chain.volume_id))]}


def count(request: route.Request) -> dict[str, Any]:
    """Count chains."""
    return {'count': len(_find(request))}


def show_chain(context: cinder_context.RequestContext, chain: db.Chain
               ) -> dict[str, Any]:
    """A chain as EVS shows it."""
    return {
        'id': chain_id(chain.volume_id),
        'availability_zone': chain.availability_zone,
        'snapshot_count': chain.snapshot_count,
        'capacity': float(chain.capacity),
        'project_id': context.project_id,
        'volume_id': chain.volume_id,
        'category': _CATEGORY,
        'created_at': fields.time(chain.created_at),
        'updated_at': fields.time(chain.updated_at),
    }


def _find(request: route.Request) -> list[db.Chain]:
    query: Mapping[str, Any] = request.query
    if query.get('category', _CATEGORY) != _CATEGORY:
        return []
    chains = db.chains(
        request.context,
        [query['volume_id']] if 'volume_id' in query else None)
    return [
        chain for chain in chains
        if query.get('id') in (None, chain_id(chain.volume_id))
        and query.get('availability_zone') in (
            None, chain.availability_zone)]


_ALL = '/{project_id}/snapshot-chains'

ROUTES = (
    route.Route('GET', 'v5', _ALL, policy.LIST, list_all,
                query={**fields.PAGE, **_FILTERS}),
    route.Route('GET', 'v5', _ALL + '/count', policy.COUNT, count,
                query={**_FILTERS, 'availability_zone': fields.TEXT}),
)
