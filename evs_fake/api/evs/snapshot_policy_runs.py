# SPDX-License-Identifier: Apache-2.0
"""Executing automatic snapshot policies: when they are due, or on demand.

A policy's ``next_run_at`` in the database decides, and whoever moves it on
executes it: never twice. A time at which no process was there for longer
than :data:`GRACE` is not made up for.
"""

from __future__ import annotations

import dataclasses
import datetime

from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects
from oslo_log import log as logging

from evs_fake.api import periodic
from evs_fake.api.evs import schedule
from evs_fake.api.evs import snapshot_create
from evs_fake.db import models
from evs_fake.db import snapshot_policies as db

LOG = logging.getLogger(__name__)

#: How late a policy is still executed: as long as a restart takes.
GRACE = datetime.timedelta(minutes=5)

#: ``retention_days`` of a policy whose snapshots stay.
KEEP = -1

_AUTO = 'auto'


@dataclasses.dataclass
class Outcome:
    """What came of an execution.

    :ivar snapshots: ids by id of the volume.
    :ivar failures: reasons by id of the volume.
    """

    snapshots: dict[str, str] = dataclasses.field(default_factory=dict)
    failures: dict[str, str] = dataclasses.field(default_factory=dict)


def run(context: cinder_context.RequestContext,
        policy: models.SnapshotPolicy, now: datetime.datetime) -> Outcome:
    """Snapshot each of a policy's volumes.

    One that cannot be snapshot does not keep the others from it; one that
    is gone is the policy's no more.

    :param context: of the policy's project.
    :param now: UTC without a zone.
    """
    outcome = Outcome()
    retention_at = None
    if policy.retention_days != KEEP:
        retention_at = now + datetime.timedelta(days=policy.retention_days)
    name = now.strftime('auto_snapshot_%Y%m%d%H%M%S')
    for volume_id in db.volumes(context, policy.id):
        try:
            volume = objects.Volume.get_by_id(context, volume_id)
            snapshot = snapshot_create.one(
                context, volume, name, None, snapshot_type=_AUTO,
                retention_at=retention_at, policy_id=policy.id)
        except cinder_exception.VolumeNotFound as error:
            db.disassociate(context, policy.id, [volume_id])
            outcome.failures[volume_id] = error.msg
        except cinder_exception.CinderException as error:
            LOG.warning('Policy %(policy)s cannot snapshot volume '
                        '%(volume)s: %(reason)s',
                        {'policy': policy.id, 'volume': volume_id,
                         'reason': error})
            outcome.failures[volume_id] = error.msg
        else:
            outcome.snapshots[volume_id] = snapshot.id
    return outcome


def next_run(policy: models.SnapshotPolicy, now: datetime.datetime
             ) -> datetime.datetime:
    """When a policy is due next."""
    return schedule.next_run(
        now, hours=policy.time_points, weekdays=policy.repeat_weekdays,
        interval=policy.repeat_interval_days, first_day=policy.created_at)


def run_due(context: cinder_context.RequestContext, now: datetime.datetime
            ) -> None:
    """Execute the policies of all projects that are due."""
    for policy in db.due(context, now):
        if not db.advance(context, policy, next_run(policy, now)):
            continue
        if now - policy.next_run_at > GRACE:
            LOG.warning('Policy %(policy)s was due at %(time)s UTC, and '
                        'nobody was there.',
                        {'policy': policy.id, 'time': policy.next_run_at})
            continue
        run(periodic.tenant(policy.project_id, policy.user_id), policy, now)


TASKS = (periodic.Task('snapshot-policies', 5, run_due),)
