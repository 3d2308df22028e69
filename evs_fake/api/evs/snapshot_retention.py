# SPDX-License-Identifier: Apache-2.0
"""The end of snapshots that were to be kept for some days, and of our rows."""

from __future__ import annotations

import datetime

from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects
from oslo_log import log as logging

from evs_fake.api import periodic
from evs_fake.api.evs import snapshots
from evs_fake.api.routing import exception
from evs_fake.db import snapshot_groups
from evs_fake.db import standard_snapshots

LOG = logging.getLogger(__name__)


def delete_expired(context: cinder_context.RequestContext,
                   now: datetime.datetime) -> None:
    """Delete the snapshots of all projects whose time is over.

    One that cannot be deleted now (it is rolled back, say) is deleted when
    it can.
    """
    for project_id, snapshot_id in standard_snapshots.expired(context, now):
        tenant = periodic.tenant(project_id)
        try:
            snapshots.start_deletion(tenant, objects.Snapshot.get_by_id(
                tenant, snapshot_id))
        except (cinder_exception.CinderException,
                exception.Refused) as error:
            LOG.info('Snapshot %(snapshot)s is to be kept no longer, but '
                     'cannot be deleted: %(reason)s',
                     {'snapshot': snapshot_id, 'reason': error})


def purge(context: cinder_context.RequestContext, _now: datetime.datetime
          ) -> None:
    """Forget what we know of snapshots and groups that are gone."""
    standard_snapshots.purge(context)
    snapshot_groups.purge(context)


TASKS = (periodic.Task('snapshot-retention', 5, delete_expired),
         periodic.Task('snapshot-purge', 600, purge))
