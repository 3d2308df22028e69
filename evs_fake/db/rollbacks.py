# SPDX-License-Identifier: Apache-2.0
"""The statuses of a volume and of a snapshot that it is rolled back to.

Both change in one transaction, or neither does: whoever looks, at the
history too, sees no volume in a rollback that was refused.
"""

from __future__ import annotations

from cinder import context as cinder_context
from oslo_db import api as oslo_db_api

from evs_fake import db
from evs_fake import states
from evs_fake.db import cinder_models


class NotAllowed(Exception):
    """A status allows no rollback; nothing has changed.

    :ivar status: as Cinder stores it.
    """

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class VolumeNotAllowed(NotAllowed):
    """The volume's status."""


class SnapshotNotAllowed(NotAllowed):
    """The snapshot's."""


@oslo_db_api.wrap_db_retry(max_retries=5, retry_on_deadlock=True)
def begin(context: cinder_context.RequestContext, volume_id: str,
          snapshot_id: str) -> str:
    """Mark both as in a rollback, by compare-and-swap.

    :returns: the volume's status before, for :func:`undo`.
    :raises NotAllowed: one of them is in no status for it.
    """
    with db.main_context_manager.writer.using(context):
        former = _swap(
            context, cinder_models.Volume, volume_id,
            states.ROLLBACK_VOLUME_STATUSES, states.CINDER_VOLUME_REVERTING)
        if former is None:
            raise VolumeNotAllowed(
                _status(context, cinder_models.Volume, volume_id))
        if _swap(context, cinder_models.Snapshot, snapshot_id,
                 states.ROLLBACK_SNAPSHOT_STATUSES,
                 states.CINDER_SNAPSHOT_RESTORING) is None:
            raise SnapshotNotAllowed(
                _status(context, cinder_models.Snapshot, snapshot_id))
        return former


@oslo_db_api.wrap_db_retry(max_retries=5, retry_on_deadlock=True)
def undo(context: cinder_context.RequestContext, volume_id: str,
         snapshot_id: str, former: str) -> None:
    """Put both back that nobody has changed since :func:`begin`.

    :param former: what that returned.
    """
    with db.main_context_manager.writer.using(context):
        _swap(context, cinder_models.Volume, volume_id,
              (states.CINDER_VOLUME_REVERTING,), former)
        _swap(context, cinder_models.Snapshot, snapshot_id,
              (states.CINDER_SNAPSHOT_RESTORING,), states.SNAPSHOT_AVAILABLE)


def _swap(context, model, resource_id, formers, status) -> str | None:
    """The status that it had; None if that was none of those given."""
    for former in formers:
        if context.session.query(model).filter_by(
                id=resource_id, status=former, deleted=False).update(
                    {'status': status}, synchronize_session=False):
            return former
    return None


def _status(context, model, resource_id) -> str:
    # A deleted row stays, and says so.
    return context.session.query(model.status).filter_by(
        id=resource_id).scalar()
