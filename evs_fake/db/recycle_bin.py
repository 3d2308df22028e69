# SPDX-License-Identifier: Apache-2.0
"""The recycle bin: each project's settings, and what is in it.

A volume goes in and comes back in one transaction, with its status in
Cinder's table: what is in ours is in the bin, or on its way out of the cloud.
"""

import datetime

from cinder import context as cinder_context

from evs_fake import db
from evs_fake.db import cinder_models
from evs_fake.db import models

#: What Cinder keeps for a volume in the bin. This project's choice: EVS names
#: no status for it.
STATUS = 'pre-deleted'


def policy(context: cinder_context.RequestContext
           ) -> models.RecyclePolicy | None:
    """The settings of the context's project, if it made any."""
    with db.main_context_manager.reader.using(context):
        return context.session.get(
            models.RecyclePolicy, context.project_id)


def set_policy(context: cinder_context.RequestContext, switch: bool,
               threshold_time: int, keep_time: int) -> None:
    """Keep the settings of the context's project; times are days."""
    with db.main_context_manager.writer.using(context):
        context.session.merge(models.RecyclePolicy(
            project_id=context.project_id, switch=switch,
            threshold_time=threshold_time, keep_time=keep_time))


def put(context: cinder_context.RequestContext, volume_id: str, status: str,
        pre_deleted_at: datetime.datetime, plan_delete_at: datetime.datetime
        ) -> bool:
    """Put a volume into the bin, unless it has another status by now."""
    with db.main_context_manager.writer.using(context):
        if not _change_status(context, volume_id, status, STATUS):
            return False
        context.session.merge(models.RecycledVolume(
            volume_id=volume_id, project_id=context.project_id,
            status=status, pre_deleted_at=pre_deleted_at,
            plan_delete_at=plan_delete_at))
        return True


def bring_back(context: cinder_context.RequestContext, volume_id: str,
               status: str) -> bool:
    """Take a volume out of the bin with a status, unless it is not there."""
    with db.main_context_manager.writer.using(context):
        if not _change_status(context, volume_id, STATUS, status):
            return False
        _of_project(context).filter_by(volume_id=volume_id).delete()
        return True


def take(context: cinder_context.RequestContext, volume_id: str) -> None:
    """Forget a volume that left the bin."""
    with db.main_context_manager.writer.using(context):
        _of_project(context).filter_by(volume_id=volume_id).delete()


def get(context: cinder_context.RequestContext, volume_id: str
        ) -> models.RecycledVolume | None:
    with db.main_context_manager.reader.using(context):
        return _of_project(context).filter_by(volume_id=volume_id).first()


def get_all(context: cinder_context.RequestContext
            ) -> dict[str, models.RecycledVolume]:
    """All of the context's project, by volume id."""
    with db.main_context_manager.reader.using(context):
        return {row.volume_id: row for row in _of_project(context)}


def overdue(context: cinder_context.RequestContext, now: datetime.datetime
            ) -> list[tuple[str, str]]:
    """Project and volume ids of all that is to be kept no longer."""
    with db.main_context_manager.reader.using(context):
        return [(row.project_id, row.volume_id) for row in
                context.session.query(models.RecycledVolume).filter(
                    models.RecycledVolume.plan_delete_at <= now)]


def _of_project(context):
    return context.session.query(models.RecycledVolume).filter_by(
        project_id=context.project_id)


def _change_status(context, volume_id, former, status) -> bool:
    return context.session.query(cinder_models.Volume).filter_by(
        id=volume_id, status=former, deleted=False).update(
            {'status': status}, synchronize_session=False) == 1
