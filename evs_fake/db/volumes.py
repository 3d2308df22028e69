# SPDX-License-Identifier: Apache-2.0
"""Single columns of Cinder's volumes, where a whole one is too much."""

import sqlalchemy as sa
from cinder import context as cinder_context
from cinder import exception as cinder_exception

from evs_fake import db
from evs_fake.db import cinder_models


def place(context: cinder_context.RequestContext, volume_id: str
          ) -> tuple[str, str | None]:
    """Where a back end has a volume: ``Volume.name_id`` and its host.

    :raises VolumeNotFound: if there is none of that id.
    """
    volume = cinder_models.Volume
    with db.main_context_manager.reader.using(context) as session:
        found = session.execute(sa.select(volume._name_id, volume.host).where(
            volume.id == volume_id, volume.deleted == sa.false())).first()
    if found is None:
        raise cinder_exception.VolumeNotFound(volume_id=volume_id)
    return found[0] or volume_id, found[1]
