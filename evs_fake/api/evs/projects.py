# SPDX-License-Identifier: Apache-2.0
"""The one route of IAM's that Huawei's SDKs need: which project is mine?

They ask it, signed and with the region for a name, where a script gives an
access key and no project (IAM's "Querying Projects", the same as Keystone's).
An access key is of one project here, in whatever region.
"""

from typing import Any

from evs_fake.api.evs import fields
from evs_fake.api.routing import route
from evs_fake.policies import projects as policy

_DOMAIN = 'default'


def list_all(request: route.Request) -> dict[str, Any]:
    """List the requester's project, under the name that is asked for."""
    project_id = request.context.project_id
    url = '%s%s' % (request.url, request.path)
    return {
        'projects': [{
            'id': project_id,
            'name': request.query.get('name', project_id),
            'description': '',
            'enabled': True,
            'is_domain': False,
            'domain_id': _DOMAIN,
            'parent_id': _DOMAIN,
            'links': {'self': '%s/%s' % (url, project_id)},
        }],
        'links': {'self': url, 'previous': None, 'next': None},
    }


ROUTES = (
    route.Route('GET', 'v3', '/projects', policy.LIST, list_all,
                query={'name': fields.TEXT}),
)
