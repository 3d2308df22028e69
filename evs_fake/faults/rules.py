# SPDX-License-Identifier: Apache-2.0
"""Which rule an operation meets: the first made of those that match."""

from __future__ import annotations

from collections.abc import Sequence

from cinder import context as cinder_context

from evs_fake.db import models
from evs_fake.db import rules as db
from evs_fake.faults.operations import Moment
from evs_fake.faults.operations import OF_GROUPS
from evs_fake.faults.operations import Operation
from evs_fake.faults.resource import Resource

#: Outcome of a failure: Cinder takes the resource for one in use, which
#: keeps the status that it had.
BUSY = 'available'

#: Outcome of a failure: Cinder tries another back end.
RESCHEDULED = 'rescheduled'

#: What a failed operation may leave, a status but for :data:`RESCHEDULED`;
#: the first is what it leaves if nothing is said. Operations that are not
#: here know one outcome.
OUTCOMES = {
    Operation.VOLUME_CREATE: ('error', RESCHEDULED),
    Operation.VOLUME_CLONE: ('error', RESCHEDULED),
    Operation.SNAPSHOT_DELETE: ('error_deleting', BUSY),
    Operation.VOLUME_DELETE: ('error_deleting', BUSY),
}

#: Operations whose end the driver does not see.
_ONLY_BEFORE = OF_GROUPS | {Operation.BACKUP_CREATE,
                            Operation.VOLUME_MIGRATE}


def moments(operation: Operation) -> Sequence[Moment]:
    """When a rule can meet an operation."""
    return [moment for moment in Moment
            if moment is Moment.BEFORE or operation not in _ONLY_BEFORE]


def take(moment: Moment, resource: Resource, operations: Sequence[Operation]
         ) -> models.Rule | None:
    """The rule that an operation is to obey, counted as matched."""
    for rule in db.standing(operations, moment):
        if resource.matches(rule.match) and db.claim(rule.id, resource.id):
            return rule
    return None


def failure(rule_id: str) -> str | None:
    """What an operation that a rule held fails with; None lets it go on."""
    for rule in db.find(cinder_context.get_admin_context(), rule_id):
        return rule.failure
    return None
