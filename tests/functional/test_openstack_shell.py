# SPDX-License-Identifier: Apache-2.0
"""The stock ``openstack`` command of python-openstackclient."""

import fixtures

from evs_fake import states
from tests.functional import commands
from tests.functional import shell

OLD = b'old bytes ' * 1000
NEW = b'new bytes ' * 1000


class VolumesMixin:

    def named(self, name):
        # An administrator's shell finds some names in every project.
        return '%s-of-%s' % (name, self.project)

    def test_volume(self):
        disk, data = self.named('disk'), self.named('data')
        created = self.openstack('volume', 'create', '--size', '1', disk)
        volume = self.cinder.volumes.get(created['id'])
        self.wait_for(self.cinder.volumes, volume, 'available')
        [listed] = self.openstack('volume', 'list')
        self.assertEqual((volume.id, disk, 'available', 1), (
            listed['ID'], listed['Name'], listed['Status'], listed['Size']))

        self.run_openstack('volume', 'set', '--name', data, '--size', '2',
                           '--property', 'key=value', disk)
        self.wait_for(self.cinder.volumes, volume, 'available')
        shown = self.openstack('volume', 'show', data)
        self.assertEqual((volume.id, 2, {'key': 'value'}), (
            shown['id'], shown['size'], shown['properties']))

        self.run_openstack('volume', 'delete', data)
        self.wait_gone(self.cinder.volumes, volume)

    def test_snapshot(self):
        disk, before, after = map(self.named, ('disk', 'before', 'after'))
        volume = self.create_volume(name=disk)
        created = self.openstack('volume', 'snapshot', 'create',
                                 '--volume', disk, before)
        snapshot = self.cinder.volume_snapshots.get(created['id'])
        self.wait_for(self.cinder.volume_snapshots, snapshot, 'available')
        [listed] = self.openstack('volume', 'snapshot', 'list')
        self.assertEqual((snapshot.id, before, 'available'), (
            listed['ID'], listed['Name'], listed['Status']))

        self.run_openstack('volume', 'snapshot', 'set', '--name', after,
                           '--property', 'key=value', before)
        shown = self.openstack('volume', 'snapshot', 'show', after)
        self.assertEqual((volume.id, {'key': 'value'}),
                         (shown['volume_id'], shown['properties']))

        self.run_openstack('volume', 'snapshot', 'delete', after)
        self.wait_gone(self.cinder.volume_snapshots, snapshot)


class TestOpenStack(VolumesMixin, shell.ShellTestCase):

    def test_volume_from_snapshot(self):
        volume = self.create_volume()
        self.write(volume, OLD)
        snapshot = self.create_snapshot(volume)
        self.write(volume, NEW)
        created = self.openstack('volume', 'create', '--snapshot',
                                 snapshot.id, 'restored')
        restored = self.wait_for(
            self.cinder.volumes, self.cinder.volumes.get(created['id']),
            'available')
        self.assertEqual(OLD, self.read(restored, len(OLD)))

    def test_list_of_volumes_in_use(self):
        """Looks for the server, in a Compute that is not there."""
        volume = self.create_volume()
        attachment = self.cinder.attachments.create(
            volume.id, {'host': 'laptop'}, None)
        self.cinder.attachments.complete(attachment['id'])
        [listed] = self.openstack('volume', 'list')
        self.assertEqual('in-use', listed['Status'])

    def test_snapshot_statuses(self):
        volume = self.create_volume()
        expected = {}
        for status in states.SNAPSHOT_STATUSES:
            snapshot = self.create_snapshot(volume)
            self.cinder.volume_snapshots.reset_state(snapshot, status)
            expected[snapshot.id] = status
        # Its own filter takes a few of Cinder's words only.
        listed = self.openstack('volume', 'snapshot', 'list')
        self.assertEqual(expected,
                         {row['ID']: row['Status'] for row in listed})

    def test_revert(self):
        volume = self.create_volume()
        self.write(volume, OLD)
        snapshot = self.create_snapshot(volume)
        self.write(volume, NEW)
        self.run_openstack('volume', 'revert', snapshot.id)
        self.wait_for(self.cinder.volumes, volume, 'available')
        self.assertEqual(OLD, self.read(volume, len(OLD)))

    def test_backup(self):
        disk, full = self.named('disk'), self.named('full')
        volume = self.create_volume(name=disk)
        self.write(volume, OLD)
        created = self.openstack('volume', 'backup', 'create', '--name',
                                 full, disk)
        backup = self.cinder.backups.get(created['id'])
        self.wait_for(self.cinder.backups, backup, 'available')
        [listed] = self.openstack('volume', 'backup', 'list')
        self.assertEqual((backup.id, full, 'available'), (
            listed['ID'], listed['Name'], listed['Status']))
        self.write(volume, NEW)
        self.run_openstack('volume', 'backup', 'restore', '--force', full,
                           disk)
        self.wait_for(self.cinder.backups, backup, 'available')
        self.wait_for(self.cinder.volumes, volume, 'available')
        self.assertEqual(OLD, self.read(volume, len(OLD)))
        self.run_openstack('volume', 'backup', 'delete', full)
        self.wait_gone(self.cinder.backups, backup)

    def test_administration(self):
        services = self.openstack('volume', 'service', 'list')
        self.assertEqual(
            [(*each, 'up') for each in self.cloud.services],
            sorted((service['Binary'], service['Host'], service['State'])
                   for service in services))
        pools = self.openstack('volume', 'backend', 'pool', 'list')
        self.assertEqual(sorted(self.cloud.pools.values()),
                         sorted(pool['Name'] for pool in pools))
        # Types belong to no project: the name is this test's own.
        name = 'type-' + self.project
        self.run_openstack('volume', 'type', 'create', '--property',
                           'volume_backend_name=evs-2', name)
        self.assertEqual({'volume_backend_name': 'evs-2'}, self.openstack(
            'volume', 'type', 'show', name)['properties'])
        self.run_openstack('volume', 'type', 'delete', name)

    def test_transfer(self):
        volume = self.create_volume()
        created = self.openstack('volume', 'transfer', 'request', 'create',
                                 volume.id)
        other = self.project + '-2'
        self.run_command(
            'openstack', 'volume', 'transfer', 'request', 'accept',
            '--auth-key', created['auth_key'], created['id'],
            environment=self.environment_of(other))
        self.assertEqual(
            volume.id, self.cloud.client(other).volumes.get(volume.id).id)

    def test_without_settings_of_another_cloud(self):
        """What an openrc of another cloud has left does not disturb."""
        for name in ('OS_AUTH_TYPE', 'OS_AUTH_URL', 'OS_USERNAME',
                     'OS_PASSWORD', 'OS_PROJECT_ID', 'OS_PROJECT_NAME',
                     'OS_USER_DOMAIN_NAME', 'OS_TOKEN', 'OS_REGION_NAME'):
            self.useFixture(fixtures.EnvironmentVariable(name, 'other'))
        self.RUN = commands.run_executable
        environment = self.environment_of(self.project)
        volume = self.create_volume()
        for command in (('cinder', 'list'), ('openstack', 'volume', 'list')):
            self.assertIn(volume.id, self.run_command(
                *command, environment=environment))


class TestOpenStackWithoutMicroversion(VolumesMixin, shell.ShellTestCase):

    ENVIRONMENT = {'OS_VOLUME_API_VERSION': None}
