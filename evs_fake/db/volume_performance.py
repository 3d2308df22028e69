# SPDX-License-Identifier: Apache-2.0
"""IOPS and throughput (MiB/s) that volumes were given."""

from collections.abc import Collection

from cinder import context as cinder_context

from evs_fake import db
from evs_fake.db import models


def get(context: cinder_context.RequestContext, volume_ids: Collection[str]
        ) -> dict[str, models.VolumePerformance]:
    """By volume id, of those volumes that were given any."""
    with db.main_context_manager.reader.using(context):
        return {row.volume_id: row for row in context.session.query(
            models.VolumePerformance).filter(
                models.VolumePerformance.volume_id.in_(list(volume_ids)),
                models.VolumePerformance.project_id == context.project_id)}


def put(context: cinder_context.RequestContext, volume_id: str,
        iops: int | None, throughput: int | None) -> None:
    """Keep what a volume is given now."""
    with db.main_context_manager.writer.using(context):
        context.session.merge(models.VolumePerformance(
            volume_id=volume_id, project_id=context.project_id, iops=iops,
            throughput=throughput))
