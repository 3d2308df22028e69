# SPDX-License-Identifier: Apache-2.0
"""The size of a volume that a backup is restored to.

cinder-backup opens a volume's file by truncating it, and leaves the last
zeros of a new volume out. So a file is too short while it is restored, and
would be afterwards, or when cinder-backup died on the way.
"""

from __future__ import annotations

from cinder import objects
from cinder.objects import fields

from evs_fake import exception
from evs_fake.storage import base

#: Statuses in which that may be, once the volume was there.
STATUSES = (fields.VolumeStatus.RESTORING_BACKUP,
            fields.VolumeStatus.ERROR_RESTORING)
#: Statuses in which cinder-backup writes: also to a new volume, which is
#: larger than the backup if that is of a snapshot before an extension.
WRITTEN = (fields.VolumeStatus.RESTORING_BACKUP,
           fields.VolumeStatus.CREATING)


def regain_size(engine: base.StorageEngine, volume: objects.Volume) -> None:
    """Make a volume's file no shorter than the volume.

    Does no harm while somebody writes to it, or where there is none.
    """
    try:
        if engine.volume_size(volume.name_id) < base.size_bytes(volume.size):
            engine.extend_volume(volume.name_id, volume.size)
    except exception.StorageObjectNotFound:
        pass
