# SPDX-License-Identifier: Apache-2.0
"""The operations of the driver that a fault can be put on."""

import enum


class Operation(enum.StrEnum):
    SNAPSHOT_CREATE = 'snapshot-create'
    SNAPSHOT_DELETE = 'snapshot-delete'
    SNAPSHOT_ROLLBACK = 'snapshot-rollback'
    BACKUP_CREATE = 'backup-create'
    BACKUP_RESTORE = 'backup-restore'
    VOLUME_CREATE = 'volume-create'
    VOLUME_CLONE = 'volume-clone'
    VOLUME_DELETE = 'volume-delete'
    VOLUME_EXTEND = 'volume-extend'
    CONNECTION_INITIALIZE = 'connection-initialize'
    CONNECTION_TERMINATE = 'connection-terminate'


class Moment(enum.StrEnum):
    """When an operation meets a fault: around the moving of its bytes."""

    BEFORE = 'before'
    AFTER = 'after'
