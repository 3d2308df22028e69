# SPDX-License-Identifier: Apache-2.0
"""Quota usage that Cinder would not get right.

After the death of the cloud's one process: Cinder reserves, does the work and
commits in three transactions. A death in between leaves a reservation, which
counts as usage until it expires after a day, or a usage that does not know of
what was made or removed. And of reservations for what goes before they are
committed.
"""

from collections.abc import Mapping
from collections.abc import Sequence

from cinder import context as cinder_context
from cinder import quota
from cinder.db import api as db_api
from cinder.db import models


def settle() -> None:
    """Drop every reservation and count usage anew; while nothing runs."""
    context = cinder_context.get_admin_context()
    resources = {**quota.QUOTAS.resources, **quota.GROUP_QUOTAS.resources}
    with db_api.main_context_manager.writer.using(context):
        db_api.model_query(context, models.Reservation).update(
            models.Reservation.delete_values())
        for usage in db_api.model_query(context, models.QuotaUsage):
            usage.reserved = 0
            resource = resources.get(usage.resource)
            # One of a volume type that is gone counts nothing any more.
            if resource is not None:
                usage.in_use = _count(context, usage.project_id, resource)


def amend(context: cinder_context.RequestContext,
          reservations: Sequence[str], amounts: Mapping[str, int]) -> None:
    """Have reservations for a type be of as much as there is by now.

    :param amounts: of ``volumes``, ``gigabytes`` and ``snapshots``. What is
        reserved to be given back is given back to that amount.
    """
    with db_api.main_context_manager.writer.using(context):
        for row in db_api.model_query(context, models.Reservation).filter(
                models.Reservation.uuid.in_(reservations)):
            amount = amounts[row.resource.partition('_')[0]]
            if row.delta > 0:
                row.usage.reserved += amount - row.delta
                row.delta = amount
            else:
                row.delta = -amount


def _count(context: cinder_context.RequestContext, project_id: str,
           resource: quota.ReservableResource) -> int:
    counts = db_api.QUOTA_SYNC_FUNCTIONS[resource.sync](
        context, project_id,
        volume_type_id=getattr(resource, 'volume_type_id', None),
        volume_type_name=getattr(resource, 'volume_type_name', None))
    return counts[resource.name]
