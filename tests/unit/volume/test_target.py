# SPDX-License-Identifier: Apache-2.0
"""Who gets a target, who the file, and when a target goes."""

import socket
import types

import fixtures
import testtools
from cinder import exception as cinder_exception
from cinder import objects
from cinder.objects import fields

from evs_fake import exception
from evs_fake.volume import target
from tests.unit.volume import base

REMOTE = {'host': 'client', 'initiator': 'iqn.2016-04.org.example:client'}
HERE = {**REMOTE, 'host': socket.gethostname()}
HERE_WITHOUT_INITIATOR = {'host': socket.gethostname()}

STATUS = fields.VolumeStatus
LOCATION = '127.0.0.1:3260,1 iqn.2010-10.org.openstack:volume 1'


class Helper:
    """A helper that keeps in mind what it serves, by volume."""

    protocol = 'iSCSI'
    storage_protocol = None

    def __init__(self, configuration=None):
        self.served = {}
        self.broken = False

    def validate_connector(self, connector):
        if 'initiator' not in connector:
            raise cinder_exception.InvalidConnectorException(
                missing='initiator')

    def create_export(self, context, volume, path):
        if self.broken:
            raise FileNotFoundError('tgtadm')
        self.served[volume.id] = path
        return {'location': LOCATION, 'auth': 'CHAP user password'}

    def ensure_export(self, context, volume, path):
        self.served[volume.id] = path

    def remove_export(self, context, volume):
        self.served.pop(volume.id, None)

    def initialize_connection(self, volume, connector):
        return {'driver_volume_type': 'iscsi', 'data': {}}

    def terminate_connection(self, volume, connector, **kwargs):
        pass

    def extend_target(self, volume):
        raise OSError('no such daemon')

    @staticmethod
    def are_same_connector(one, other):
        return one['initiator'] == other.get('initiator')


class HelpersTest(testtools.TestCase):

    def make(self, helper):
        return target.Target(
            types.SimpleNamespace(target_helper=helper),
            dict.fromkeys(target.HELPERS, __name__ + '.Helper'))

    def test_helpers_that_serve_files(self):
        for helper in target.HELPERS:
            self.assertEqual('iSCSI', self.make(helper).storage_protocol)

    def test_others_are_refused(self):
        for helper in ('lioadm', 'scstadmin', 'iscsictl', 'spdk-nvmeof'):
            error = self.assertRaises(
                exception.StorageError, self.make, helper)
            self.assertIn('target_helper = ' + helper, str(error))
            self.assertIn('tgtadm', str(error))


class TargetTest(base.ManagerTestCase):
    """The driver, under Cinder's manager, with a target."""

    def setUp(self):
        super().setUp()
        self.assertLessEqual(
            set(target.HELPERS), set(self.driver.target_mapping))
        self.driver._target = target.Target(
            types.SimpleNamespace(target_helper='tgtadm'),
            {'tgtadm': __name__ + '.Helper'})
        self.served = self.driver._target._helper.served
        self.volume = self.create_volume()

    def connect(self, connector, status='available', migration_status=None):
        """Connect as the API asks for it; what kind of connection it is."""
        self.volume.update({'status': status,
                            'migration_status': migration_status})
        self.volume.save()
        return self.manager.initialize_connection(
            self.context, self.volume, connector)['driver_volume_type']

    def assert_served(self, served):
        self.assertEqual(
            {self.volume.id: self.driver.local_path(self.volume)}
            if served else {}, self.served)

    def test_tenant(self):
        for connector in (REMOTE, HERE):
            for status in (STATUS.AVAILABLE, STATUS.RESERVED,
                           STATUS.ATTACHING, STATUS.IN_USE):
                self.assertEqual('iscsi', self.connect(connector, status))
                self.assert_served(True)
                self.driver.remove_export(self.context, self.volume)
                self.assert_served(False)

    def test_services_of_this_host(self):
        for connector in (HERE, HERE_WITHOUT_INITIATOR):
            for status in (STATUS.DOWNLOADING, STATUS.RESTORING_BACKUP,
                           STATUS.UPLOADING, STATUS.RETYPING):
                self.assertEqual('local', self.connect(connector, status))
            for migration in ('starting', 'migrating', 'target:some-id'):
                self.assertEqual('local', self.connect(
                    connector, migration_status=migration))
        self.assert_served(False)

    def test_services_of_another_host(self):
        self.assertEqual('iscsi', self.connect(
            REMOTE, migration_status='migrating'))
        self.assert_served(True)

    def test_after_a_migration(self):
        for migration in ('success', 'error'):
            self.assertEqual('iscsi', self.connect(
                HERE, migration_status=migration))

    def test_attaching_to_where_a_used_volume_migrates(self):
        self.assertEqual('iscsi', self.connect(
            HERE, STATUS.RESERVED, 'target:some-id'))

    def test_without_initiator(self):
        self.assertRaises(cinder_exception.InvalidInput,
                          self.connect, {'host': 'client'})
        self.assertEqual('local', self.connect(HERE_WITHOUT_INITIATOR))
        self.assert_served(False)

    def test_nothing_that_serves(self):
        self.driver._target._helper.broken = True
        error = self.assertRaises(
            cinder_exception.VolumeBackendAPIException, self.connect, REMOTE)
        self.assertIn('target of %s: tgtadm' % self.volume.id, str(error))

    def test_snapshot_is_never_served(self):
        snapshot = self.create_snapshot(self.volume)
        for connector in (HERE, REMOTE):
            connection = self.manager.initialize_connection_snapshot(
                self.context, snapshot.id, connector)
            self.assertEqual('local', connection['driver_volume_type'])
        self.assertEqual({}, self.served)

    def test_reading_for_an_image_leaves_others_attached(self):
        self.connect(REMOTE, STATUS.IN_USE)
        self.assertEqual('local', self.connect(HERE, STATUS.UPLOADING))
        self.manager.terminate_connection(self.context, self.volume.id, HERE)
        self.manager.remove_export(self.context, self.volume.id)
        self.assert_served(True)

    def test_failure_of_one_more_leaves_others_attached(self):
        self.connect(REMOTE, STATUS.IN_USE)
        attachments = [objects.VolumeAttachment(
            self.admin, volume_id=self.volume.id, attach_status=status)
            for status in ('attached', 'reserved')]
        for each in attachments:
            each.create()
        self.driver.remove_export(self.context, self.volume)
        self.assert_served(True)
        attachments[0].destroy()
        self.driver.remove_export(self.context, self.volume)
        self.assert_served(False)

    def test_terminate_without_connector(self):
        self.connect(REMOTE)
        self.manager.terminate_connection(
            self.context, self.volume.id, None, force=True)

    def test_served_again_after_a_restart(self):
        self.connect(REMOTE)
        self.served.clear()
        self.driver.ensure_export(self.context, self.volume)
        self.assert_served(True)

    def test_who_has_the_file_is_not_served_after_a_restart(self):
        self.connect(HERE_WITHOUT_INITIATOR)
        self.driver.ensure_export(self.context, self.volume)
        self.assert_served(False)

    def test_rollback(self):
        snapshot = self.create_snapshot(self.volume)
        self.connect(REMOTE)
        self.rollback(self.volume, snapshot)
        self.assertEqual('available', self.volume.status)
        self.assert_served(False)

    def test_migration_by_the_driver(self):
        self.connect(REMOTE)
        other = self.useFixture(fixtures.TempDir()).path
        moved, _update = self.driver.migrate_volume(
            self.context, self.volume,
            {'host': 'unit@other#other', 'capabilities': {
                'location_info': 'EVSFakeDriver:%s:file:%s' % (
                    socket.gethostname(), other)}})
        self.assertTrue(moved)
        self.assertEqual({}, self.served)

    def test_delete(self):
        self.connect(REMOTE)
        self.manager.delete_volume(self.context, self.volume)
        self.assertEqual({}, self.served)

    def test_extend_that_clients_cannot_see(self):
        self.driver.extend_volume(self.volume, 2)
        self.connect(REMOTE)
        error = self.assertRaises(
            cinder_exception.TargetUpdateFailed,
            self.driver.extend_volume, self.volume, 3)
        self.assertIn(self.volume.id, str(error))

    def test_statistics(self):
        stats = self.driver.get_volume_stats(refresh=True)
        self.assertEqual('iSCSI', stats['storage_protocol'])

    def test_options(self):
        self.assertLessEqual(
            set(target.OPTIONS),
            {option.name for option in self.driver.get_driver_options()})
