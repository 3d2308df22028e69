# SPDX-License-Identifier: Apache-2.0
"""A back end fails over to the directory that its replicas are in."""

import pathlib

import fixtures
from cinderclient import exceptions as cinder_exceptions

from tests.functional import base
from tests.functional import cloud

HOST = 'evs-fake@evs-1'
REPLICATED = '<is> True'
FIRST = b'first bytes ' * 1000
SECOND = b'second bytes ' * 1000
THIRD = b'third bytes ' * 1000

CONFIG = """\
[evs-1]
replication_device = backend_id:dr,evs_fake_pool_dir:%s
"""


class TestReplication(base.CloudTestCase):
    """One test, as only a cloud of its own has this back end."""

    def make_cloud(self):
        self.pool = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        own = self.useFixture(cloud.CloudFixture(CONFIG % self.pool)).cloud
        own.start()
        return own

    def service(self):
        found, = self.cinder.services.list(host=HOST, binary='cinder-volume')
        return found

    def until_service(self, status):
        cloud.until(lambda: self.service().replication_status == status,
                    'service %s' % status)

    def replication(self, item):
        return item.manager.get(item.id).replication_status

    def until_replication(self, item, status):
        cloud.until(lambda: self.replication(item) == status,
                    '%s of %s' % (status, item.id))

    def create_group(self, volume_type):
        group_type = self.cinder.group_types.create('type-' + self.project)
        group_type.set_keys({'group_replication_enabled': REPLICATED})
        group = self.cinder.groups.create(group_type.id, volume_type.id)
        self.wait_for(self.cinder.groups, group, 'available')
        return group

    def check_bytes(self, volume, data, where):
        self.forget_device(volume)
        self.assertEqual(data, self.read(volume, len(data)))
        self.assertEqual(where, self.pool in pathlib.Path(
            self.device(volume)).parents)

    def test_failover_and_failback(self):
        self.until_service('enabled')
        volume_type = self.create_type(
            'replicated', {'replication_enabled': REPLICATED})
        plain_type = self.create_type(
            'plain', {'volume_backend_name': 'evs-1'})
        group = self.create_group(volume_type)
        member = self.create_volume(
            volume_type=volume_type.name, group_id=group.id)
        volume = self.create_volume(volume_type=volume_type.name)
        plain = self.create_volume(volume_type=plain_type.name)
        self.assertEqual('enabled', volume.replication_status)
        self.assertEqual('disabled', plain.replication_status)
        for each in (member, volume):
            self.write(each, FIRST)
            self.cinder.volumes.terminate_connection(each, {})
        snapshot = self.create_snapshot(volume)

        # A group, there and back.
        self.assertEqual(
            {'replication_targets': [{'backend_id': 'dr', 'evs_fake_pool_dir':
                                      str(self.pool)}]},
            self.cinder.groups.list_replication_targets(group.id)[1])
        self.cinder.groups.enable_replication(group.id)
        self.until_group(group, 'enabled')
        self.cinder.groups.disable_replication(group.id)
        self.until_group(group, 'disabled')
        self.assertEqual('disabled', self.replication(member))
        self.assertRaises(
            cinder_exceptions.BadRequest,
            self.cinder.groups.failover_replication, group.id)
        self.write(member, SECOND)
        self.cinder.groups.enable_replication(group.id)
        self.until_group(group, 'enabled')
        self.write(member, THIRD)
        self.cinder.groups.failover_replication(
            group.id, secondary_backend_id='dr')
        self.until_group(group, 'failed-over')
        self.check_bytes(member, SECOND, where=True)
        self.write(member, FIRST)
        self.check_bytes(volume, FIRST, where=False)
        self.cinder.groups.failover_replication(
            group.id, secondary_backend_id='default')
        self.until_group(group, 'enabled')
        self.check_bytes(member, FIRST, where=False)

        # One that moves here, since its new type wants it.
        self.move_here(volume_type)

        # What nobody detaches is replicated whenever the back end reports,
        # as it does every minute, and after a retype.
        self.write(volume, SECOND)
        self.cinder.volumes.retype(
            plain, self.create_type(
                'same', {'volume_backend_name': 'evs-1'}).name, 'never')
        replica = self.pool / 'replicas' / volume.id
        cloud.until(
            lambda: self.beginning(replica, len(SECOND)) == SECOND,
            'the replica')

        # The back end, whose pool is gone.
        pool = self.cloud.state_dir / 'pools' / 'evs-1'
        lost = pool.rename(pool.with_name('lost'))
        pool.touch()
        self.cinder.services.failover_host(HOST, 'dr')
        self.until_service('failed-over')
        service = self.service()
        self.assertEqual(('disabled', 'failed-over', 'dr'), (
            service.status, service.disabled_reason,
            service.active_backend_id))
        self.until_replication(volume, 'failed-over')
        self.assertEqual('error', self.cinder.volumes.get(plain.id).status)
        self.check_bytes(volume, SECOND, where=True)
        self.assertEqual(
            202, self.rollback(snapshot, volume).status_code)
        self.wait_for(self.cinder.volumes, volume, 'available')
        self.check_bytes(volume, FIRST, where=True)
        self.write(volume, THIRD)
        self.refuse_failback()

        # And back, when the pool is there again.
        pool.unlink()
        lost.rename(pool)
        self.cinder.services.failover_host(HOST, 'default')
        self.until_service('enabled')
        self.until_replication(volume, 'enabled')
        self.assertEqual('enabled', self.service().status)
        self.check_bytes(volume, THIRD, where=False)
        self.check_bytes(self.create_volume(
            volume_type=volume_type.name, snapshot_id=snapshot.id), FIRST,
            where=False)

        # Frozen.
        self.cinder.services.freeze_host(HOST)
        cloud.until(lambda: self.service().disabled_reason == 'frozen',
                    'the frost')
        refused = self.cinder.volumes.create(
            1, volume_type=volume_type.name)
        self.wait_for(self.cinder.volumes, refused, 'error')
        self.cinder.services.thaw_host(HOST)
        cloud.until(lambda: self.service().status == 'enabled', 'the thaw')
        self.create_volume(volume_type=volume_type.name)

    def move_here(self, volume_type):
        other_type = self.create_type(
            'other', {'volume_backend_name': 'evs-2'})
        moved = self.create_volume(volume_type=other_type.name)
        self.write(moved, THIRD)
        self.cinder.volumes.retype(moved, volume_type.name, 'on-demand')
        cloud.until(lambda: self.cinder.volumes.get(
            moved.id).volume_type == volume_type.name, 'the new type')
        moved = self.wait_for(self.cinder.volumes, moved, 'available')
        self.assertEqual('enabled', moved.replication_status)
        replica = self.pool / 'replicas' / getattr(
            moved, 'os-vol-mig-status-attr:name_id')
        self.assertEqual(THIRD, self.beginning(replica, len(THIRD)))

    @staticmethod
    def beginning(path, size):
        with path.open('rb') as file:
            return file.read(size)

    def create_type(self, name, extra_specs):
        """A type that goes with the cloud."""
        made = self.cinder.volume_types.create(name)
        made.set_keys(extra_specs)
        return made

    def refuse_failback(self):
        """While the primary is not there."""
        self.cinder.services.failover_host(HOST, 'default')
        cloud.until(lambda: 'Error encountered during failover'
                    in self.cloud.log(), 'the refusal')
        self.until_service('failed-over')

    def until_group(self, group, status):
        cloud.until(
            lambda: self.cinder.groups.get(group.id).replication_status
            == status, 'group %s' % status)
