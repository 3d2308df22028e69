# SPDX-License-Identifier: Apache-2.0
"""openstacksdk, with nothing but what ``evs-fake openrc`` sets."""

import os

import fixtures
import openstack
from openstack.block_storage.v2 import _proxy as v2_proxy

from evs_fake import states
from tests.functional import cloud
from tests.functional import shell

OLD = b'old bytes ' * 1000
NEW = b'new bytes ' * 1000
SERVER = '11111111-2222-4333-8444-555555555555'


class SDKTestCase(shell.ShellTestCase):

    def setUp(self):
        super().setUp()
        for name in {*os.environ, *self.environment}:
            if name.startswith('OS_'):
                self.useFixture(fixtures.EnvironmentVariable(
                    name, self.environment.get(name)))
        self.connection = self.connect()
        self.addCleanup(self.connection.close)
        self.storage = self.connection.block_storage

    def connect(self):
        return openstack.connect()

    def until_available(self, resource):
        # Its own waiting believes what the resource was when last fetched.
        resource = resource.fetch(self.storage)
        return self.storage.wait_for_status(
            resource, 'available', interval=0.1)


class ProxyMixin:
    """What the proxies of both versions of the API can do."""

    def test_volume(self):
        volume = self.until_available(
            self.storage.create_volume(size=1, name='disk'))
        self.assertEqual([volume.id], [v.id for v in self.storage.volumes()])
        self.assertEqual(volume.id, self.storage.find_volume('disk').id)
        self.storage.update_volume(volume, name='data')
        self.storage.extend_volume(volume, 2)
        self.until_available(volume)
        volume = self.storage.get_volume(volume.id)
        self.assertEqual(('data', 2), (volume.name, volume.size))
        self.storage.delete_volume(volume)
        self.storage.wait_for_delete(volume, interval=0.1)

    def test_properties(self):
        volume = self.create_volume()
        self.storage.set_volume_metadata(volume.id, key='value')
        self.assertEqual({'key': 'value'}, self.storage.get_volume_metadata(
            volume.id).metadata)
        self.storage.delete_volume_metadata(volume.id, keys=['key'])
        self.assertEqual({}, self.storage.get_volume(volume.id).metadata)
        self.storage.set_volume_readonly(volume.id)
        self.storage.set_volume_bootable_status(volume.id, True)
        self.assertTrue(self.storage.get_volume(volume.id).is_bootable)
        snapshot = self.create_snapshot(volume)
        self.storage.set_snapshot_metadata(snapshot.id, key='value')
        self.assertEqual({'key': 'value'}, self.storage.get_snapshot(
            snapshot.id).metadata)
        self.storage.delete_snapshot_metadata(snapshot.id, keys=['key'])
        self.assertEqual({}, self.storage.get_snapshot_metadata(
            snapshot.id).metadata)
        self.storage.update_snapshot(snapshot.id, name='renamed')
        self.assertEqual(
            snapshot.id, self.storage.find_snapshot('renamed').id)
        self.assertEqual([snapshot.id], [
            each.id for each in self.storage.snapshots(volume_id=volume.id)])

    def test_type(self):
        # Types belong to no project: the name is this test's own.
        name = 'type-' + self.project
        made = self.storage.create_type(name=name)
        self.addCleanup(self.storage.delete_type, made)
        self.storage.update_type_extra_specs(
            made, volume_backend_name='evs-2')
        self.assertEqual({'volume_backend_name': 'evs-2'},
                         self.storage.get_type(made.id).extra_specs)
        self.assertIn(name, {each.name for each in self.storage.types()})
        volume = self.create_volume()
        self.storage.retype_volume(volume.id, name, 'on-demand')
        cloud.until(lambda: self.storage.get_volume(
            volume.id).volume_type == name, 'another type')
        volume = self.until_available(self.storage.get_volume(volume.id))
        self.storage.delete_volume(volume)
        self.storage.wait_for_delete(volume, interval=0.1)

    def test_transfer(self):
        volume = self.create_volume()
        made = self.storage.create_transfer(volume_id=volume.id, name='t')
        self.assertEqual(made.id, self.storage.find_transfer('t').id)
        self.assertEqual([made.id], [
            each.id for each in self.storage.transfers(details=False)])
        self.assertEqual('awaiting-transfer',
                         self.storage.get_volume(volume.id).status)
        self.storage.delete_transfer(made)
        made = self.storage.create_transfer(volume_id=volume.id, name='t')
        self.storage.accept_transfer(made.id, made.auth_key)
        self.assertEqual([], list(self.storage.transfers()))

    def test_quotas_and_limits(self):
        self.storage.update_quota_set(self.project, volumes=7)
        self.create_volume(2)
        quotas = self.storage.get_quota_set(self.project, usage=True)
        self.assertEqual((7, 2), (
            quotas.volumes, quotas.usage['gigabytes']))
        limits = self.storage.get_limits().absolute
        self.assertEqual((7, 1, 2), (
            limits.max_total_volumes, limits.total_volumes_used,
            limits.total_gigabytes_used))
        self.storage.revert_quota_set(self.project)
        self.assertEqual(
            self.storage.get_quota_set_defaults(self.project).volumes,
            self.storage.get_quota_set(self.project).volumes)

    def test_the_cloud_itself(self):
        self.assertEqual(
            set(self.cloud.pools.values()),
            {each.name for each in self.storage.backend_pools()})
        self.assertEqual(
            {'cinder-backup', 'cinder-scheduler', 'cinder-volume'},
            {each.binary for each in self.storage.services()})
        self.assertIn('evs-fake', {
            each.alias for each in self.storage.extensions()})

    def test_backup(self):
        volume = self.until_available(
            self.storage.create_volume(size=1, name='disk'))
        self.write(volume, OLD)
        backup = self.until_available(
            self.storage.create_backup(volume_id=volume.id, name='full'))
        self.assertEqual(backup.id, self.storage.find_backup('full').id)
        self.write(volume, NEW)
        self.storage.restore_backup(backup, volume_id=volume.id)
        self.until_available(backup)
        self.until_available(volume)
        self.assertEqual(OLD, self.read(volume, len(OLD)))
        self.storage.delete_backup(backup)
        self.storage.wait_for_delete(backup, interval=0.1)


class TestSDK(ProxyMixin, SDKTestCase):

    def test_snapshot(self):
        volume = self.until_available(self.storage.create_volume(size=1))
        self.write(volume, OLD)
        snapshot = self.until_available(self.storage.create_snapshot(
            volume_id=volume.id, name='before'))
        self.write(volume, NEW)
        restored = self.until_available(self.storage.create_volume(
            size=1, snapshot_id=snapshot.id))
        self.assertEqual(OLD, self.read(restored, len(OLD)))
        self.storage.revert_volume_to_snapshot(volume, snapshot)
        self.until_available(volume)
        self.assertEqual(OLD, self.read(volume, len(OLD)))
        self.until_available(snapshot)
        self.storage.delete_snapshot(snapshot)
        self.storage.wait_for_delete(snapshot, interval=0.1)

    def test_snapshot_statuses(self):
        snapshot = self.create_snapshot(self.create_volume())
        for status in states.SNAPSHOT_STATUSES:
            self.storage.reset_snapshot_status(snapshot.id, status)
            self.assertEqual(
                status, self.storage.get_snapshot(snapshot.id).status)
            [listed] = self.storage.snapshots(status=status)
            self.assertEqual((snapshot.id, status),
                             (listed.id, listed.status))

    def test_attachment(self):
        self.storage.default_microversion = (
            self.environment['OS_VOLUME_API_VERSION'])
        volume = self.create_volume()
        made = self.storage.create_attachment(
            volume.id, connector={'host': 'laptop'}, instance=SERVER)
        self.assertEqual('local', made.connection_info['driver_volume_type'])
        self.storage.complete_attachment(made)
        self.assertEqual('in-use', self.storage.get_volume(volume.id).status)
        self.assertEqual([(made.id, SERVER)], [
            (each.id, each.instance)
            for each in self.storage.attachments(details=True)])
        self.storage.extend_volume(volume.id, 2)
        cloud.until(lambda: self.storage.get_volume(volume.id).status
                    == 'in-use', 'the end of an extension')
        self.storage.delete_attachment(made)
        self.until_available(self.storage.get_volume(volume.id))

    def test_what_is_in_a_project(self):
        self.storage.default_microversion = (
            self.environment['OS_VOLUME_API_VERSION'])
        volume = self.create_volume(2)
        summary = self.storage.summary(all_projects=False)
        self.assertEqual((1, 2), (summary.total_count, summary.total_size))
        self.assertTrue(all(
            zone.state['available']
            for zone in self.storage.availability_zones()))
        # An administrator sees every project's messages.
        self.assertEqual([], [message for message in self.storage.messages()
                              if message.resource_uuid == volume.id])

    def test_cloud_layer(self):
        """What Ansible's modules are made of."""
        volume = self.connection.create_volume(1, name='disk', wait=True)
        self.assertEqual('available', volume.status)
        snapshot = self.connection.create_volume_snapshot(
            volume.id, wait=True)
        self.assertEqual('available', snapshot.status)
        self.assertTrue(self.connection.delete_volume_snapshot(
            snapshot.id, wait=True))
        self.assertTrue(self.connection.delete_volume('disk', wait=True))

    def test_cloud_by_name(self):
        connection = openstack.connect(cloud='evs-fake')
        self.addCleanup(connection.close)
        volume = self.create_volume()
        self.assertEqual(
            [volume.id], [v.id for v in connection.block_storage.volumes()])

    def test_highest_microversion(self):
        self.storage.default_microversion = (
            self.environment['OS_VOLUME_API_VERSION'])
        volume = self.until_available(self.storage.create_volume(size=1))
        snapshot = self.until_available(
            self.storage.create_snapshot(volume_id=volume.id))
        self.assertEqual([snapshot.id],
                         [each.id for each in self.storage.snapshots()])


class TestOlderVersion(ProxyMixin, SDKTestCase):
    """EVS's ``/v2``, with the API of OpenStack below it."""

    def connect(self):
        return openstack.connect(
            load_yaml_config=False, load_envvars=False,
            auth_type='admin_token', auth={
                'endpoint': '%s/v2/%s' % (self.cloud.url, self.project),
                'token': 'admin:' + self.project})

    def test_proxy(self):
        self.assertIsInstance(self.storage, v2_proxy.Proxy)
        self.assertEqual(
            '%s/v2/%s' % (self.cloud.url, self.project),
            self.storage.get_endpoint())

    def test_volume_from_snapshot(self):
        volume = self.create_volume()
        self.write(volume, OLD)
        snapshot = self.until_available(self.storage.create_snapshot(
            volume_id=volume.id, name='before'))
        self.write(volume, NEW)
        restored = self.until_available(self.storage.create_volume(
            size=1, snapshot_id=snapshot.id))
        self.assertEqual(OLD, self.read(restored, len(OLD)))
        self.storage.delete_snapshot(snapshot)
        self.storage.wait_for_delete(snapshot, interval=0.1)
