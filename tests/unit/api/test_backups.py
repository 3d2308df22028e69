# SPDX-License-Identifier: Apache-2.0
"""The API of backups: nobody comes between a look and what follows it."""

import fixtures
from cinder import exception
from cinder import objects
from cinder.backup import api as cinder_api

from evs_fake.api import backups
from tests.unit import database
from tests.unit.api import base


class BackupsTest(base.ApiTestCase):

    def setUp(self):
        super().setUp()
        self.volume = database.create_volume()
        self.snapshot = database.create_snapshot(self.volume)
        self.useFixture(fixtures.MockPatchObject(
            cinder_api.API, '_get_available_backup_service_host',
            return_value='unit'))
        for module, methods in (
                ('backup', ('create_backup', 'delete_backup',
                            'restore_backup')),
                ('scheduler', ('create_backup',))):
            api = '%s.%sAPI' % (
                'cinder.%s.rpcapi' % module, module.capitalize())
            self.useFixture(fixtures.MockPatch(
                api + '.__init__', return_value=None))
            for method in methods:
                setattr(self, '%s_%s' % (module, method), self.useFixture(
                    fixtures.MockPatch('%s.%s' % (api, method))).mock)
        self.useFixture(fixtures.MockPatchObject(
            backups, '_lock', side_effect=self.locked))
        self.context = database.context(is_admin=True)
        self.api = backups.API()
        self.locks = []

    def locked(self, volume_id):
        self.locks.append(volume_id)
        return fixtures.Fixture()

    def create(self, **kwargs):
        return self.api.create(self.context, 'b', None, self.volume.id, None,
                               **kwargs)

    def status(self, found):
        return type(found).get_by_id(self.context, found.id).status

    def overtake(self, found, status):
        """Have another request come between the look and what follows."""
        look = type(found).get_by_id.__func__

        def get_by_id(cls, *args, **kwargs):
            seen = look(cls, *args, **kwargs)
            if seen.id == found.id and found.status != status:
                found.status = status
                found.save()
            return seen

        self.useFixture(fixtures.MockPatchObject(
            type(found), 'get_by_id', classmethod(get_by_id)))

    def test_volume(self):
        self.volume.status = 'in-use'
        self.volume.save()
        backup = self.create(force=True)
        self.volume.refresh()
        self.assertEqual(('backing-up', 'in-use', 'creating'), (
            self.volume.status, self.volume.previous_status, backup.status))
        self.scheduler_create_backup.assert_called_once()

    def test_snapshot(self):
        self.create(snapshot_id=self.snapshot.id)
        self.assertEqual(('available', 'backing-up'), (
            self.status(self.volume), self.status(self.snapshot)))

    def test_refused_as_by_cinder(self):
        self.volume.status = 'in-use'
        self.volume.save()
        error = self.assertRaises(exception.InvalidVolume, self.create)
        self.assertIn('force', str(error))
        self.assertEqual('in-use', self.status(self.volume))
        self.assertRaises(exception.InvalidBackup, self.create, force=True,
                          incremental=True)
        self.volume.refresh()
        self.assertEqual(('in-use', None), (
            self.volume.status, self.volume.previous_status))

    def test_increment_of_what_failed_early(self):
        """Such a backup has no service yet."""
        backup = self.made('error')
        backup.service = None
        backup.save()
        self.assertRaises(exception.InvalidBackup, self.create,
                          incremental=True)
        self.assertEqual('available', self.status(self.volume))

    def test_volume_that_was_deleted_meanwhile(self):
        self.overtake(self.volume, 'deleting')
        self.assertRaises(exception.InvalidVolume, self.create)
        self.assertEqual('deleting', self.status(self.volume))
        self.assertEqual([], list(objects.BackupList.get_all(self.context)))

    def test_snapshot_that_was_deleted_meanwhile(self):
        self.overtake(self.snapshot, 'deleting')
        self.assertRaises(exception.InvalidSnapshot, self.create,
                          snapshot_id=self.snapshot.id)
        self.assertEqual('deleting', self.status(self.snapshot))

    def made(self, status='available'):
        backup = self.create()
        backup.status = status
        backup.service = 'posix'
        backup.save()
        self.volume.refresh()
        self.volume.status = 'available'
        self.volume.save()
        return backup

    def test_restoration(self):
        backup = self.made()
        self.api.restore(self.context, backup.id, self.volume.id)
        self.assertEqual(('restoring-backup', 'restoring'), (
            self.status(self.volume), self.status(backup)))
        self.backup_restore_backup.assert_called_once()

    def test_restoration_to_a_volume_that_was_taken_meanwhile(self):
        backup = self.made()
        self.overtake(self.volume, 'deleting')
        self.assertRaises(exception.InvalidVolume, self.api.restore,
                          self.context, backup.id, self.volume.id)
        self.assertEqual(('deleting', 'available'), (
            self.status(self.volume), self.status(backup)))
        self.backup_restore_backup.assert_not_called()

    def test_deletion(self):
        backup = self.made()
        stale = objects.Backup.get_by_id(self.context, backup.id)
        self.api.delete(self.context, backup)
        self.assertEqual('deleting', self.status(backup))
        self.assertRaises(exception.InvalidBackup, self.api.delete,
                          self.context, stale)
        self.backup_delete_backup.assert_called_once()
        self.assertIn(self.volume.id, self.locks)

    def test_deletion_of_a_parent_is_refused(self):
        parent = self.made()
        child = self.create(incremental=True)
        self.assertEqual(parent.id, child.parent_id)
        self.assertRaises(exception.InvalidBackup, self.api.delete,
                          self.context, parent)
        self.assertEqual('available', self.status(parent))
