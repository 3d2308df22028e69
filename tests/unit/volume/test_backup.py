# SPDX-License-Identifier: Apache-2.0
"""The device that cinder-backup reads, and the system's snapshot."""

from unittest import mock

import fixtures
from cinder import objects
from cinder.volume import rpcapi

from evs_fake import exception
from evs_fake.volume import system_snapshot
from tests.unit import database
from tests.unit.volume import base


class BackupTestCase(base.ManagerTestCase):

    def setUp(self):
        super().setUp()
        self.volume = self.create_volume()
        self.write(self.volume, base.OLD)

    def create_backup(self, **kwargs):
        backup = objects.Backup(self.context, **{
            'volume_id': self.volume.id, 'status': 'creating',
            'user_id': database.USER, 'project_id': database.PROJECT,
            'size': 1, 'host': 'unit', 'display_name': 'backup', **kwargs})
        backup.create()
        return backup

    def get_device(self, backup):
        return self.manager.get_backup_device(
            self.context, backup, want_objects=True)

    def assert_failed(self, backup, reason):
        backup.refresh()
        self.assertEqual('error', backup.status)
        self.assertIn(reason, backup.fail_reason)


class VolumeBackupTest(BackupTestCase):

    def setUp(self):
        super().setUp()
        self.volume.previous_status = 'in-use'
        self.volume.status = 'backing-up'
        self.volume.save()
        self.backup = self.create_backup()

    def test_device_is_the_systems_snapshot(self):
        device = self.get_device(self.backup)
        self.write(self.volume, base.NEW)
        snapshot = objects.Snapshot.get_by_id(
            self.context, self.backup.temp_snapshot_id)
        self.assertTrue(device.is_snapshot)
        self.assertTrue(device.secure_enabled)
        self.assertEqual(snapshot.id, device.snapshot.id)
        self.assertEqual(('backing-up', '100%', False),
                         (snapshot.status, snapshot.progress,
                          snapshot.use_quota))
        self.assertEqual('autobk_snapshot_vbs_' + self.backup.id[:8],
                         snapshot.display_name)
        self.assertEqual(database.PROJECT, snapshot.project_id)
        self.assertEqual(database.USER, snapshot.user_id)
        self.assertTrue(system_snapshot.is_named_so(snapshot))
        with open(self.engine.snapshot_path(snapshot.id), 'rb') as file:
            self.assertEqual(base.OLD, file.read(len(base.OLD)))

    def test_linked_before_it_exists(self):
        seen = []
        create = system_snapshot.db_api.snapshot_create

        def snapshot_create(context, values):
            linked = objects.Backup.get_by_id(self.context, self.backup.id)
            seen.append((linked.temp_snapshot_id, values['id'],
                         self.engine.snapshot_ids()))
            return create(context, values)

        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.volume.system_snapshot.db_api.snapshot_create',
            snapshot_create))
        self.get_device(self.backup)
        linked = self.backup.temp_snapshot_id
        self.assertEqual([(linked, linked, set())], seen)

    def assert_failed_without_a_trace(self, error, reason):
        self.assertRaises(error, self.get_device, self.backup)
        self.assert_failed(self.backup, reason)
        self.assertIsNone(self.backup.temp_snapshot_id)
        self.volume.refresh()
        self.assertEqual(('in-use', 'error_backing-up'),
                         (self.volume.status, self.volume.previous_status))
        self.assertEqual([], list(objects.SnapshotList.get_all(
            self.admin, {})))
        self.assertEqual(set(), self.engine.snapshot_ids())

    def test_injected_failure(self):
        self.volume.metadata = {'evs_fake:backup-create': 'fail:no tape'}
        self.volume.save()
        self.assert_failed_without_a_trace(
            exception.InjectedFailure, 'no tape')

    def test_storage_failure(self):
        self.engine.delete_volume(self.volume.id)
        self.assert_failed_without_a_trace(
            exception.StorageObjectNotFound, self.volume.id)

    def test_failure_before_the_record(self):
        def snapshot_create(_context, _values):
            raise exception.StorageError(data='database is away')

        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.volume.system_snapshot.db_api.snapshot_create',
            snapshot_create))
        self.assert_failed_without_a_trace(
            exception.StorageError, 'database is away')

    def test_failure_that_leaves_bytes(self):
        """The backup ends all the same; the snapshot goes later."""
        self.volume.metadata = {'evs_fake:backup-create': 'fail'}
        self.volume.save()
        with self.refuse_to_delete():
            self.assertRaises(exception.InjectedFailure,
                              self.get_device, self.backup)
        self.assert_failed(self.backup, 'Injected')
        self.assertIsNone(self.backup.temp_snapshot_id)
        snapshot, = objects.SnapshotList.get_all(self.admin, {})
        self.assertEqual(
            ('error_deleting', {snapshot.id}),
            (snapshot.status, self.engine.snapshot_ids()))
        self.assert_deleted_later(snapshot)

    def test_deletion_that_fails(self):
        """Nobody else would ask again."""
        snapshot = self.finished()
        with self.refuse_to_delete():
            self.assertRaises(
                exception.StorageError, self.manager.delete_snapshot,
                self.context, snapshot)
        snapshot.refresh()
        self.assertEqual('error_deleting', snapshot.status)
        self.assert_deleted_later(snapshot)

    def test_not_deleted_while_it_is_read(self):
        """Whatever an administrator has made of its status."""
        self.get_device(self.backup)
        snapshot = objects.Snapshot.get_by_id(
            self.admin, self.backup.temp_snapshot_id)
        snapshot.status = 'error_deleting'
        snapshot.save()
        self.assertEqual([], self.asked_to_delete())

    def test_tenants_deletions_stay_failed(self):
        """Of a snapshot of the tenant's, that is for him to see."""
        for options in ({}, {'use_quota': False},
                        {'display_name': 'autobk_snapshot_vbs_12345678'}):
            database.create_snapshot(self.volume, 'error_deleting', **options)
        self.assertEqual([], self.asked_to_delete())

    def test_others_are_asked_for_theirs(self):
        snapshot = self.finished()
        snapshot.status = 'error_deleting'
        snapshot.save()
        self.volume.host = 'unit@other#other'
        self.volume.save()
        self.assertEqual([], self.asked_to_delete())

    def finished(self):
        """The system's snapshot once its backup has ended."""
        self.get_device(self.backup)
        snapshot = objects.Snapshot.get_by_id(
            self.admin, self.backup.temp_snapshot_id)
        snapshot.status = 'deleting'
        snapshot.save()
        self.backup.temp_snapshot_id = None
        self.backup.save()
        return snapshot

    def refuse_to_delete(self):
        """As a pool that became read-only meanwhile."""
        return mock.patch.object(
            type(self.engine), 'delete_snapshot',
            side_effect=exception.StorageError(data='read-only'))

    def asked_to_delete(self):
        """Of what, in what cinder-volume does once a minute."""
        with mock.patch.object(rpcapi.VolumeAPI, 'delete_snapshot') as asked:
            self.driver.get_volume_stats(refresh=True)
        return [call.args[1] for call in asked.call_args_list]

    def assert_deleted_later(self, snapshot):
        asked, = self.asked_to_delete()
        self.assertEqual((snapshot.id, 'deleting'), (asked.id, asked.status))
        self.assertEqual([], self.asked_to_delete())
        self.manager.delete_snapshot(self.context, asked)
        self.assertEqual([], list(objects.SnapshotList.get_all(
            self.admin, {})))
        self.assertEqual(set(), self.engine.snapshot_ids())


class SnapshotBackupTest(BackupTestCase):

    def setUp(self):
        super().setUp()
        self.snapshot = self.create_snapshot(self.volume)
        self.snapshot.status = 'backing-up'
        self.snapshot.save()
        self.backup = self.create_backup(snapshot_id=self.snapshot.id)

    def test_device_is_the_snapshot(self):
        device = self.get_device(self.backup)
        self.assertEqual(self.snapshot.id, device.snapshot.id)
        self.assertIsNone(self.backup.temp_snapshot_id)
        self.assertEqual({self.snapshot.id}, self.engine.snapshot_ids())

    def test_failure(self):
        self.snapshot.metadata = {'evs_fake:backup-create': 'fail:no tape'}
        self.snapshot.save()
        self.assertRaises(exception.InjectedFailure,
                          self.get_device, self.backup)
        self.assert_failed(self.backup, 'no tape')
        self.snapshot.refresh()
        self.volume.refresh()
        self.assertEqual(('available', 'available'),
                         (self.snapshot.status, self.volume.status))
        self.assertEqual({self.snapshot.id}, self.engine.snapshot_ids())


class RestoreTest(BackupTestCase):

    def test_size_of_what_ends_in_zeros(self):
        """cinder-backup truncates the file, and leaves such an end out."""
        for status in ('restoring-backup', 'creating'):
            self.check_size(status)

    def check_size(self, status):
        self.volume.status = status
        self.volume.save()
        connection = self.driver.initialize_connection(self.volume, {})
        with open(connection['data']['device_path'], 'wb') as device:
            device.write(base.NEW)
        self.driver.terminate_connection(self.volume, {})
        self.assertEqual(
            self.volume.size << 30, self.engine.volume_size(self.volume.id))
        self.assertEqual(base.NEW, self.read(self.volume))
