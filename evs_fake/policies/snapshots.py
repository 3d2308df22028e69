# SPDX-License-Identifier: Apache-2.0
"""Rules of the EVS snapshot routes."""

from cinder.policies import base
from oslo_policy import policy

ROLLBACK = 'evs_fake:snapshots:rollback'

_RULES = [
    policy.DocumentedRuleDefault(
        name=ROLLBACK,
        check_str=base.SYSTEM_ADMIN_OR_PROJECT_MEMBER,
        description='Roll a volume back to any of its snapshots.',
        operations=[
            {'method': 'POST', 'path': path}
            for path in ('/v2/{project_id}/cloudsnapshots/{id}/rollback',
                         '/v3/{project_id}/cloudsnapshots/{id}/rollback')]),
]


def list_rules() -> list[policy.RuleDefault]:
    return _RULES
