# SPDX-License-Identifier: Apache-2.0
"""Images in and out of volumes, without the privileges of an attachment."""

from __future__ import annotations

from cinder.image import image_utils
from cinder.volume import volume_utils

from evs_fake.volume import replication


class Images(replication.Replication):

    def copy_image_to_volume(self, context, volume, image_service, image_id,
                             disable_sparse=False):
        """Write an image of any format that qemu-img knows into the file.

        qemu-img leaves the file as long as the image is.
        """
        image_utils.fetch_to_raw(
            context, image_service, image_id, self.local_path(volume),
            self.configuration.volume_dd_blocksize, size=volume.size,
            run_as_root=False, disable_sparse=disable_sparse)
        self._engine(volume).extend_volume(volume.name_id, volume.size)
        self._replicate(volume)

    def copy_volume_to_image(self, context, volume, image_service,
                             image_meta):
        volume_utils.upload_volume(
            context, image_service, image_meta, self.local_path(volume),
            volume, run_as_root=False)
