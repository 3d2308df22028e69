# SPDX-License-Identifier: Apache-2.0
"""Operation logs, CBR's jobs."""

from __future__ import annotations

import datetime
from typing import Any

from cinder import context as cinder_context

from evs_fake import db
from evs_fake.db.cbr import models

#: Status of a log whose end nobody has seen yet.
RUNNING = 'running'


def find(context: cinder_context.RequestContext, *,
         begin: datetime.datetime | None = None,
         end: datetime.datetime | None = None, **criteria: str
         ) -> list[models.OperationLog]:
    """Logs of the context's project, newest first.

    :param begin: made then or later.
    :param end: made then or earlier.
    :param criteria: values by column.
    """
    with db.main_context_manager.reader.using(context):
        query = context.session.query(models.OperationLog).filter_by(
            project_id=context.project_id, **criteria)
        if begin is not None:
            query = query.filter(models.OperationLog.created_at >= begin)
        if end is not None:
            query = query.filter(models.OperationLog.created_at <= end)
        return _detached(context, query.order_by(
            models.OperationLog.created_at.desc(),
            models.OperationLog.id.desc()).all())


def running(context: cinder_context.RequestContext
            ) -> list[models.OperationLog]:
    """Logs of all projects whose end nobody has seen yet."""
    with db.main_context_manager.reader.using(context):
        return _detached(context, context.session.query(
            models.OperationLog).filter_by(status=RUNNING).all())


def create(context: cinder_context.RequestContext, **values: Any) -> None:
    """Write a log of the context's project."""
    with db.main_context_manager.writer.using(context):
        context.session.add(models.OperationLog(
            project_id=context.project_id, **values))


def settle(context: cinder_context.RequestContext, log_id: str, status: str,
           error_code: str | None, error_message: str | None,
           ended_at: datetime.datetime, failed: int) -> bool:
    """Write down how an operation ended; the first who does is believed.

    :param failed: how many backups it failed for.
    :returns: whether the caller was.
    """
    with db.main_context_manager.writer.using(context):
        return bool(context.session.query(models.OperationLog).filter_by(
            id=log_id, status=RUNNING).update({
                'status': status, 'error_code': error_code,
                'error_message': error_message, 'ended_at': ended_at,
                'failed': failed}))


def _detached(context, rows):
    # Read after the session's end; nothing of it is loaded late.
    for row in rows:
        context.session.expunge(row)
    return rows
