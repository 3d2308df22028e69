# SPDX-License-Identifier: Apache-2.0

import fixtures
import testtools
from cinder.backup.drivers import posix

from evs_fake.cloud import backup
from evs_fake.cloud import backup_manager

THEIRS = 'cinder.backup.drivers.posix.PosixBackupDriver'
OURS = 'evs_fake.cloud.backup.PosixBackupDriver'


class BackupManagerTest(testtools.TestCase):

    def make(self, name, driver):
        def init(manager):
            manager.driver_name = name
            manager.service = driver

        # Cinder's own wants a transport.
        self.useFixture(fixtures.MonkeyPatch(
            'cinder.backup.manager.BackupManager.__init__', init))
        return backup_manager.BackupManager()

    def test_our_driver_has_the_name_of_cinders(self):
        made = self.make(OURS, backup.PosixBackupDriver)
        self.assertEqual(THEIRS, made.driver_name)

    def test_another_driver_keeps_its_name(self):
        made = self.make('another', posix.PosixBackupDriver)
        self.assertEqual('another', made.driver_name)
        self.assertFalse(made._is_our_backup(OURS))

    def test_backups_of_both_names_and_no_others(self):
        made = self.make(OURS, backup.PosixBackupDriver)
        self.assertTrue(made._is_our_backup(THEIRS))
        self.assertTrue(made._is_our_backup(OURS))
        self.assertFalse(made._is_our_backup(
            'cinder.backup.drivers.nfs.NFSBackupDriver'))
