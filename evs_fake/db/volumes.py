# SPDX-License-Identifier: Apache-2.0
"""Single columns of Cinder's volumes, where a whole one is too much."""

import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa
from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder.objects import fields

from evs_fake import db
from evs_fake.db import cinder_models

#: How many ids a statement names at most: SQLite has a limit.
_BATCH = 500


class Place(NamedTuple):
    """Where a volume's bytes are; names as those of Cinder's columns."""

    name_id: str
    host: str | None
    replication_driver_data: str | None
    replication_status: str | None


def place(context: cinder_context.RequestContext, volume_id: str) -> Place:
    """Where a back end has a volume.

    :raises VolumeNotFound: if there is none of that id.
    """
    volume = cinder_models.Volume
    with db.main_context_manager.reader.using(context) as session:
        found = session.execute(sa.select(
            volume._name_id, volume.host, volume.replication_driver_data,
            volume.replication_status).where(
                volume.id == volume_id,
                volume.deleted == sa.false())).first()
    if found is None:
        raise cinder_exception.VolumeNotFound(volume_id=volume_id)
    return Place(found[0] or volume_id, *found[1:])


def deleted(context: cinder_context.RequestContext, name_ids: Iterable[str]
            ) -> set[str]:
    """Those of some ids that only a deleted volume had.

    What the database does not know is not among them.
    """
    volume = cinder_models.Volume
    found = set()
    with db.main_context_manager.reader.using(context) as session:
        for batch in _batches(name_ids):
            gone = session.scalars(sa.select(volume.id).where(
                volume.id.in_(batch), volume.deleted == sa.true()))
            # A migrated volume has the bytes of one that is deleted.
            used = session.scalars(sa.select(volume._name_id).where(
                volume._name_id.in_(batch), volume.deleted == sa.false()))
            found |= set(gone) - set(used)
    return found


def deleted_snapshots(context: cinder_context.RequestContext,
                      ids: Iterable[str]) -> set[str]:
    """As :func:`deleted`, of snapshots."""
    snapshot = cinder_models.Snapshot
    found = set()
    with db.main_context_manager.reader.using(context) as session:
        for batch in _batches(ids):
            found |= set(session.scalars(sa.select(snapshot.id).where(
                snapshot.id.in_(batch), snapshot.deleted == sa.true())))
    return found


def type_id(context: cinder_context.RequestContext, volume_id: str
            ) -> str | None:
    """A volume's type by now; None if the volume is gone."""
    volume = cinder_models.Volume
    with db.main_context_manager.reader.using(context) as session:
        return session.scalar(sa.select(volume.volume_type_id).where(
            volume.id == volume_id, volume.deleted == sa.false()))


def is_being_copied(context: cinder_context.RequestContext,
                    **source: str) -> bool:
    """Whether a volume is being made, for the first time, from a source.

    :param source: ``snapshot_id`` or ``source_volid``.
    """
    volume = cinder_models.Volume
    with db.main_context_manager.reader.using(context) as session:
        return session.scalar(sa.select(sa.exists().where(
            volume.status == fields.VolumeStatus.CREATING,
            volume.launched_at.is_(None), volume.deleted == sa.false(),
            *(getattr(volume, name) == value
              for name, value in source.items()))))


def ids_by_name(context: cinder_context.RequestContext,
                name_ids: Iterable[str]) -> dict[str, str]:
    """Ids of the volumes whose bytes have some names, by these."""
    volume = cinder_models.Volume
    found = {}
    with db.main_context_manager.reader.using(context) as session:
        for batch in _batches(name_ids):
            found.update(session.execute(sa.select(
                sa.func.coalesce(volume._name_id, volume.id), volume.id
            ).where(sa.or_(volume._name_id.in_(batch), sa.and_(
                volume._name_id.is_(None), volume.id.in_(batch))),
                volume.deleted == sa.false())).all())
    return found


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(ids)
    while batch := list(itertools.islice(remaining, _BATCH)):
        yield batch
