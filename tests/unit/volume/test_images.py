# SPDX-License-Identifier: Apache-2.0
"""Images in and out of volumes, by Cinder's own code."""

import os
import shutil
import subprocess

import fixtures
import testtools
from castellan import key_manager
from cinder import exception as cinder_exception
from cinder import privsep
from cinder.db import api as db_api
from cinder.image import image_utils
from cinder.keymgr import conf_key_mgr
from cinder.volume import volume_types

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
class ImageTestCase(base.ManagerTestCase):

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


class ImageTest(ImageTestCase):

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


class EncryptionTest(ImageTestCase):
    """Images that become encrypted volumes."""

    KEY = '0f1e2d3c' * 8

    def setUp(self):
        super().setUp()
        conf = self.database.conf
        keys = conf_key_mgr.ConfKeyManager
        conf.config(group='key_manager', fixed_key=self.KEY,
                    backend='%s.%s' % (keys.__module__, keys.__name__))
        encrypted = volume_types.create(self.admin, 'encrypted')
        db_api.volume_type_encryption_create(self.admin, encrypted.id, {
            'provider': 'luks', 'cipher': 'aes-xts-plain64',
            'key_size': 256, 'control_location': 'front-end'})
        self.volume = self.create_volume(
            volume_type_id=encrypted.id,
            encryption_key_id=key_manager.API(conf.conf).create_key(
                self.context))

    def copy(self, glance):
        self.driver.copy_image_to_encrypted_volume(
            self.context, self.volume, glance, glance.image['id'])

    def test_image_to_encrypted_volume(self):
        self.copy(self.image('qcow2'))
        path = self.driver.local_path(self.volume)
        self.assertEqual(GIB, os.path.getsize(path))
        self.assertEqual(b'LUKS', self.read(self.volume, 4))
        # As a client does that was told the key.
        secret = self.directory.join('secret')
        with open(secret, 'w') as file:
            file.write(self.KEY)
        clear = self.directory.join('clear')
        subprocess.run(
            ['qemu-img', 'convert', '--object', 'secret,id=key,file=' + secret,
             '-O', 'raw', '--image-opts',
             'driver=luks,key-secret=key,file.filename=' + path, clear],
            check=True, capture_output=True)
        with open(clear, 'rb') as file:
            self.assertEqual(base.OLD, file.read(base.SIZE))

    def test_client_is_told(self):
        connection = self.manager.initialize_connection(
            self.context, self.volume, {'host': 'client'})
        self.assertIs(True, connection['data']['encrypted'])

    def test_image_that_leaves_no_room(self):
        def encrypt(_context, _volume, _source, target):
            with open(target, 'w') as file:
                file.truncate(GIB + 1)

        before = self.read(self.volume)
        # A whole GiB takes a while.
        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.volume.images._encrypt', encrypt))
        self.assertRaises(cinder_exception.ImageTooBig, self.copy,
                          self.image('raw'))
        self.assertEqual(before, self.read(self.volume))
