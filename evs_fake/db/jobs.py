# SPDX-License-Identifier: Apache-2.0
"""Jobs: kept for good, so that one outlives a restart."""

import datetime
from collections.abc import Iterable
from typing import Any

from cinder import context as cinder_context
from oslo_utils import timeutils
from oslo_utils import uuidutils

from evs_fake import db
from evs_fake.db import models

RUNNING = 'RUNNING'
SUCCESS = 'SUCCESS'
FAIL = 'FAIL'


def create(context: cinder_context.RequestContext, job_type: str,
           resource_type: str | None, resource_id: str | None,
           goal: dict[str, Any], entities: dict[str, Any],
           sub_jobs: Iterable[str] = ()) -> str:
    """Keep a new job, and make others its sub-jobs.

    :returns: its id.
    """
    job_id = uuidutils.generate_uuid()
    with db.main_context_manager.writer.using(context):
        context.session.add(models.Job(
            id=job_id, project_id=context.project_id, job_type=job_type,
            resource_type=resource_type, resource_id=resource_id, goal=goal,
            entities=entities, status=RUNNING, begin_time=timeutils.utcnow()))
        sub_jobs = list(sub_jobs)
        if sub_jobs:
            _of_project(context).filter(models.Job.id.in_(sub_jobs)).update(
                {'parent_id': job_id}, synchronize_session=False)
    return job_id


def get(context: cinder_context.RequestContext, job_id: str
        ) -> models.Job | None:
    """A job of the context's project."""
    with db.main_context_manager.reader.using(context):
        return _of_project(context).filter_by(id=job_id).first()


def sub_jobs(context: cinder_context.RequestContext, job_id: str
             ) -> list[models.Job]:
    """In the order in which they began."""
    with db.main_context_manager.reader.using(context):
        return _of_project(context).filter_by(parent_id=job_id).order_by(
            models.Job.begin_time, models.Job.id).all()


def running(context: cinder_context.RequestContext, resource_type: str,
            resource_id: str) -> list[models.Job]:
    """The jobs of a resource that are not known to have ended."""
    with db.main_context_manager.reader.using(context):
        return _of_project(context).filter_by(
            resource_type=resource_type, resource_id=resource_id,
            status=RUNNING).all()


def end(context: cinder_context.RequestContext, job_id: str, status: str,
        end_time: datetime.datetime, error_code: str | None,
        fail_reason: str | None) -> None:
    """Keep the outcome of a job; the first one counts."""
    with db.main_context_manager.writer.using(context):
        _of_project(context).filter_by(id=job_id, status=RUNNING).update(
            {'status': status, 'end_time': end_time,
             'error_code': error_code, 'fail_reason': fail_reason},
            synchronize_session=False)


def _of_project(context):
    return context.session.query(models.Job).filter_by(
        project_id=context.project_id)
