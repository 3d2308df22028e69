# SPDX-License-Identifier: Apache-2.0
"""Volumes attached by iSCSI, to a real initiator, byte for byte."""

import os
import pathlib
import socket

import fixtures
from cinderclient import exceptions as cinder_exceptions

from tests.functional import base
from tests.functional import cloud
from tests.functional import target

GIB = 1 << 30
SIZE = 4 << 20

CONFIG = """
[DEFAULT]
debug = true

[evs-1]
evs_fake_attach = target
target_helper = tgtadm
target_ip_address = 127.0.0.1
target_port = %d
"""


class TestISCSI(base.CloudTestCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if missing := target.missing():
            reason = 'needs the packages ' + missing
            # Whoever has not got them may well run the other tests; CI,
            # which installs them, must not leave these out.
            if 'CI' in os.environ:
                raise AssertionError(reason)
            raise cls.skipException(reason)
        cls.daemon = cls.use_fixture(target.TargetDaemon())
        cls.own = cls.use_fixture(cloud.CloudFixture(
            CONFIG % cls.daemon.port, cls.daemon.environment)).cloud
        cls.daemon.include(cls.own.state_dir / 'volumes')
        cls.own.start()
        cls.type_of('iscsi', {})
        cls.type_of('shared', {'multiattach': '<is> True'})

    @classmethod
    def use_fixture(cls, fixture):
        cls.addClassCleanup(fixture.cleanUp)
        fixture.setUp()
        return fixture

    @classmethod
    def type_of(cls, name, extra_specs):
        cls.own.client().volume_types.create(name).set_keys(
            {'volume_backend_name': 'evs-1', **extra_specs})

    def setUp(self):
        super().setUp()
        self.files = pathlib.Path(
            self.useFixture(fixtures.TempDir()).path)

    def make_cloud(self):
        return self.own

    def create_volume(self, size=1, volume_type='iscsi', **kwargs):
        return super().create_volume(size, volume_type=volume_type, **kwargs)

    def delete(self, volume):
        self.cinder.volumes.delete(volume, cascade=True)
        self.wait_gone(self.cinder.volumes, volume)

    def attach(self, volume, **connector):
        """Attach as a server; the attachment and the connection."""
        attachment = self.cinder.attachments.create(
            volume.id, {**target.CONNECTOR, **connector}, None)
        self.cinder.attachments.complete(attachment['id'])
        self.wait_for(self.cinder.volumes, volume, 'in-use')
        return attachment['id'], attachment['connection_info']

    def detach(self, attachment, volume, status='available'):
        self.cinder.attachments.delete(attachment)
        self.wait_for(self.cinder.volumes, volume, status)

    # Bytes, as the initiator sees them

    def write_random(self, connection):
        data = os.urandom(SIZE)
        path = self.files / 'written'
        path.write_bytes(data)
        target.Initiator(connection).write(path)
        return data

    def read_back(self, connection):
        return target.Initiator(connection).read(SIZE, self.files / 'read')

    def assert_nothing_served(self):
        self.assertEqual('', self.daemon.targets())
        self.assertEqual(
            [], list((self.cloud.state_dir / 'volumes').glob('*')))

    # Tests

    def test_round_trip(self):
        volume = self.create_volume()
        attachment, connection = self.attach(volume)
        self.assertEqual('iscsi', connection['driver_volume_type'])
        self.assertEqual('CHAP', connection['auth_method'])
        self.assertEqual(GIB, target.Initiator(connection).size())
        log = self.cloud.log()
        self.assertIn(' DEBUG ', log)
        self.assertNotIn(connection['auth_password'], log)
        old = self.write_random(connection)
        snapshot = self.cinder.volume_snapshots.create(volume.id, force=True)
        self.wait_for(self.cinder.volume_snapshots, snapshot, 'available')
        new = self.write_random(connection)
        self.assertEqual(new, self.read_back(connection))
        self.detach(attachment, volume)
        self.assert_nothing_served()

        self.assertEqual(202, self.rollback(snapshot, volume).status_code)
        self.wait_for(self.cinder.volumes, volume, 'available')
        attachment, connection = self.attach(volume)
        self.assertEqual(old, self.read_back(connection))
        self.detach(attachment, volume)
        self.delete(volume)
        self.assert_nothing_served()

    def test_wrong_password(self):
        volume = self.create_volume()
        attachment, connection = self.attach(volume)
        wrong = {**connection, 'auth_password': 'x' * 16}
        error = self.assertRaises(
            target.Refused, target.Initiator(wrong).size)
        self.assertIn('Authentication failure', str(error))
        self.assertEqual(GIB, target.Initiator(connection).size())
        self.detach(attachment, volume)
        self.assert_nothing_served()

    def test_rollback_cuts_off_who_never_detached(self):
        volume = self.create_volume()
        connection = self.cinder.volumes.initialize_connection(
            volume, target.CONNECTOR)['data']
        old = self.write_random(connection)
        snapshot = self.create_snapshot(volume)
        self.write_random(connection)
        self.assertEqual(202, self.rollback(snapshot, volume).status_code)
        self.wait_for(self.cinder.volumes, volume, 'available')
        self.assert_nothing_served()
        self.assertRaises(target.Refused, self.read_back, connection)
        connection = self.cinder.volumes.initialize_connection(
            volume, target.CONNECTOR)['data']
        self.assertEqual(old, self.read_back(connection))
        self.delete(volume)
        self.assert_nothing_served()

    def test_extend_while_attached(self):
        volume = self.create_volume()
        attachment, connection = self.attach(volume)
        data = self.write_random(connection)
        self.cinder.volumes.extend(volume, 2)
        self.wait_for(self.cinder.volumes, volume, 'in-use')
        initiator = target.Initiator(connection)
        self.assertEqual(2 * GIB, initiator.size())
        self.assertEqual(data, self.read_back(connection))
        self.detach(attachment, volume)

    def test_two_clients(self):
        volume = self.create_volume(volume_type='shared')
        first, connection = self.attach(volume)
        second, other = self.attach(
            volume, host='other', initiator='iqn.2016-04.org.example:other')
        data = self.write_random(connection)
        self.assertEqual(data, self.read_back(other))
        self.detach(first, volume, status='in-use')
        self.assertEqual(data, self.read_back(other))
        self.fail_to_attach(volume)
        self.assertEqual(data, self.read_back(other))
        self.detach(second, volume)
        self.assert_nothing_served()

    def fail_to_attach(self, volume):
        fault = {'evs_fake:connection-initialize': 'fail'}
        self.cinder.volumes.set_metadata(volume, fault)
        self.assertRaises(
            cinder_exceptions.ClientException, self.attach, volume)
        self.cinder.volumes.delete_metadata(volume, list(fault))
        failed, = (each for each in self.cinder.attachments.list(
            search_opts={'volume_id': volume.id})
            if each.status != 'attached')
        self.cinder.attachments.delete(failed)

    def test_backup(self):
        volume = self.create_volume()
        attachment, connection = self.attach(volume)
        old = self.write_random(connection)
        backup = self.cinder.backups.create(volume.id, force=True)
        self.wait_for(self.cinder.backups, backup, 'available')
        new = self.write_random(connection)
        self.assertEqual(new, self.read_back(connection))
        self.detach(attachment, volume)
        self.cinder.restores.restore(backup.id, volume.id)
        self.wait_for(self.cinder.backups, backup, 'available')
        self.wait_for(self.cinder.volumes, volume, 'available')
        attachment, connection = self.attach(volume)
        self.assertEqual(old, self.read_back(connection))
        self.detach(attachment, volume)

    def test_restart(self):
        volume = self.create_volume()
        attachment, connection = self.attach(volume)
        data = self.write_random(connection)
        self.cloud.kill()
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual('', self.daemon.targets())
        self.cloud.start()
        self.cinder = self.cloud.client(self.project)
        self.assertEqual(data, self.read_back(connection))
        self.detach(attachment, volume)
        self.assert_nothing_served()

    def test_client_without_initiator(self):
        volume = self.create_volume()
        connector = {'host': 'client'}
        error = self.assertRaises(
            cinder_exceptions.BadRequest,
            self.cinder.volumes.initialize_connection, volume, connector)
        self.assertIn('initiator', str(error))
        # On the very host there is another way.
        connection = self.cinder.volumes.initialize_connection(
            volume, {'host': socket.gethostname()})
        self.assertEqual('local', connection['driver_volume_type'])
        self.assert_nothing_served()

    def test_protocol_of_the_pools(self):
        self.assertEqual(
            {'evs-1': 'iSCSI', 'evs-2': 'local'},
            {pool.pool_name: pool.storage_protocol
             for pool in self.cinder.pools.list(detailed=True)})
