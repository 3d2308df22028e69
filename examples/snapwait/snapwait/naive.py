# SPDX-License-Identifier: Apache-2.0
"""As it is found in many scripts."""

import time

from cinderclient import exceptions


def wait_for_snapshot(cinder, snapshot_id, interval=1):
    """Wait until a snapshot can be used."""
    while cinder.volume_snapshots.get(snapshot_id).status != 'available':
        time.sleep(interval)


def wait_for_deletion(cinder, snapshot_id, interval=1):
    """Wait until a snapshot that was deleted is gone."""
    while True:
        try:
            cinder.volume_snapshots.get(snapshot_id)
        except exceptions.NotFound:
            return
        time.sleep(interval)
