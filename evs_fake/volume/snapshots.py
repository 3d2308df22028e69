# SPDX-License-Identifier: Apache-2.0
"""Snapshots, and the rollback of a volume to any of them."""

from __future__ import annotations

from cinder import objects
from oslo_log import log as logging
from oslo_utils import excutils

from evs_fake import exception
from evs_fake import states
from evs_fake.faults.operations import Operation
from evs_fake.faults.resource import Resource
from evs_fake.volume import removal
from evs_fake.volume import replication
from evs_fake.volume import system_snapshot

LOG = logging.getLogger(__name__)


class Snapshots(replication.Replication):

    def create_snapshot(self, snapshot):
        with self._gate.around(Resource(snapshot),
                               Operation.SNAPSHOT_CREATE):
            engine, volume_id = self._source(snapshot)
            engine.create_snapshot(snapshot.id, volume_id)
            self._replicate_snapshot(snapshot)

    def delete_snapshot(self, snapshot):
        if system_snapshot.is_named_so(snapshot):
            self._snapshot_engine(snapshot).delete_snapshot(snapshot.id)
            return
        with self._gate.around(Resource(snapshot),
                               Operation.SNAPSHOT_DELETE):
            removal.remove_snapshot(
                self._snapshot_engine(snapshot), snapshot)
            self._end_snapshot_replication(snapshot)

    def snapshot_revert_use_temp_snapshot(self):
        """No safety snapshot: a failed rollback changes no byte."""
        return False

    def revert_to_snapshot(self, context, volume, snapshot):
        """Roll a volume back to any of its snapshots.

        A failure leaves the volume in ``error_rollbacking``: Cinder's
        manager moves a volume to ``error`` only out of ``reverting``.

        :raises StorageError: if the pool could not do it.
        """
        try:
            if snapshot.volume_id != volume.id:
                raise exception.StorageError(
                    data='snapshot %s is of another volume than %s' % (
                        snapshot.id, volume.id))
            with self._gate.around(Resource(snapshot),
                                   Operation.SNAPSHOT_ROLLBACK):
                # A client that is still there would go on in the old file.
                self.remove_export(context, volume)
                self._engine(volume).rollback(volume.name_id, snapshot.id)
                self._replicate(volume)
        except (AttributeError, NotImplementedError) as error:
            # The manager takes these for "the driver cannot revert" and
            # would copy the bytes itself.
            self._rollback_failed(volume, snapshot, error)
            raise exception.StorageError(data=str(error)) from error
        except Exception as error:
            with excutils.save_and_reraise_exception():
                self._rollback_failed(volume, snapshot, error)

    @staticmethod
    def _rollback_failed(volume: objects.Volume, snapshot: objects.Snapshot,
                         error: Exception) -> None:
        LOG.error('Rollback of volume %(volume)s to snapshot %(snapshot)s '
                  'failed: %(error)s',
                  {'volume': volume.id, 'snapshot': snapshot.id,
                   'error': error})
        volume.update_single_status_where(
            states.VOLUME_ERROR_ROLLBACKING, states.CINDER_VOLUME_REVERTING)
