# SPDX-License-Identifier: Apache-2.0
"""Images in and out of volumes, by Cinder's own code."""

import os
import shutil
import subprocess

import fixtures
import testtools
from cinder import privsep
from cinder.image import image_utils

from tests.unit.volume import base

GIB = 1 << 30


class Glance:
    """An image service of one image."""

    def __init__(self, path, **image):
        self.path = path
        self.image = {'id': '3d1b5c9e-7a2f-4e6d-8b0c-1f3a5d7e9b2c',
                      'status': 'active', 'container_format': 'bare',
                      'min_disk': 0, 'min_ram': 0, 'properties': {},
                      'visibility': 'private',
                      'size': os.path.getsize(path), **image}
        self.uploaded = None
        # Where Cinder looks for what it has downloaded before.
        self.temp_images = image_utils.TemporaryImages(self)

    def show(self, context, image_id):
        return dict(self.image)

    def download(self, context, image_id, data, *args):
        with open(self.path, 'rb') as file:
            data.write(file.read())

    def get_location(self, context, image_id):
        return None, None

    def update(self, context, image_id, image_meta, data=None, **kwargs):
        self.uploaded = data.read()


@testtools.skipIf(shutil.which('qemu-img') is None, 'needs qemu-img')
class ImageTest(base.ManagerTestCase):

    def setUp(self):
        super().setUp()
        # Cinder inspects every image through privsep: here in this process.
        privsep.sys_admin_pctxt.set_client_mode(False)
        self.addCleanup(privsep.sys_admin_pctxt.set_client_mode, True)
        self.directory = self.useFixture(fixtures.TempDir())
        self.raw = self.directory.join('image.raw')
        with open(self.raw, 'wb') as file:
            file.write(base.OLD)
            file.truncate(1 << 20)

    def convert(self, source, target, *options):
        subprocess.run(['qemu-img', 'convert', *options, source, target],
                       check=True, capture_output=True)

    def image(self, disk_format):
        path = self.directory.join('image.' + disk_format)
        if disk_format != 'raw':
            self.convert(self.raw, path, '-f', 'raw', '-O', disk_format)
        return Glance(path, disk_format=disk_format)

    def check_download(self, disk_format):
        glance = self.image(disk_format)
        volume = self.create_volume()
        self.write(volume, base.NEW)
        self.driver.copy_image_to_volume(
            self.context, volume, glance, glance.image['id'])
        self.assertEqual(base.OLD, self.read(volume))
        self.assertEqual(GIB, self.engine.volume_size(volume.id))

    def test_raw_image_to_volume(self):
        self.check_download('raw')

    def test_qcow2_image_to_volume(self):
        self.check_download('qcow2')

    def check_upload(self, disk_format):
        volume = self.create_volume()
        self.write(volume, base.OLD)
        glance = self.image('raw')
        self.driver.copy_volume_to_image(
            self.context, volume, glance,
            {'id': glance.image['id'], 'disk_format': disk_format,
             'container_format': 'bare'})
        uploaded = self.directory.join('uploaded')
        with open(uploaded, 'wb') as file:
            file.write(glance.uploaded)
        return uploaded

    def test_volume_to_raw_image(self):
        path = self.check_upload('raw')
        self.assertEqual(GIB, os.path.getsize(path))
        with open(path, 'rb') as file:
            self.assertEqual(base.OLD, file.read(base.SIZE))

    def test_volume_to_qcow2_image(self):
        path = self.check_upload('qcow2')
        self.assertLess(os.path.getsize(path), 2 << 20)
        raw = self.directory.join('again.raw')
        self.convert(path, raw, '-f', 'qcow2', '-O', 'raw')
        with open(raw, 'rb') as file:
            self.assertEqual(base.OLD, file.read(base.SIZE))
