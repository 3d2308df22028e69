# SPDX-License-Identifier: Apache-2.0
"""Refusing what a user asks of a snapshot that belongs to the system.

EVS calls them view-only: made for the backup of a volume, gone after it.
"""

from __future__ import annotations

from cinder import context as cinder_context
from cinder import exception
from cinder import objects
from cinder.i18n import _


def backup_of(context: cinder_context.RequestContext,
              snapshot_id: str) -> objects.Backup | None:
    """The backup for which the system made a snapshot, if it did.

    Cinder's own link decides, not the name: a tenant may give any name.
    """
    backups = objects.BackupList.get_all(
        context.elevated(), filters={'temp_snapshot_id': snapshot_id},
        limit=1)
    return backups[0] if backups else None


def refuse(context: cinder_context.RequestContext,
           snapshot: objects.Snapshot, operation: str) -> None:
    """Refuse an operation on a snapshot of the system.

    :param operation: as the user knows it, for the message.
    :raises InvalidSnapshot: if the snapshot is one.
    """
    if snapshot.use_quota:
        # Only the system makes snapshots outside the quota: spares ordinary
        # ones the query.
        return
    backup = backup_of(context, snapshot.id)
    if backup is not None:
        raise exception.InvalidSnapshot(reason=_(
            'snapshot %(snapshot)s was made by the system for backup '
            '%(backup)s and is view-only: %(operation)s is not possible. It '
            'goes away when the backup ends.') % {
                'snapshot': snapshot.id, 'backup': backup.id,
                'operation': operation})
