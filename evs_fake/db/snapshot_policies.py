# SPDX-License-Identifier: Apache-2.0
"""Automatic snapshot policies, and the volumes that they are for."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from cinder import context as cinder_context

from evs_fake import db
from evs_fake.db import models

#: ``resource_type`` of the tags of policies.
TAGS = 'snapshot_policy'

_POLICY = models.SnapshotPolicy
_VOLUME = models.SnapshotPolicyVolume


def create(context: cinder_context.RequestContext,
           policy: models.SnapshotPolicy) -> None:
    """Keep a new policy."""
    with db.main_context_manager.writer.using(context) as session:
        session.add(policy)


def find(context: cinder_context.RequestContext, policy_id: str | None = None
         ) -> list[models.SnapshotPolicy]:
    """Policies of the context's project.

    :param policy_id: of the only one wanted.
    """
    query = sa.select(_POLICY).where(
        _POLICY.project_id == context.project_id)
    if policy_id is not None:
        query = query.where(_POLICY.id == policy_id)
    with db.main_context_manager.reader.using(context) as session:
        return list(session.execute(query).scalars())


def update(context: cinder_context.RequestContext, policy_id: str,
           **values: Any) -> None:
    """Change columns of a policy."""
    with db.main_context_manager.writer.using(context) as session:
        session.execute(sa.update(_POLICY).where(
            _POLICY.id == policy_id,
            _POLICY.project_id == context.project_id).values(**values))


def delete(context: cinder_context.RequestContext, policy_id: str) -> None:
    """Forget a policy, its volumes and its tags."""
    with db.main_context_manager.writer.using(context) as session:
        session.execute(sa.delete(_POLICY).where(_POLICY.id == policy_id))
        session.execute(sa.delete(_VOLUME).where(
            _VOLUME.policy_id == policy_id))
        session.execute(sa.delete(models.Tag).where(
            models.Tag.resource_type == TAGS,
            models.Tag.resource_id == policy_id))


def volumes(context: cinder_context.RequestContext, policy_id: str
            ) -> list[str]:
    """Ids of the volumes that a policy is for."""
    with db.main_context_manager.reader.using(context) as session:
        return list(session.execute(
            sa.select(_VOLUME.volume_id).where(
                _VOLUME.policy_id == policy_id).order_by(
                    _VOLUME.volume_id)).scalars())


def associate(context: cinder_context.RequestContext, policy_id: str,
              volume_ids: Iterable[str]) -> None:
    """Have a policy be for more volumes; those it is for, stay."""
    with db.main_context_manager.writer.using(context) as session:
        for volume_id in volume_ids:
            session.merge(_VOLUME(policy_id=policy_id, volume_id=volume_id))


def disassociate(context: cinder_context.RequestContext, policy_id: str,
                 volume_ids: Iterable[str]) -> None:
    """Have a policy no longer be for volumes."""
    with db.main_context_manager.writer.using(context) as session:
        session.execute(sa.delete(_VOLUME).where(
            _VOLUME.policy_id == policy_id,
            _VOLUME.volume_id.in_(list(volume_ids))))


def due(context: cinder_context.RequestContext, now: datetime.datetime
        ) -> list[models.SnapshotPolicy]:
    """Policies of all projects whose time has come."""
    with db.main_context_manager.reader.using(context) as session:
        return list(session.execute(sa.select(_POLICY).where(
            _POLICY.next_run_at <= now)).scalars())


def advance(context: cinder_context.RequestContext,
            policy: models.SnapshotPolicy, next_run_at: datetime.datetime
            ) -> bool:
    """Set when a policy runs next.

    :returns: whether nobody else had done so meanwhile.
    """
    with db.main_context_manager.writer.using(context) as session:
        return session.execute(sa.update(_POLICY).where(
            _POLICY.id == policy.id,
            _POLICY.next_run_at == policy.next_run_at
        ).values(next_run_at=next_run_at)).rowcount == 1
