# SPDX-License-Identifier: Apache-2.0
"""As it should be."""

import time

from cinderclient import exceptions


class SnapshotFailed(Exception):
    """What was waited for will not happen any more."""


def wait_for_snapshot(cinder, snapshot_id, interval=1, timeout=600):
    """Wait until a snapshot can be used.

    :raises SnapshotFailed: if it cannot be used, ever.
    :raises TimeoutError: if it takes longer than that many seconds.
    """
    deadline = time.monotonic() + timeout
    while True:
        status = cinder.volume_snapshots.get(snapshot_id).status
        if status == 'available':
            return
        if status in ('error', 'deleting', 'error_deleting'):
            raise SnapshotFailed('%s is %s' % (snapshot_id, status))
        _sleep(interval, deadline, '%s is still %s' % (snapshot_id, status))


def wait_for_deletion(cinder, snapshot_id, interval=1, timeout=600):
    """Wait until a snapshot that was deleted is gone.

    :raises SnapshotFailed: if it was not deleted.
    :raises TimeoutError: if it takes longer than that many seconds.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            status = cinder.volume_snapshots.get(snapshot_id).status
        except exceptions.NotFound:
            return
        if status != 'deleting':
            raise SnapshotFailed('%s is %s' % (snapshot_id, status))
        _sleep(interval, deadline, '%s is still deleting' % snapshot_id)


def _sleep(interval, deadline, otherwise):
    if time.monotonic() >= deadline:
        raise TimeoutError(otherwise)
    time.sleep(interval)
