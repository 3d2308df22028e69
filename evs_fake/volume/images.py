# SPDX-License-Identifier: Apache-2.0
"""Images in and out of volumes, without the privileges of an attachment."""

from __future__ import annotations

import binascii
import os
import tempfile

from castellan import key_manager
from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects
from cinder.image import image_utils
from cinder.volume import volume_utils
from oslo_config import cfg

from evs_fake.storage import base
from evs_fake.volume import replication

CONF = cfg.CONF


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

    def copy_image_to_encrypted_volume(self, context, volume, image_service,
                                       image_id, disable_sparse=False):
        """The same, encrypted as the volume's clients do it (LUKS).

        Cinder's own way would have os-brick put a link to its mapping in the
        place of the volume's file.

        :raises ImageTooBig: there is no room for the header besides.
        """
        with tempfile.TemporaryDirectory(
                dir=volume_utils.image_conversion_dir()) as directory:
            plain = os.path.join(directory, 'plain')
            encrypted = os.path.join(directory, 'encrypted')
            image_utils.fetch_to_raw(
                context, image_service, image_id, plain,
                self.configuration.volume_dd_blocksize, size=volume.size,
                run_as_root=False, disable_sparse=disable_sparse)
            _encrypt(context, volume, plain, encrypted)
            os.unlink(plain)
            if os.path.getsize(encrypted) > base.size_bytes(volume.size):
                raise cinder_exception.ImageTooBig(
                    image_id=image_id, reason='with the header of LUKS it '
                    'takes more than %d GiB' % volume.size)
            self._engine(volume).import_volume(volume.name_id, encrypted)
        self._replicate(volume)

    def copy_volume_to_image(self, context, volume, image_service,
                             image_meta):
        volume_utils.upload_volume(
            context, image_service, image_meta, self.local_path(volume),
            volume, run_as_root=False)


def _encrypt(context: cinder_context.RequestContext, volume: objects.Volume,
             source: str, target: str) -> None:
    """Write a raw file's bytes to a new one, behind a header of LUKS."""
    encryption = volume_utils.check_encryption_provider(volume, context)
    key = key_manager.API(CONF).get(context, encryption['encryption_key_id'])
    with tempfile.NamedTemporaryFile(
            'w', dir=os.path.dirname(target)) as passphrase:
        # As os-brick makes a passphrase of a key.
        passphrase.write(binascii.hexlify(key.get_encoded()).decode())
        passphrase.flush()
        image_utils.convert_image(
            source, target, 'luks', src_format='raw', run_as_root=False,
            cipher_spec=image_utils.decode_cipher(
                encryption['cipher'], encryption['key_size']),
            passphrase_file=passphrase.name)
