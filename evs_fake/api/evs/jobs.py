# SPDX-License-Identifier: Apache-2.0
"""EVS's jobs.

Cinder has none. A job here is what was asked of which resource; whether it
has succeeded is read from the resource when somebody asks, and kept once it
is certain. Before anything else is started on the resource, its running jobs
are settled: a later success does not make up for an earlier failure.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects
from oslo_utils import timeutils

from evs_fake import states
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.db import jobs
from evs_fake.db import models
from evs_fake.policies import jobs as policy

#: Keys of a goal: what a resource is once its job has succeeded. An empty
#: goal is that it came into being.
GONE = 'gone'
SIZE = 'size'
VOLUME_TYPE = 'volume_type'
ROLLED_BACK = 'rolled_back'
#: Done with the request itself: into the recycle bin.
RECYCLED = 'recycled'

VOLUME = 'volume'
SNAPSHOT = 'snapshot'


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a job ended.

    :ivar time: UTC.
    :ivar error_code: EVS's own; None for success.
    """

    time: datetime.datetime
    error_code: str | None = None
    fail_reason: str | None = None


def start(context: cinder_context.RequestContext, job_type: str,
          resource_type: str | None, resource_id: str | None,
          goal: dict[str, Any] | None = None,
          entities: dict[str, Any] | None = None,
          sub_jobs: Iterable[str] = ()) -> str:
    """Keep a job for what Cinder has accepted.

    :param goal: see :data:`GONE` and the others.
    :param entities: what the job shows of the resource.
    :param sub_jobs: ids of jobs that become parts of this one; it then has
        no resource of its own.
    :returns: its id.
    """
    return jobs.create(context, job_type, resource_type, resource_id,
                       goal or {}, entities or {}, sub_jobs)


def settle(context: cinder_context.RequestContext, resource_type: str,
           resource_id: str) -> None:
    """Settle the running jobs of a resource, before another is started."""
    for job in jobs.running(context, resource_type, resource_id):
        _settled(context, job)


def show(request: route.Request) -> dict[str, Any]:
    """Show a job.

    :raises Refused: (400, Common.0011) there is none.
    """
    job = jobs.get(request.context, request.ids['job_id'])
    if job is None:
        raise exception.Refused(
            'There is no job %s.' % request.ids['job_id'], 'Common.0011')
    return _show(request.context, job)


def _show(context, job: models.Job) -> dict[str, Any]:
    entities = dict(job.entities)
    if job.resource_id is None:
        parts = [_show(context, part)
                 for part in jobs.sub_jobs(context, job.id)]
        job = _settled_by_parts(context, job, parts)
        entities['sub_jobs'] = parts
    else:
        job = _settled(context, job)
    return {
        'job_id': job.id,
        'job_type': job.job_type,
        'status': job.status,
        'begin_time': _time(job.begin_time),
        'end_time': _time(job.end_time),
        'error_code': job.error_code,
        'fail_reason': job.fail_reason,
        'entities': entities,
    }


def _settled(context, job: models.Job) -> models.Job:
    if job.status != jobs.RUNNING:
        return job
    outcome = OUTCOMES[job.resource_type](context, job)
    if outcome is None:
        return job
    return _end(context, job, outcome)


def _settled_by_parts(context, job, parts) -> models.Job:
    if job.status != jobs.RUNNING or any(
            part['status'] == jobs.RUNNING for part in parts):
        return job
    failed = [part for part in parts if part['status'] == jobs.FAIL]
    if failed:
        outcome = Outcome(timeutils.utcnow(), failed[0]['error_code'],
                          '%d of %d failed; the first: %s' % (
                              len(failed), len(parts),
                              failed[0]['fail_reason']))
    else:
        outcome = Outcome(timeutils.utcnow())
    return _end(context, job, outcome)


def _end(context, job, outcome: Outcome) -> models.Job:
    jobs.end(context, job.id,
             jobs.SUCCESS if outcome.error_code is None else jobs.FAIL,
             max(outcome.time.replace(tzinfo=None), job.begin_time),
             outcome.error_code, outcome.fail_reason)
    return jobs.get(context, job.id)


def _volume_outcome(context, job: models.Job) -> Outcome | None:
    if job.goal.get(RECYCLED):
        return Outcome(job.begin_time)
    volume = _find(context, objects.Volume.get_by_id, job.resource_id)
    if volume is None or volume.deleted:
        return _gone(job, volume, volume is not None and volume.launched_at)
    status = states.volume_status(volume.status)
    if job.goal.get(GONE):
        return _deletion(volume, status, 'EVS.2020')
    if SIZE in job.goal:
        if volume.size >= job.goal[SIZE]:
            return Outcome(_now(volume))
        if status == 'extending':
            return None
        return _failed(volume, 'EVS.2026', status)
    if VOLUME_TYPE in job.goal:
        if volume.volume_type_id == job.goal[VOLUME_TYPE]:
            return Outcome(_now(volume))
        if status == 'retyping' or volume.migration_status not in (
                None, 'success', 'error'):
            return None
        return _failed(volume, 'EVS.2087', status)
    if status in ('creating', 'downloading', 'restoring-backup'):
        return None
    if status == 'error_restoring':
        return _failed(volume, 'EVS.2025', status)
    if status == 'error' and not volume.launched_at:
        return _failed(volume, 'EVS.2024', status)
    return Outcome(volume.launched_at or _now(volume))


def _snapshot_outcome(context, job: models.Job) -> Outcome | None:
    snapshot = _find(context, objects.Snapshot.get_by_id, job.resource_id)
    if snapshot is None or snapshot.deleted:
        return _gone(job, snapshot, snapshot is not None)
    status = states.snapshot_status(snapshot.status)
    if job.goal.get(GONE):
        return _deletion(snapshot, status, 'EVS.2019')
    if job.goal.get(ROLLED_BACK):
        if status == 'rollbacking':
            return None
        volume = _find(context, objects.Volume.get_by_id, snapshot.volume_id)
        if volume is not None and (
                volume.status == states.VOLUME_ERROR_ROLLBACKING):
            return _failed(volume, 'EVS.2002', volume.status)
        return Outcome(_now(snapshot))
    if status == 'creating':
        return None
    if status == 'error':
        return _failed(snapshot, 'EVS.2002', status)
    return Outcome(_now(snapshot))


#: By type of resource: how a running job on it has ended; None while it has
#: not.
OUTCOMES: dict[str, Callable[[cinder_context.RequestContext, models.Job],
                             Outcome | None]] = {
    VOLUME: _volume_outcome,
    SNAPSHOT: _snapshot_outcome,
}


def _find(context, get, resource_id):
    """A resource, deleted or not; None if it was purged."""
    context = context.deepcopy()
    context.read_deleted = 'yes'
    try:
        return get(context, resource_id)
    except cinder_exception.NotFound:
        return None


def _gone(job, resource, came_into_being) -> Outcome:
    time = (resource.deleted_at if resource is not None else None
            ) or timeutils.utcnow()
    if job.goal.get(GONE) or (not job.goal and came_into_being):
        return Outcome(time)
    return Outcome(time, 'EVS.2002',
                   '%s %s was deleted.' % (
                       job.resource_type.capitalize(), job.resource_id))


def _deletion(resource, status, error_code) -> Outcome | None:
    if status == 'deleting':
        return None
    return _failed(resource, error_code, status)


def _failed(resource, error_code, status) -> Outcome:
    return Outcome(_now(resource), error_code,
                   '%s %s is "%s".' % (
                       type(resource).__name__, resource.id, status))


def _now(resource) -> datetime.datetime:
    """When the resource last changed."""
    return resource.updated_at or resource.created_at


def _time(moment: datetime.datetime | None) -> str:
    """As jobs have it: UTC, milliseconds, ``Z``; empty for none."""
    if moment is None:
        return ''
    return moment.isoformat(timespec='milliseconds') + 'Z'


ROUTES = (
    route.Route('GET', 'v1', '/{project_id}/jobs/{job_id}', policy.SHOW,
                show),
)
