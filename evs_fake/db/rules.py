# SPDX-License-Identifier: Apache-2.0
"""Rules that hold, delay or fail operations of the driver."""

from __future__ import annotations

import datetime
from collections.abc import Collection

import sqlalchemy as sa
from cinder import context as cinder_context
from oslo_utils import timeutils

from evs_fake import db
from evs_fake.db import models

_RULE = models.Rule


def create(context: cinder_context.RequestContext, rule: models.Rule,
           most: int) -> bool:
    """Keep a new rule, the last in order; whether there was room for it.

    :param most: rules that there may be. On other databases than SQLite,
        rules that are made at the same moment may be more.
    """
    with db.main_context_manager.writer.using(context) as session:
        present = session.execute(
            sa.select(sa.func.count()).select_from(_RULE)).scalar()
        if present >= most:
            return False
        session.add(rule)
        return True


def find(context: cinder_context.RequestContext, rule_id: str | None = None
         ) -> list[models.Rule]:
    """Rules in order of creation.

    :param rule_id: of the only one wanted.
    """
    query = sa.select(_RULE).order_by(_RULE.number)
    if rule_id is not None:
        query = query.where(_RULE.id == rule_id)
    with db.main_context_manager.reader.using(context) as session:
        return list(session.execute(query).scalars())


def delete(context: cinder_context.RequestContext, rule_id: str) -> bool:
    """Delete a rule; whether there was one."""
    with db.main_context_manager.writer.using(context) as session:
        return bool(session.execute(
            sa.delete(_RULE).where(_RULE.id == rule_id)).rowcount)


def release(context: cinder_context.RequestContext, rule_id: str,
            failure: str | None) -> bool:
    """End a rule; whether it had not ended so before.

    :param failure: see :class:`evs_fake.db.models.Rule`.
    """
    with db.main_context_manager.writer.using(context) as session:
        return bool(session.execute(
            sa.update(_RULE).where(
                _RULE.id == rule_id, _RULE.released_at.is_(None)).values(
                    released_at=timeutils.utcnow(), failure=failure)).rowcount)


def standing(operations: Collection[str], moment: str) -> list[models.Rule]:
    """Rules that an operation may meet, in order of creation."""
    context = cinder_context.get_admin_context()
    with db.main_context_manager.reader.using(context) as session:
        found = session.execute(_STANDING, {
            'operations': list(operations), 'at': moment,
            'now': timeutils.utcnow()}).scalars().all()
        # Mostly there are none, and each operation pays for it.
        return list(session.execute(
            sa.select(_RULE).where(_RULE.id.in_(found)).order_by(
                _RULE.number)).scalars()) if found else []


def claim(rule_id: str, resource_id: str) -> bool:
    """Count a match; whether the rule had one left."""
    now = timeutils.utcnow()
    context = cinder_context.get_admin_context()
    with db.main_context_manager.writer.using(context) as session:
        return bool(session.execute(sa.update(_RULE).where(
            _RULE.id == rule_id, *_active(now), _is_left()).values(
                matched=_RULE.matched + 1, last_resource_id=resource_id,
                last_matched_at=now)).rowcount)


def active(context: cinder_context.RequestContext) -> set[str]:
    """Ids of the rules that may hold something."""
    with db.main_context_manager.reader.using(context) as session:
        return set(session.execute(sa.select(_RULE.id).where(
            *_active(timeutils.utcnow()))).scalars())


def _active(now: datetime.datetime | sa.BindParameter
            ) -> list[sa.ColumnElement[bool]]:
    return [_RULE.released_at.is_(None),
            sa.or_(_RULE.expires_at.is_(None), _RULE.expires_at > now)]


def _is_left() -> sa.ColumnElement[bool]:
    return sa.or_(_RULE.times.is_(None), _RULE.matched < _RULE.times)


#: Made once: that takes longer than asking it.
_STANDING = sa.select(_RULE.__table__.c.id).where(
    _RULE.operation.in_(sa.bindparam('operations', expanding=True)),
    _RULE.moment == sa.bindparam('at'),
    *_active(sa.bindparam('now', type_=sa.DateTime)), _is_left()).order_by(
        _RULE.number)
