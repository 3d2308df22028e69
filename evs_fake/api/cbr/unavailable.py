# SPDX-License-Identifier: Apache-2.0
"""What a lone cloud of volumes cannot honestly have.

Lists are empty, as in an account without the feature; all else is refused,
with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from typing import NoReturn

from evs_fake.api.cbr import fields
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.policies import cbr as policy

_AGENTS = 'it has no servers, hence no agents on them'
_ORDERS = 'it bills nothing, hence has no orders'
_REGIONS = 'it is one region, with no other to replicate to'
_SYNC = 'it has no backups of other places to import'
_ORGANIZATION = 'it belongs to no organization'
_DOMAINS = 'it has no domains with projects to list or to migrate'
_FEATURES = 'it has no features that depend on the region'


def _refuse(reason: str) -> Callable[[route.Request], NoReturn]:
    def handler(request: route.Request) -> NoReturn:
        raise exception.Refused(
            'evs-fake does not offer %s: %s.' % (request.path, reason))

    return handler


def _empty(name: str, paged: bool = True
           ) -> Callable[[route.Request], dict[str, Any]]:
    def handler(request: route.Request) -> dict[str, Any]:
        items, page = fields.page(request.query, [])
        return {name: items, **(page if paged else {})}

    return handler


def _features(request: route.Request) -> dict[str, Any]:
    return {}


_PROJECT = '/{project_id}'
_AGENT = '/agents/{agent_id}'
_ORGANIZATION_POLICY = '/organization-policies/{organization_policy_id}'

ROUTES = (
    *(route.Route('GET', 'v3', _PROJECT + path, policy.EMPTY, handler,
                  query=fields.PAGE)
      for path, handler in (
          ('/agents', _empty('agents')),
          ('/organization-policies', _empty('policies')),
          ('/replication-capabilities', _empty('regions', paged=False)),
          ('/cbr-features', _features),
          ('/vaults/external', _empty('vaults')))),
    *(route.Route(method, 'v3', path, policy.UNAVAILABLE, _refuse(reason))
      for method, path, reason in (
          ('GET', '/domain/{domain_name}/projects', _DOMAINS),
          ('GET', '/domain/{source_project_id}', _DOMAINS),
          ('GET', '/migrates', _DOMAINS),
          ('POST', '/migrates', _DOMAINS),
          ('GET', '/region-projects', _DOMAINS))),
    *(route.Route(method, 'v3', _PROJECT + path, policy.UNAVAILABLE,
                  _refuse(reason))
      for method, path, reason in (
          ('POST', '/agent/check', _AGENTS),
          ('POST', '/agents', _AGENTS),
          ('GET', _AGENT, _AGENTS),
          ('PUT', _AGENT, _AGENTS),
          ('DELETE', _AGENT, _AGENTS),
          ('POST', _AGENT + '/add-path', _AGENTS),
          ('POST', _AGENT + '/remove-path', _AGENTS),
          ('POST', '/backups/sync', _SYNC),
          ('POST', '/backups/{backup_id}/replicate', _REGIONS),
          ('GET', '/cbr-features/{feature_key}', _FEATURES),
          ('POST', '/checkpoints/replicate', _REGIONS),
          ('POST', '/checkpoints/sync', _SYNC),
          ('POST', '/orders/change', _ORDERS),
          ('PUT', '/orders/{order_id}', _ORDERS),
          ('POST', '/organization-policies', _ORGANIZATION),
          ('GET', _ORGANIZATION_POLICY, _ORGANIZATION),
          ('PUT', _ORGANIZATION_POLICY, _ORGANIZATION),
          ('DELETE', _ORGANIZATION_POLICY, _ORGANIZATION),
          ('GET', _ORGANIZATION_POLICY + '/policy-detail', _ORGANIZATION),
          ('POST', '/vaults/change-charge-mode', _ORDERS),
          ('POST', '/vaults/order', _ORDERS))),
)
