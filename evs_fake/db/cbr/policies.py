# SPDX-License-Identifier: Apache-2.0
"""Policies and the vaults they hold for."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from cinder import context as cinder_context

from evs_fake import db
from evs_fake.db.cbr import models


@dataclasses.dataclass(frozen=True)
class Policy:
    """A policy as the database has it.

    :ivar vault_ids: the vaults it holds for.
    """

    id: str
    project_id: str
    user_id: str | None
    name: str
    enabled: bool
    definition: Mapping[str, Any]
    pattern: Sequence[str]
    trigger_id: str
    start_time: datetime.datetime
    last_run: datetime.datetime | None
    vault_ids: tuple[str, ...] = ()


def find(context: cinder_context.RequestContext,
         policy_id: str | None = None) -> list[Policy]:
    """Policies of the context's project, oldest first.

    :param policy_id: None for all.
    """
    query = sa.select(models.Policy).where(
        models.Policy.project_id == context.project_id)
    if policy_id is not None:
        query = query.where(models.Policy.id == policy_id)
    return _read(context, query)


def scheduled(context: cinder_context.RequestContext) -> list[Policy]:
    """Enabled policies of all projects."""
    return _read(context, sa.select(models.Policy).where(
        models.Policy.enabled))


def create(context: cinder_context.RequestContext, **values: Any) -> None:
    """Make a policy."""
    with db.main_context_manager.writer.using(context):
        context.session.add(models.Policy(
            project_id=context.project_id, user_id=context.user_id,
            **values))


def update(context: cinder_context.RequestContext, policy_id: str,
           **values: Any) -> None:
    """Change columns of a policy."""
    with db.main_context_manager.writer.using(context):
        context.session.query(models.Policy).filter_by(
            id=policy_id, project_id=context.project_id).update(values)


def delete(context: cinder_context.RequestContext, policy_id: str) -> None:
    """Remove a policy; it holds for no vault any more."""
    with db.main_context_manager.writer.using(context):
        context.session.query(models.VaultPolicy).filter_by(
            policy_id=policy_id, project_id=context.project_id).delete()
        context.session.query(models.Policy).filter_by(
            id=policy_id, project_id=context.project_id).delete()


def associate(context: cinder_context.RequestContext, vault_id: str,
              policy_ids: Sequence[str], *, replace: bool) -> None:
    """Have policies hold for a vault.

    :param replace: whether no other does, then.
    """
    with db.main_context_manager.writer.using(context):
        query = context.session.query(models.VaultPolicy).filter_by(
            vault_id=vault_id, project_id=context.project_id)
        if not replace:
            query = query.filter(
                models.VaultPolicy.policy_id.in_(policy_ids))
        query.delete(synchronize_session=False)
        context.session.add_all([
            models.VaultPolicy(vault_id=vault_id, policy_id=policy_id,
                               project_id=context.project_id)
            for policy_id in policy_ids])


def dissociate(context: cinder_context.RequestContext, vault_id: str,
               policy_id: str) -> bool:
    """Have a policy hold for a vault no more; whether it did."""
    with db.main_context_manager.writer.using(context):
        return bool(context.session.query(models.VaultPolicy).filter_by(
            vault_id=vault_id, policy_id=policy_id,
            project_id=context.project_id).delete())


def claim(context: cinder_context.RequestContext, policy: Policy,
          time: datetime.datetime) -> bool:
    """Take the execution of a policy at a time of its schedule.

    :returns: whether it is the caller's; of several processes, one's.
    """
    with db.main_context_manager.writer.using(context):
        return bool(context.session.query(models.Policy).filter(
            models.Policy.id == policy.id,
            sa.or_(models.Policy.last_run.is_(None),
                   models.Policy.last_run < time)).update(
                       {'last_run': time}, synchronize_session=False))


def _read(context, query):
    with db.main_context_manager.reader.using(context):
        rows = context.session.scalars(query.order_by(
            models.Policy.start_time, models.Policy.id)).all()
        vaults = {}
        for link in context.session.scalars(
                sa.select(models.VaultPolicy).where(
                    models.VaultPolicy.policy_id.in_(
                        [row.id for row in rows]))):
            vaults.setdefault(link.policy_id, []).append(link.vault_id)
        return [
            Policy(**{field.name: getattr(row, field.name)
                      for field in dataclasses.fields(Policy)
                      if field.name != 'vault_ids'},
                   vault_ids=tuple(sorted(vaults.get(row.id, ()))))
            for row in rows]
