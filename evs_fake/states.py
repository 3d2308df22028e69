# SPDX-License-Identifier: Apache-2.0
"""The EVS document's snapshot and volume statuses, as data.

The words and their meaning are those of Huawei Cloud's EVS API reference
("Snapshot Status"); Cinder's words are those of
``cinder.objects.fields.SnapshotStatus``. README, demo and checks are derived
from the tables here, so that they cannot disagree. This module imports
nothing but the standard library.
"""

import dataclasses
import enum


class Operation(enum.StrEnum):
    """What a user may ask of a snapshot."""

    SHOW = 'show'
    UPDATE = 'update'
    DELETE = 'delete'
    ROLLBACK = 'rollback'
    CREATE_VOLUME = 'create-volume'
    BACKUP = 'backup'


@dataclasses.dataclass(frozen=True)
class SnapshotState:
    """One snapshot status of the EVS document.

    :ivar name: the status as every API shows it.
    :ivar cinder: the word that Cinder's database keeps for it.
    :ivar meaning: the document's meaning, in one phrase.
    :ivar cause: what a user does to get there.
    :ivar successors: statuses that can follow; ``deleted`` is "gone".
    :ivar allows: operations that a tenant may start in this status.
    """

    name: str
    cinder: str
    meaning: str
    cause: str
    successors: tuple[str, ...]
    allows: frozenset[Operation]


DELETED = 'deleted'

_READ = frozenset({Operation.SHOW, Operation.UPDATE})

SNAPSHOT_STATES: tuple[SnapshotState, ...] = (
    SnapshotState(
        'creating', 'creating',
        'the snapshot is being created',
        'snapshot creation was accepted',
        ('available', 'error', 'backing-up'), _READ),
    SnapshotState(
        'available', 'available',
        'the snapshot is ready to use',
        'creation, rollback or backup ended',
        ('deleting', 'rollbacking', 'backing-up'), frozenset(Operation)),
    SnapshotState(
        'error', 'error',
        'the snapshot could not be created',
        'creation failed',
        ('deleting',), _READ | {Operation.DELETE}),
    SnapshotState(
        'deleting', 'deleting',
        'the snapshot is being deleted',
        'deletion was accepted',
        (DELETED, 'error_deleting', 'available'), _READ),
    SnapshotState(
        'error_deleting', 'error_deleting',
        'the snapshot could not be deleted',
        'deletion failed',
        ('deleting',), _READ),
    SnapshotState(
        'rollbacking', 'restoring',
        'the source volume is being rolled back to the snapshot',
        'rollback to the source volume was accepted',
        ('available',), _READ),
    SnapshotState(
        'backing-up', 'backing-up',
        'a backup is being made from the snapshot',
        'backup of the snapshot (native API), or backup of its volume, for '
        'which the system made the snapshot',
        ('available', 'deleting'), _READ),
)

SNAPSHOT_STATES_BY_NAME = {state.name: state for state in SNAPSHOT_STATES}
SNAPSHOT_STATUSES = tuple(SNAPSHOT_STATES_BY_NAME)

#: Cinder's word of a snapshot status -> the document's.
SNAPSHOT_FROM_CINDER = {s.cinder: s.name for s in SNAPSHOT_STATES
                        if s.cinder != s.name}
#: The document's word of a snapshot status -> Cinder's.
SNAPSHOT_TO_CINDER = {s.name: s.cinder for s in SNAPSHOT_STATES
                      if s.cinder != s.name}

SNAPSHOT_AVAILABLE = 'available'
VOLUME_AVAILABLE = 'available'
VOLUME_ROLLBACKING = 'rollbacking'
#: Stored as such: Cinder's volume status is a free string.
VOLUME_ERROR_ROLLBACKING = 'error_rollbacking'
#: Volume statuses that a rollback brings, with what they mean.
VOLUME_MEANINGS = {
    VOLUME_ROLLBACKING: 'the volume is being rolled back to a snapshot',
    VOLUME_ERROR_ROLLBACKING:
        'its last rollback failed; rollback and delete are allowed',
}
#: What Cinder stores while a volume is rolled back.
CINDER_VOLUME_REVERTING = 'reverting'
#: ``previous_status`` of a volume in ``attaching`` that nobody has reserved:
#: a request for its attachment is under way. Cinder never stores it there.
UNRESERVED = 'attaching'
CINDER_SNAPSHOT_RESTORING = SNAPSHOT_TO_CINDER['rollbacking']

#: Cinder's word of a volume status -> the document's.
VOLUME_FROM_CINDER = {CINDER_VOLUME_REVERTING: VOLUME_ROLLBACKING}
#: The document's word of a volume status -> Cinder's.
VOLUME_TO_CINDER = {VOLUME_ROLLBACKING: CINDER_VOLUME_REVERTING}

#: A rollback is accepted only while its source volume has one of these.
ROLLBACK_VOLUME_STATUSES = (VOLUME_AVAILABLE, VOLUME_ERROR_ROLLBACKING)
#: ... and the snapshot one of these.
ROLLBACK_SNAPSHOT_STATUSES = tuple(
    s.name for s in SNAPSHOT_STATES if Operation.ROLLBACK in s.allows)

#: Name of the snapshot that the system makes to back up a volume.
SYSTEM_SNAPSHOT_PREFIX = 'autobk_snapshot_vbs_'
#: Names that EVS reserves for snapshots of the system; refused for rollback.
RESERVED_SNAPSHOT_PREFIXES = (
    SYSTEM_SNAPSHOT_PREFIX, 'manualbk_snapshot_vbs_',
    'autobk_snapshot_csbs_', 'manualbk_snapshot_csbs_', 'autobk_snapshot_')


def snapshot_status(cinder: str) -> str:
    """The document's word for a snapshot status that Cinder stores."""
    return SNAPSHOT_FROM_CINDER.get(cinder, cinder)


def cinder_snapshot_status(status: str) -> str:
    """What Cinder stores for a snapshot status of the document."""
    return SNAPSHOT_TO_CINDER.get(status, status)


def volume_status(cinder: str) -> str:
    """The document's word for a volume status that Cinder stores."""
    return VOLUME_FROM_CINDER.get(cinder, cinder)


def cinder_volume_status(status: str) -> str:
    """What Cinder stores for a volume status of the document."""
    return VOLUME_TO_CINDER.get(status, status)


def system_snapshot_name(backup_id: str) -> str:
    """The name of the snapshot that a volume's backup is read from."""
    return SYSTEM_SNAPSHOT_PREFIX + backup_id[:8]


def table() -> str:
    """The snapshot statuses as a reStructuredText grid for README and docs."""
    rows = [('status', 'meaning', 'next')]
    rows += [(s.name, s.meaning, ', '.join(s.successors))
             for s in SNAPSHOT_STATES]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    line = '  '.join('=' * width for width in widths)

    def cells(row: tuple[str, ...]) -> str:
        return '  '.join(cell.ljust(width) for cell, width
                         in zip(row, widths, strict=True)).rstrip()

    return '\n'.join([line, cells(rows[0]), line,
                      *(cells(row) for row in rows[1:]), line])
