# SPDX-License-Identifier: Apache-2.0
"""Snapshot groups, and of which snapshots they are.

A group is there as long as one of its snapshots is.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import sqlalchemy as sa
from cinder import context as cinder_context
from oslo_utils import timeutils

from evs_fake import db
from evs_fake.db import cinder_models
from evs_fake.db import models

#: ``resource_type`` of the tags of groups.
TAGS = 'snapshot_group'

_SNAPSHOTS = cinder_models.Snapshot.__table__
_MEMBERS = models.StandardSnapshot


@dataclasses.dataclass
class Group:
    """A group and its members.

    :ivar members: Cinder's status by id of a snapshot; never empty.
    """

    group: models.SnapshotGroup
    members: dict[str, str] = dataclasses.field(default_factory=dict)


def find(context: cinder_context.RequestContext,
         group_id: str | None = None) -> list[Group]:
    """Groups of the context's project.

    :param group_id: of the only one wanted.
    """
    query = sa.select(
        models.SnapshotGroup, _SNAPSHOTS.c.id, _SNAPSHOTS.c.status
    ).join(
        _MEMBERS, _MEMBERS.group_id == models.SnapshotGroup.id
    ).join(
        _SNAPSHOTS, _SNAPSHOTS.c.id == _MEMBERS.snapshot_id
    ).where(models.SnapshotGroup.project_id == context.project_id,
            _SNAPSHOTS.c.deleted == sa.false())
    if group_id is not None:
        query = query.where(models.SnapshotGroup.id == group_id)
    found: dict[str, Group] = {}
    with db.main_context_manager.reader.using(context) as session:
        for group, snapshot_id, status in session.execute(query):
            found.setdefault(group.id, Group(group)).members[
                snapshot_id] = status
    return list(found.values())


def update(context: cinder_context.RequestContext, group_id: str,
           **values: Any) -> None:
    """Change columns of a group."""
    with db.main_context_manager.writer.using(context) as session:
        session.execute(sa.update(models.SnapshotGroup).where(
            models.SnapshotGroup.id == group_id,
            models.SnapshotGroup.project_id == context.project_id
        ).values(**values, updated_at=timeutils.utcnow()))


def purge(context: cinder_context.RequestContext) -> None:
    """Forget groups without members, in all projects, with their tags.

    To be called after what forgets snapshots that are gone.
    """
    with db.main_context_manager.reader.using(context) as session:
        gone = list(session.execute(
            sa.select(models.SnapshotGroup.id).where(~sa.exists().where(
                _MEMBERS.group_id == models.SnapshotGroup.id))).scalars())
    if not gone:
        return
    with db.main_context_manager.writer.using(context) as session:
        session.execute(sa.delete(models.SnapshotGroup).where(
            models.SnapshotGroup.id.in_(gone)))
        session.execute(sa.delete(models.Tag).where(
            models.Tag.resource_type == TAGS,
            models.Tag.resource_id.in_(gone)))
