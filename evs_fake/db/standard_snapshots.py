# SPDX-License-Identifier: Apache-2.0
"""Cinder's snapshots, with what EVS's v5 knows besides."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from cinder import context as cinder_context

from evs_fake import db
from evs_fake.db import cinder_models
from evs_fake.db import models

#: What a snapshot that v5 did not make has, by column of ours.
DEFAULTS = {'snapshot_type': 'user', 'instant_access': False,
            'incremental': True}

#: ``resource_type`` of the tags of snapshots.
TAGS = 'snapshot'

#: Rows that one statement deletes: fewer than any database's limit.
_BATCH = 500

_SNAPSHOTS = cinder_models.Snapshot.__table__
_VOLUMES = cinder_models.Volume.__table__
_OURS = models.StandardSnapshot

_JOINED = _SNAPSHOTS.outerjoin(
    _VOLUMES,
    _SNAPSHOTS.c.volume_id == _VOLUMES.c.id).outerjoin(
        _OURS, _SNAPSHOTS.c.id == _OURS.snapshot_id)

_COLUMNS = (
    _SNAPSHOTS.c.id, _SNAPSHOTS.c.project_id, _SNAPSHOTS.c.volume_id,
    _SNAPSHOTS.c.status, _SNAPSHOTS.c.progress, _SNAPSHOTS.c.volume_size,
    _SNAPSHOTS.c.display_name, _SNAPSHOTS.c.display_description,
    _SNAPSHOTS.c.encryption_key_id, _SNAPSHOTS.c.created_at,
    _SNAPSHOTS.c.updated_at, _VOLUMES.c.availability_zone,
    *(sa.func.coalesce(getattr(_OURS, name), sa.literal(value)).label(name)
      for name, value in DEFAULTS.items()),
    _OURS.retention_at, _OURS.group_id)

#: What lists can be sorted by.
SORT_KEYS = {'id': _SNAPSHOTS.c.id, 'status': _SNAPSHOTS.c.status,
             'size': _SNAPSHOTS.c.volume_size,
             'created_at': _SNAPSHOTS.c.created_at}


@dataclasses.dataclass(frozen=True)
class Criteria:
    """Which of a project's snapshots; None asks for nothing.

    :ivar status: Cinder's word.
    :ivar tags: all of them it must have; a value of None is any.
    """

    ids: Sequence[str] | None = None
    name: str | None = None
    status: str | None = None
    volume_id: str | None = None
    availability_zone: str | None = None
    snapshot_type: str | None = None
    group_id: str | None = None
    tags: Mapping[str, str | None] = dataclasses.field(default_factory=dict)

    def clauses(self, context: cinder_context.RequestContext) -> list[Any]:
        found = [_SNAPSHOTS.c.project_id == context.project_id,
                 _SNAPSHOTS.c.deleted == sa.false()]
        if self.ids is not None:
            found.append(_SNAPSHOTS.c.id.in_(self.ids))
        for column, value in (
                (_SNAPSHOTS.c.display_name, self.name),
                (_SNAPSHOTS.c.status, self.status),
                (_SNAPSHOTS.c.volume_id, self.volume_id),
                (_VOLUMES.c.availability_zone,
                 self.availability_zone),
                (sa.func.coalesce(_OURS.snapshot_type,
                                  DEFAULTS['snapshot_type']),
                 self.snapshot_type),
                (_OURS.group_id, self.group_id)):
            if value is not None:
                found.append(column == value)
        found += [_has_tag(key, value) for key, value in self.tags.items()]
        return found


@dataclasses.dataclass(frozen=True)
class Chain:
    """The snapshots of one volume.

    :ivar capacity: GiB: the sum of the snapshots' sizes.
    """

    volume_id: str
    availability_zone: str
    snapshot_count: int
    capacity: int
    created_at: datetime.datetime
    updated_at: datetime.datetime


def add(context: cinder_context.RequestContext, snapshot_ids: Iterable[str],
        group: models.SnapshotGroup | None = None, **values: Any) -> None:
    """Note what v5 knows of new snapshots.

    :param group: a new one, of which they are the members.
    :param values: of columns; those of :data:`DEFAULTS` may be left out.
    """
    values = {**DEFAULTS, 'project_id': context.project_id, **values}
    with db.main_context_manager.writer.using(context) as session:
        if group is not None:
            session.add(group)
            values['group_id'] = group.id
        session.add_all([_OURS(snapshot_id=each, **values)
                         for each in snapshot_ids])


def set_instant_access(context: cinder_context.RequestContext,
                       snapshot_id: str, value: bool) -> None:
    """Change it on a snapshot, whoever made that."""
    with db.main_context_manager.writer.using(context) as session:
        session.merge(_OURS(
            snapshot_id=snapshot_id, project_id=context.project_id,
            **({} if session.get(_OURS, snapshot_id) else DEFAULTS)
            | {'instant_access': value}))


def find(context: cinder_context.RequestContext, criteria: Criteria, *,
         sort_key: str = 'created_at', descending: bool = True,
         marker: str | None = None, offset: int = 0,
         limit: int | None = None) -> list[sa.Row] | None:
    """Snapshots of the context's project, in order.

    :param sort_key: one of :data:`SORT_KEYS`.
    :param marker: id of the last one to leave out.
    :returns: rows, with an attribute for each column of Cinder's and ours;
        None if there is no such marker.
    """
    column = SORT_KEYS[sort_key]
    order = sa.desc if descending else sa.asc
    query = sa.select(*_COLUMNS).select_from(_JOINED).where(
        *criteria.clauses(context)).order_by(
            order(column), order(_SNAPSHOTS.c.id)).offset(offset).limit(limit)
    with db.main_context_manager.reader.using(context) as session:
        if marker is not None:
            last = session.execute(sa.select(column).where(
                _SNAPSHOTS.c.id == marker, _SNAPSHOTS.c.deleted == sa.false(),
                _SNAPSHOTS.c.project_id == context.project_id)).first()
            if last is None:
                return None
            query = query.where(_after(column, last[0], marker, descending))
        return list(session.execute(query))


def count(context: cinder_context.RequestContext, criteria: Criteria) -> int:
    """How many snapshots :func:`find` finds without a page."""
    query = sa.select(sa.func.count(_SNAPSHOTS.c.id)).select_from(
        _JOINED).where(*criteria.clauses(context))
    with db.main_context_manager.reader.using(context) as session:
        return session.execute(query).scalar_one()


def existing(context: cinder_context.RequestContext) -> set[str]:
    """Ids of all snapshots of the context's project."""
    query = sa.select(_SNAPSHOTS.c.id).where(*Criteria().clauses(context))
    with db.main_context_manager.reader.using(context) as session:
        return set(session.execute(query).scalars())


def chains(context: cinder_context.RequestContext,
           volume_ids: Iterable[str] | None = None) -> list[Chain]:
    """Chains of the context's project, newest first.

    :param volume_ids: None for those of all volumes.
    """
    changed = sa.func.coalesce(
        _SNAPSHOTS.c.updated_at, _SNAPSHOTS.c.created_at)
    zone = _VOLUMES.c.availability_zone
    clauses = Criteria().clauses(context)
    if volume_ids is not None:
        clauses.append(_SNAPSHOTS.c.volume_id.in_(list(volume_ids)))
    query = sa.select(
        _SNAPSHOTS.c.volume_id, zone, sa.func.count(_SNAPSHOTS.c.id),
        sa.func.sum(_SNAPSHOTS.c.volume_size),
        sa.func.min(_SNAPSHOTS.c.created_at), sa.func.max(changed)
    ).select_from(_JOINED).where(*clauses).group_by(
        _SNAPSHOTS.c.volume_id, zone)
    with db.main_context_manager.reader.using(context) as session:
        found = [Chain(row[0], row[1], row[2], int(row[3]), *row[4:])
                 for row in session.execute(query)]
    return sorted(found, key=lambda chain: (chain.created_at,
                                            chain.volume_id), reverse=True)


def expired(context: cinder_context.RequestContext,
            now: datetime.datetime) -> list[tuple[str, str]]:
    """Project and id of snapshots kept long enough, in all projects.

    Only those that can be deleted, in whatever project.
    """
    query = sa.select(_OURS.project_id, _OURS.snapshot_id).join(
        _SNAPSHOTS, _SNAPSHOTS.c.id == _OURS.snapshot_id).where(
            _OURS.retention_at <= now, _SNAPSHOTS.c.deleted == sa.false(),
            _SNAPSHOTS.c.status.in_(('available', 'error')))
    with db.main_context_manager.reader.using(context) as session:
        return [tuple(row) for row in session.execute(query)]


def purge(context: cinder_context.RequestContext) -> None:
    """Forget snapshots that are gone, in all projects, with their tags."""
    with db.main_context_manager.reader.using(context) as session:
        gone = list(session.execute(_gone(_OURS.snapshot_id)).scalars())
        tagged = list(session.execute(
            _gone(models.Tag.resource_id).where(
                models.Tag.resource_type == TAGS).distinct()).scalars())
    for ids, column, clauses in (
            (gone, _OURS.snapshot_id, ()),
            (tagged, models.Tag.resource_id,
             (models.Tag.resource_type == TAGS,))):
        for start in range(0, len(ids), _BATCH):
            with db.main_context_manager.writer.using(context) as session:
                session.execute(sa.delete(column.class_).where(
                    column.in_(ids[start:start + _BATCH]), *clauses))


def _gone(column: Any) -> sa.Select:
    return sa.select(column).where(~sa.exists().where(
        _SNAPSHOTS.c.id == column, _SNAPSHOTS.c.deleted == sa.false()))


def _has_tag(key: str, value: str | None) -> Any:
    clause = sa.exists().where(
        models.Tag.resource_type == TAGS,
        models.Tag.resource_id == _SNAPSHOTS.c.id, models.Tag.key == key)
    return clause if value is None else clause.where(
        models.Tag.value == value)


def _after(column: Any, value: Any, marker: str, descending: bool) -> Any:
    pair = sa.tuple_(column, _SNAPSHOTS.c.id)
    last = sa.tuple_(sa.literal(value, column.type), sa.literal(marker))
    return pair < last if descending else pair > last
