# SPDX-License-Identifier: Apache-2.0
"""What cinder-backup reads and how."""

from __future__ import annotations

from cinder import objects
from oslo_utils import excutils

from evs_fake.faults.operations import Moment
from evs_fake.faults.operations import Operation
from evs_fake.faults.resource import Resource
from evs_fake.volume import backend
from evs_fake.volume import system_snapshot


class Backups(backend.Backend):

    def backup_use_temp_snapshot(self):
        return True

    def secure_file_operations_enabled(self):
        """Pool files are opened by their own user: no chown, no root."""
        return True

    def get_backup_device(self, context, backup):
        """What cinder-backup is to read: always a snapshot.

        :returns: (snapshot, True).
        """
        try:
            if backup.snapshot_id:
                snapshot = objects.Snapshot.get_by_id(
                    context, backup.snapshot_id)
            else:
                snapshot = system_snapshot.create(
                    context, backup, self._engine)
            self._gate.enter(Moment.BEFORE, Resource(snapshot),
                             Operation.BACKUP_CREATE)
        except Exception as error:
            with excutils.save_and_reraise_exception():
                system_snapshot.backup_failed(
                    context, backup, self._engine, error)
        return snapshot, True
