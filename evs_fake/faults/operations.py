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
    VOLUME_RETYPE = 'volume-retype'
    VOLUME_MIGRATE = 'volume-migrate'
    VOLUME_MANAGE = 'volume-manage'
    VOLUME_UNMANAGE = 'volume-unmanage'
    SNAPSHOT_MANAGE = 'snapshot-manage'
    SNAPSHOT_UNMANAGE = 'snapshot-unmanage'
    CONNECTION_INITIALIZE = 'connection-initialize'
    CONNECTION_TERMINATE = 'connection-terminate'
    GROUP_CREATE = 'group-create'
    GROUP_UPDATE = 'group-update'
    GROUP_DELETE = 'group-delete'
    GROUP_SNAPSHOT_CREATE = 'group-snapshot-create'
    GROUP_SNAPSHOT_DELETE = 'group-snapshot-delete'


#: Operations on what is neither a volume nor a snapshot: it has no metadata
#: and no source volume to match by.
OF_GROUPS = frozenset({
    Operation.GROUP_CREATE, Operation.GROUP_UPDATE, Operation.GROUP_DELETE,
    Operation.GROUP_SNAPSHOT_CREATE, Operation.GROUP_SNAPSHOT_DELETE})


class Moment(enum.StrEnum):
    """When an operation meets a fault: around the moving of its bytes."""

    BEFORE = 'before'
    AFTER = 'after'
