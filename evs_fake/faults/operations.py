# SPDX-License-Identifier: Apache-2.0
"""The operations of the driver that a fault can be put on."""

import enum


class Operation(enum.StrEnum):
    SNAPSHOT_CREATE = 'snapshot-create'
    SNAPSHOT_DELETE = 'snapshot-delete'
    SNAPSHOT_ROLLBACK = 'snapshot-rollback'
    BACKUP_CREATE = 'backup-create'
    VOLUME_CREATE = 'volume-create'
    VOLUME_DELETE = 'volume-delete'
    VOLUME_EXTEND = 'volume-extend'
