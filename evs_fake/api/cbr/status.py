# SPDX-License-Identifier: Apache-2.0
"""CBR's states, derived from those of Cinder's backups.

Nothing here is stored, so nothing can be left behind by a crash, or by
somebody who uses Cinder's own API on the same backup.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from collections.abc import Iterable

from evs_fake.db.cbr import backups

#: Cinder's word for a backup -> CBR's.
_BACKUP = {
    'creating': 'protecting',
    'available': 'available',
    'restoring': 'restoring',
    'deleting': 'deleting',
    'error': 'error',
    'error_deleting': 'error',
}
#: States of a backup by the precedence in which they show on a whole.
_CHECKPOINT = (('protecting', 'protecting'), ('deleting', 'deleting'),
               ('error', 'error'))


class Outcome(enum.StrEnum):
    """How an operation on a backup stands."""

    RUNNING = 'running'
    SUCCESS = 'success'
    FAILED = 'failed'


def is_visible(backup: backups.Backup) -> bool:
    """Whether CBR shows a backup.

    CBR deletes any backup at once. Cinder keeps one that others are
    incremental to until they are gone, and until then only Cinder shows it.
    """
    return not backup.delete_requested or backup.status not in (
        'available', 'restoring')


def backup_status(backup: backups.Backup) -> str:
    """CBR's word for the status of a backup."""
    return _BACKUP.get(backup.status, 'error')


def takes_space(backup: backups.Backup) -> bool:
    """Whether a backup counts against its vault.

    One that is being made does, as its space must be there; one that could
    not be made does not, but one that could not be deleted does.
    """
    return is_visible(backup) and (
        backup.status != 'error' or backup.delete_requested)


def checkpoint_status(found: Collection[backups.Backup]) -> str:
    """The status of a checkpoint with these backups left."""
    shown = {backup_status(each) for each in found if is_visible(each)}
    if not shown:
        return 'deleted'
    for state, whole in _CHECKPOINT:
        if state in shown:
            return whole
    return 'available'


def protect_status(found: Iterable[backups.Backup]) -> str:
    """The ``protect_status`` of a resource with these backups.

    :param found: newest first.
    """
    shown = [backup_status(each) for each in found if is_visible(each)]
    for state in ('protecting', 'restoring'):
        if state in shown:
            return state
    return 'error' if shown[:1] == ['error'] else 'available'


def creation(state: backups.State) -> Outcome:
    """How the making of a backup stands."""
    if state.status == 'creating':
        return Outcome.RUNNING
    if state.status == 'error' or (
            state.status is None and state.fail_reason):
        return Outcome.FAILED
    return Outcome.SUCCESS


def restoration(state: backups.State, volume_status: str | None) -> Outcome:
    """How the restoration of a backup to a volume stands.

    :param volume_status: Cinder's word; None if the volume is gone.
    """
    if state.status == 'restoring' or volume_status == 'restoring-backup':
        return Outcome.RUNNING
    if volume_status in (None, 'error', 'error_restoring'):
        return Outcome.FAILED
    return Outcome.SUCCESS


def deletion(state: backups.State) -> Outcome:
    """How the deletion of a backup stands, as CBR shows it."""
    if state.status == 'deleting':
        return Outcome.RUNNING
    if state.status in ('error', 'error_deleting'):
        return Outcome.FAILED
    return Outcome.SUCCESS
