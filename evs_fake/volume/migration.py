# SPDX-License-Identifier: Apache-2.0
"""Volumes that change their type or their back end."""

from __future__ import annotations

from cinder.objects import fields

from evs_fake.faults.operations import Moment
from evs_fake.faults.operations import Operation
from evs_fake.faults.resource import Resource
from evs_fake.volume import backend


class Migration(backend.Backend):

    def retype(self, context, volume, new_type, diff, host):
        """Take the new type as it is: a pool has no bytes to change.

        Cinder asks for types that differ and only if the scheduler found
        that this very back end has what the new one wants. It answers a
        failure with a migration, if the request allows one.

        :returns: True.
        """
        with self._gate.around(Resource(volume), Operation.VOLUME_RETYPE):
            return True

    def migrate_volume(self, context, volume, host):
        """Leave the copying to Cinder.

        :returns: (False, None).
        """
        operations = [Operation.VOLUME_MIGRATE]
        if volume.status == fields.VolumeStatus.RETYPING:
            operations.insert(0, Operation.VOLUME_RETYPE)
        self._gate.enter(Moment.BEFORE, Resource(volume), *operations)
        return False, None

    def update_migrated_volume(self, context, volume, new_volume,
                               original_volume_status):
        """Keep the bytes under the new volume's name: no copy, no rename."""
        return {'_name_id': new_volume.name_id,
                'provider_location': new_volume.provider_location}
