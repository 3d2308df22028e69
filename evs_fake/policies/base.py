# SPDX-License-Identifier: Apache-2.0
"""What the rules of all our routes have in common."""

from cinder.policies import base
from oslo_policy import policy

#: Roles that may change things, and those that may look.
MEMBER = base.SYSTEM_ADMIN_OR_PROJECT_MEMBER
READER = base.SYSTEM_READER_OR_PROJECT_READER
ADMIN = base.RULE_ADMIN_API


def rule(name: str, check: str, description: str,
         *operations: str) -> policy.DocumentedRuleDefault:
    """A rule for some routes.

    :param operations: each a method and a path, as ``GET /v2/{project_id}``.
    """
    return policy.DocumentedRuleDefault(
        name='evs_fake:' + name, check_str=check, description=description,
        operations=[dict(zip(('method', 'path'), operation.split(' ', 1),
                             strict=True))
                    for operation in operations])
