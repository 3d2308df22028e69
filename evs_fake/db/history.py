# SPDX-License-Identifier: Apache-2.0
"""The history of statuses: every one that was committed, whoever wrote it."""

from __future__ import annotations

import dataclasses
import datetime

import sqlalchemy as sa
from cinder import context as cinder_context
from oslo_utils import timeutils

from evs_fake import db
from evs_fake.db import models

_CHANGE = models.StatusChange

#: Seconds after which a transaction that took a number is taken for one that
#: was rolled back. Numbers are given as rows are written, not as they are
#: committed: until then, nobody is told what comes behind a missing one.
_SETTLED = 5

#: Rows that are deleted in one transaction.
_BATCH = 10_000


@dataclasses.dataclass(frozen=True)
class Criteria:
    """What is asked for; None is any."""

    project_id: str | None = None
    resource_type: str | None = None
    resource_id: str | None = None


def find(context: cinder_context.RequestContext, criteria: Criteria,
         after: int, limit: int) -> tuple[list[models.StatusChange], int]:
    """Changes behind a cursor, the oldest first, and the next cursor.

    Nothing is missed between two calls of which the second has the cursor
    that the first returned.

    :param after: a cursor; 0 for all that there is.
    """
    with db.main_context_manager.reader.using(context) as session:
        end = _end(session, after)
        query = sa.select(_CHANGE).where(
            _CHANGE.number > after, _CHANGE.number <= end).order_by(
                _CHANGE.number).limit(limit)
        for name, value in dataclasses.asdict(criteria).items():
            if value is not None:
                query = query.where(getattr(_CHANGE, name) == value)
        found = list(session.execute(query).scalars())
    if len(found) == limit:
        return found, found[-1].number
    return found, max(after, end)


def last(context: cinder_context.RequestContext) -> int:
    """The number of the newest change; 0 if there is none.

    There is none behind a cursor that is not less.
    """
    with db.main_context_manager.reader.using(context) as session:
        return _last(session)


def purge(context: cinder_context.RequestContext,
          before: datetime.datetime, rows: int) -> None:
    """Forget what is too old or too much.

    :param before: older rows go.
    :param rows: that many stay at most, the newest.
    """
    with db.main_context_manager.reader.using(context) as session:
        first, old = session.execute(sa.select(
            sa.func.min(_CHANGE.number),
            sa.func.max(sa.case(
                (_CHANGE.occurred_at < before, _CHANGE.number))))).one()
        end = max(old or 0, _last(session) - rows)
    if first is None:
        return
    for start in range(first, end + 1, _BATCH):
        with db.main_context_manager.writer.using(context) as session:
            session.execute(sa.delete(_CHANGE).where(_CHANGE.number.between(
                start, min(start + _BATCH - 1, end))))


def _last(session) -> int:
    return session.execute(
        sa.select(sa.func.max(_CHANGE.number))).scalar() or 0


def _commits_in_order(session) -> bool:
    """Whether a missing number, as after a reset, will not come any more.

    SQLite has one writer at a time.
    """
    return session.get_bind().dialect.name == 'sqlite'


def _end(session, after: int) -> int:
    """The last number before which no transaction can still commit."""
    if _commits_in_order(session):
        return max(after, _last(session))
    young = timeutils.utcnow() - datetime.timedelta(seconds=_SETTLED)
    settled = session.execute(sa.select(sa.func.max(_CHANGE.number)).where(
        _CHANGE.number > after, _CHANGE.occurred_at < young)).scalar()
    end = max(after, settled or 0)
    for number in session.execute(sa.select(_CHANGE.number).where(
            _CHANGE.number > end).order_by(_CHANGE.number)).scalars():
        if number != end + 1:
            break
        end = number
    return end
