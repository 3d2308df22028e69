# SPDX-License-Identifier: Apache-2.0
"""What volume types ask for: another back end, sharing, QoS, encryption."""

import os

from cinderclient import exceptions as cinder_exceptions

from tests.functional import base
from tests.functional import cloud

OLD = b'old bytes ' * 1000
NEW = b'new bytes ' * 1000


class TypesTestCase(base.CloudTestCase):

    def create_type(self, extra_specs=None, suffix=''):
        made = self.cinder.volume_types.create(
            'type-%s%s' % (self.project, suffix))
        if extra_specs:
            made.set_keys(extra_specs)
        self.addCleanup(self.cinder.volume_types.delete, made)
        return made

    def create_volume(self, size=1, **kwargs):
        made = super().create_volume(size, **kwargs)
        self.addCleanup(self.remove, made)
        return made

    def remove(self, volume):
        self.cinder.volumes.reset_state(volume, 'available', 'detached')
        self.cinder.volumes.delete(volume)
        self.wait_gone(self.cinder.volumes, volume)

    def attach(self, volume):
        """An attachment, and the path that its client opens."""
        made = self.cinder.attachments.create(
            volume.id, {'host': 'client'}, None)
        self.cinder.attachments.complete(made['id'])
        return made['id'], made['connection_info']


class TestRetype(TypesTestCase):

    def setUp(self):
        super().setUp()
        self.types = {
            backend: self.create_type({'volume_backend_name': backend},
                                      '-' + backend)
            for backend in ('evs-1', 'evs-2')}
        self.volume = self.create_volume(
            volume_type=self.types['evs-1'].name)
        for offset in (0, (1 << 30) - len(OLD)):
            self.write(self.volume, OLD, offset)

    def where(self):
        return getattr(self.cinder.volumes.get(self.volume.id),
                       'os-vol-host-attr:host')

    def check(self, backend):
        self.assertEqual(self.types[backend].name, self.cinder.volumes.get(
            self.volume.id).volume_type)
        self.assertIn(self.where(), self.cloud.hosts(backend))
        self.forget_device(self.volume)
        self.assertIn('/pools/%s/' % backend, self.device(self.volume))
        for offset in (0, (1 << 30) - len(OLD)):
            self.assertEqual(OLD, self.read(self.volume, len(OLD), offset))

    def test_with_migration(self):
        before = self.cloud.pool_file(self.volume.id)
        self.cinder.volumes.retype(
            self.volume, self.types['evs-2'].name, 'on-demand')
        cloud.until(lambda: self.cinder.volumes.get(
            self.volume.id).volume_type == self.types['evs-2'].name,
            'the new type')
        self.wait_for(self.cinder.volumes, self.volume, 'available')
        self.check('evs-2')
        cloud.until(lambda: not before.exists(), 'the end of the old file')

    def test_without_migration(self):
        self.cinder.volumes.retype(
            self.volume, self.types['evs-2'].name, 'never')
        cloud.until(lambda: self.cinder.volumes.get(
            self.volume.id).status != 'retyping', 'the end of the retype')
        self.wait_for(self.cinder.volumes, self.volume, 'available')
        self.check('evs-1')

    def test_migration_by_the_driver(self):
        """Of a volume whose type fits either back end."""
        self.volume = self.create_volume()
        self.write(self.volume, OLD)
        backend, = {'evs-1', 'evs-2'} - {self.where().rpartition('#')[2]}
        self.cinder.volumes.migrate_volume(
            self.volume, self.cloud.hosts(backend)[0], False, False)
        cloud.until(
            lambda: self.cinder.volumes.get(
                self.volume.id).migration_status == 'success',
            'the migration')
        self.wait_for(self.cinder.volumes, self.volume, 'available')
        # Under its own name: what Cinder copies has another.
        path = self.cloud.pool_file(self.volume.id)
        self.assertEqual(backend, path.parts[-3])
        with path.open('rb') as file:
            self.assertEqual(OLD, file.read(len(OLD)))


class TestInUse(TypesTestCase):

    def test_shared_by_two(self):
        shared = self.create_type({'multiattach': '<is> True'})
        volume = self.create_volume(volume_type=shared.name)
        self.assertTrue(volume.multiattach)
        one, connection = self.attach(volume)
        other, same = self.attach(volume)
        self.assertEqual(connection['device_path'], same['device_path'])
        with (open(connection['device_path'], 'r+b', 0) as first,
              open(same['device_path'], 'r+b', 0) as second):
            first.write(NEW)
            self.assertEqual(NEW, second.read(len(NEW)))
            self.cinder.attachments.delete(one)
            self.assertEqual(
                'in-use', self.cinder.volumes.get(volume.id).status)
            second.seek(0)
            second.write(OLD)
        self.cinder.attachments.delete(other)
        self.wait_for(self.cinder.volumes, volume, 'available')
        self.assertEqual(OLD, self.read(volume, len(OLD)))

    def test_not_shared_without_a_type_for_it(self):
        volume = self.create_volume()
        self.attach(volume)
        self.assertRaises(cinder_exceptions.BadRequest, self.attach, volume)

    def test_extended(self):
        volume = self.create_volume()
        attachment, connection = self.attach(volume)
        with open(connection['device_path'], 'r+b', 0) as device:
            device.write(OLD)
            self.cinder.volumes.extend(volume, 2)
            self.wait_for(self.cinder.volumes, volume, 'in-use')
            self.assertEqual(2, self.cinder.volumes.get(volume.id).size)
            self.assertEqual(2 << 30, device.seek(0, os.SEEK_END))
            device.seek(-len(NEW), os.SEEK_END)
            device.write(NEW)
        self.cinder.attachments.delete(attachment)
        self.wait_for(self.cinder.volumes, volume, 'available')
        self.assertEqual(OLD, self.read(volume, len(OLD)))
        self.assertEqual(NEW, self.read(volume, len(NEW),
                                        (2 << 30) - len(NEW)))


class TestQoS(TypesTestCase):

    def connect(self, consumer):
        qos = self.cinder.qos_specs.create(
            'qos-' + self.project, {'consumer': consumer,
                                    'read_iops_sec': '100'})
        self.addCleanup(self.cinder.qos_specs.delete, qos, True)
        limited = self.create_type()
        self.cinder.qos_specs.associate(qos, limited.id)
        volume = self.create_volume(volume_type=limited.name)
        _attachment, connection = self.attach(volume)
        return connection['qos_specs']

    def test_for_the_client(self):
        self.assertEqual({'read_iops_sec': '100'}, self.connect('front-end'))

    def test_for_the_back_end(self):
        """Is not told the client, and the back end does not claim it."""
        self.assertIsNone(self.connect('back-end'))
        pool, = [each for each in self.cinder.pools.list(detailed=True)
                 if each.name.endswith('#evs-1')]
        self.assertIs(False, pool.QoS_support)

    def test_that_the_back_end_has_to_have(self):
        limited = self.create_type({'QoS_support': '<is> True'})
        volume = self.cinder.volumes.create(1, volume_type=limited.name)
        self.addCleanup(self.remove, volume)
        self.wait_for(self.cinder.volumes, volume, 'error')


class TestEncryption(TypesTestCase):

    def test_without_a_key_manager(self):
        encrypted = self.create_type()
        self.cinder.volume_encryption_types.create(encrypted, {
            'provider': 'luks', 'cipher': 'aes-xts-plain64',
            'key_size': 256, 'control_location': 'front-end'})
        self.assertRaises(
            cinder_exceptions.BadRequest, self.cinder.volumes.create, 1,
            volume_type=encrypted.name)
