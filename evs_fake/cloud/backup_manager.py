# SPDX-License-Identifier: Apache-2.0
"""Cinder's backup manager, whose backups are known as Cinder's driver's."""

from typing import Any

from cinder import objects
from cinder.backup import manager

from evs_fake.cloud import backup

#: The driver whose format ours writes.
_NAME = 'cinder.backup.drivers.posix.PosixBackupDriver'

#: What backups have that were made before they had that name.
_FORMER_NAME = 'evs_fake.cloud.backup.PosixBackupDriver'


class BackupManager(manager.BackupManager):
    """Says of a backup which of Cinder's drivers restores it.

    That is in the record of an exported backup, and in that of one that is
    imported: any Cinder with a posix driver takes ours, and ours takes
    theirs.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.service is backup.PosixBackupDriver:
            self.driver_name = _NAME

    def _is_our_backup(self, backup: objects.Backup | str) -> bool:
        service = backup if isinstance(backup, str) else backup.service
        if service == _FORMER_NAME and self.driver_name == _NAME:
            return True
        return super()._is_our_backup(backup)
