# SPDX-License-Identifier: Apache-2.0
"""Vaults and the resources in them.

All of the context's project, whoever the context is.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from cinder import context as cinder_context
from oslo_db import exception as db_exception
from oslo_utils import timeutils

from evs_fake import db
from evs_fake.db import cinder_models
from evs_fake.db.cbr import backups
from evs_fake.db.cbr import models
from evs_fake.db.cbr import operation_logs


@dataclasses.dataclass(frozen=True)
class Vault:
    """A vault as the database has it; sizes are GiB."""

    id: str
    project_id: str
    user_id: str | None
    name: str
    description: str | None
    object_type: str
    size: int
    settings: Mapping[str, Any]
    created_at: datetime.datetime
    updated_at: datetime.datetime | None


@dataclasses.dataclass(frozen=True)
class Resource:
    """A volume in a vault; all but the first four are Cinder's.

    :ivar size: GiB.
    """

    id: str
    vault_id: str
    extra_info: Mapping[str, Any]
    auto_protect: bool
    name: str | None
    size: int
    status: str
    availability_zone: str | None
    bootable: bool


def is_used(context: cinder_context.RequestContext) -> bool:
    """Whether CBR has anything, in any project, that time or a crash changes.

    One statement, for those who look every second.
    """
    marks = cinder_models.BackupMetadata
    with db.main_context_manager.reader.using(context) as session:
        return session.scalar(sa.select(sa.or_(
            sa.exists().where(models.Policy.enabled),
            sa.exists().where(models.Backup.id.is_not(None)),
            sa.exists().where(
                models.OperationLog.status == operation_logs.RUNNING),
            sa.exists().where(marks.key == backups.VAULT_KEY,
                              ~marks.deleted))))


class Taken(Exception):
    """A resource is in a vault already."""


def find(context: cinder_context.RequestContext,
         ids: Collection[str] | None = None) -> list[Vault]:
    """Vaults, newest first.

    :param ids: None for all.
    """
    with db.main_context_manager.reader.using(context):
        query = context.session.query(models.Vault).filter_by(
            project_id=context.project_id)
        if ids is not None:
            query = query.filter(models.Vault.id.in_(list(ids)))
        return [_vault(row) for row in query.order_by(
            models.Vault.created_at.desc(), models.Vault.id.desc())]


def create(context: cinder_context.RequestContext,
           resources: Iterable[Mapping[str, Any]] = (), **values: Any
           ) -> None:
    """Make a vault with its resources: all or nothing.

    :param resources: see :func:`add_resources`.
    :raises Taken: if one is in a vault.
    """
    try:
        with db.main_context_manager.writer.using(context):
            context.session.add(models.Vault(
                project_id=context.project_id, user_id=context.user_id,
                created_at=timeutils.utcnow(), **values))
            _add(context, values['id'], resources)
    except db_exception.DBDuplicateEntry as error:
        raise Taken from error


def update(context: cinder_context.RequestContext, vault_id: str,
           **values: Any) -> None:
    """Change columns of a vault."""
    with db.main_context_manager.writer.using(context):
        context.session.query(models.Vault).filter_by(
            id=vault_id, project_id=context.project_id).update(
                {**values, 'updated_at': timeutils.utcnow()})


def delete(context: cinder_context.RequestContext, vault_id: str) -> None:
    """Remove a vault and ask for the deletion of its backups, in one."""
    with db.main_context_manager.writer.using(context):
        for model in (models.Resource, models.VaultPolicy):
            context.session.query(model).filter_by(
                vault_id=vault_id, project_id=context.project_id).delete()
        context.session.query(models.Backup).filter_by(
            vault_id=vault_id, project_id=context.project_id).update(
                {'delete_requested': True})
        context.session.query(models.Vault).filter_by(
            id=vault_id, project_id=context.project_id).delete()


def resources(context: cinder_context.RequestContext,
              vault_ids: Collection[str] | None = None) -> list[Resource]:
    """Volumes in vaults, in the order in which they were put there.

    One that was deleted, or given to another project, is in none.

    :param vault_ids: None for all.
    """
    volume = cinder_models.Volume
    with db.main_context_manager.reader.using(context):
        query = context.session.query(
            models.Resource, volume.display_name, volume.size, volume.status,
            volume.availability_zone, volume.bootable).join(
                volume, volume.id == models.Resource.id).filter(
                    models.Resource.project_id == context.project_id,
                    volume.project_id == context.project_id,
                    ~volume.deleted)
        if vault_ids is not None:
            query = query.filter(
                models.Resource.vault_id.in_(list(vault_ids)))
        return [
            Resource(row.id, row.vault_id, row.extra_info, row.auto_protect,
                     name or row.name, size, status, zone, bool(bootable))
            for row, name, size, status, zone, bootable in query.order_by(
                models.Resource.created_at, models.Resource.id)]


def add_resources(context: cinder_context.RequestContext, vault_id: str,
                  resources: Iterable[Mapping[str, Any]]) -> None:
    """Put volumes of the context's project into a vault: all or none.

    :param resources: each with ``id``, ``name`` and ``extra_info``.
    :raises Taken: if one is in a vault.
    """
    try:
        with db.main_context_manager.writer.using(context):
            _add(context, vault_id, resources)
    except db_exception.DBDuplicateEntry as error:
        raise Taken from error


def remove_resources(context: cinder_context.RequestContext, vault_id: str,
                     resource_ids: Collection[str],
                     backup_ids: Collection[str]) -> None:
    """Take volumes out; ask for the deletion of backups, in one."""
    with db.main_context_manager.writer.using(context):
        _resources(context, vault_id, resource_ids).delete(
            synchronize_session=False)
        _backups(context, backup_ids).update(
            {'delete_requested': True}, synchronize_session=False)


def migrate_resources(context: cinder_context.RequestContext, vault_id: str,
                      destination_id: str, resource_ids: Collection[str],
                      backup_ids: Collection[str]) -> None:
    """Put volumes and their backups into another vault."""
    with db.main_context_manager.writer.using(context):
        _resources(context, vault_id, resource_ids).update(
            {'vault_id': destination_id}, synchronize_session=False)
        _backups(context, backup_ids).update(
            {'vault_id': destination_id}, synchronize_session=False)


def set_auto_protect(context: cinder_context.RequestContext, vault_id: str,
                     resource_ids: Collection[str], value: bool) -> None:
    """Have policies back volumes up, or not."""
    with db.main_context_manager.writer.using(context):
        _resources(context, vault_id, resource_ids).update(
            {'auto_protect': value}, synchronize_session=False)


def volumes(context: cinder_context.RequestContext) -> list[Any]:
    """All volumes of the project, newest first: columns of Cinder's."""
    volume = cinder_models.Volume
    with db.main_context_manager.reader.using(context):
        return context.session.query(
            volume.id, volume.display_name, volume.size, volume.status,
            volume.availability_zone, volume.bootable).filter(
                volume.project_id == context.project_id,
                ~volume.deleted).order_by(
                    volume.created_at.desc(), volume.id.desc()).all()


def _vault(row):
    return Vault(**{field.name: getattr(row, field.name)
                    for field in dataclasses.fields(Vault)})


def _resources(context, vault_id, resource_ids):
    return context.session.query(models.Resource).filter(
        models.Resource.vault_id == vault_id,
        models.Resource.project_id == context.project_id,
        models.Resource.id.in_(list(resource_ids)))


def _backups(context, backup_ids):
    return context.session.query(models.Backup).filter(
        models.Backup.project_id == context.project_id,
        models.Backup.id.in_(list(backup_ids)))


def _add(context, vault_id, resources):
    rows = [models.Resource(
        vault_id=vault_id, project_id=context.project_id, auto_protect=True,
        created_at=timeutils.utcnow(), **resource) for resource in resources]
    # Of a volume that another project had in a vault and gave away.
    context.session.query(models.Resource).filter(
        models.Resource.id.in_([row.id for row in rows]),
        models.Resource.project_id != context.project_id).delete(
            synchronize_session=False)
    context.session.add_all(rows)
    context.session.flush()
