# SPDX-License-Identifier: Apache-2.0
"""Where EVS keeps resources besides projects: what a fake has one of.

Everything is in the service ``EVS`` (no dedicated storage) and in the
default enterprise project, as in an account that ordered neither.
"""

from collections.abc import Mapping
from typing import Any

from evs_fake.api.evs import fields
from evs_fake.api.evs import unavailable

SERVICE_TYPE = 'EVS'
ENTERPRISE_PROJECT = '0'
_ALL_ENTERPRISE_PROJECTS = 'all_granted_eps'

#: Of the query of lists.
FILTERS = {
    'service_type': {'enum': ['EVS', 'DSS', 'DESS']},
    'dedicated_storage_id': fields.TEXT,
    'dedicated_storage_name': fields.TEXT,
    'enterprise_project_id': fields.TEXT,
}

#: What items of lists show besides.
FIELDS = {'service_type': SERVICE_TYPE}


def matches(query: Mapping[str, Any]) -> bool:
    """Whether a list with this query has anything of the fake's at all."""
    return (
        query.get('service_type', SERVICE_TYPE) == SERVICE_TYPE
        and not query.get('dedicated_storage_id')
        and not query.get('dedicated_storage_name')
        and query.get('enterprise_project_id', ENTERPRISE_PROJECT) in (
            ENTERPRISE_PROJECT, _ALL_ENTERPRISE_PROJECTS))


def check_new(asked: Mapping[str, Any]) -> None:
    """Check the enterprise project of a resource to be made.

    :raises Refused: (403) it is another than the default one.
    """
    if asked.get('enterprise_project_id') not in (None, '',
                                                  ENTERPRISE_PROJECT):
        unavailable.refuse(unavailable.ENTERPRISE_PROJECTS)
