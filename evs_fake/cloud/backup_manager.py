# SPDX-License-Identifier: Apache-2.0
"""Cinder's backup manager, whose backups are known as Cinder's driver's.

And have the size that they are counted as.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cinder import context as cinder_context
from cinder import objects
from cinder.backup import manager

from evs_fake.cloud import backup

#: The driver whose format ours writes.
_NAME = 'cinder.backup.drivers.posix.PosixBackupDriver'

#: What backups have that were made before they had that name.
_FORMER_NAME = 'evs_fake.cloud.backup.PosixBackupDriver'


class BackupManager(manager.BackupManager):
    """Says of a backup which of Cinder's drivers restores it, and its size.

    The former is in the record of an exported backup, and in that of one that
    is imported: any Cinder with a posix driver takes ours, and ours takes
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

    def _finish_backup(self, context: cinder_context.RequestContext,
                       backup: objects.Backup, volume: objects.Volume,
                       updates: Mapping[str, Any] | None) -> None:
        """Put down that a backup is made.

        With the size that was taken from the quota, which its deletion gives
        back. Cinder says the volume's, which may have been extended while its
        snapshot was backed up.
        """
        super()._finish_backup(
            context, backup, volume, {**(updates or {}), 'size': backup.size})
