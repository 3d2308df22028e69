# SPDX-License-Identifier: Apache-2.0
"""Volumes that change their type or their pool."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import Any

from cinder.objects import fields

from evs_fake.faults.operations import Moment
from evs_fake.faults.operations import Operation
from evs_fake.faults.resource import Resource
from evs_fake.storage import base
from evs_fake.storage import loader
from evs_fake.volume import backend

_DRIVER = 'EVSFakeDriver'
#: The engine whose pools another process can reach.
_SHARED = 'file'


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
        """Copy a detached volume to another pool of this machine.

        The volume is the other pool's before this one forgets it: a crash
        leaves too many bytes rather than none.

        :returns: (True, None); (False, None) if Cinder is to copy.
        """
        operations = [Operation.VOLUME_MIGRATE]
        if volume.status == fields.VolumeStatus.RETYPING:
            operations.insert(0, Operation.VOLUME_RETYPE)
        self._gate.enter(Moment.BEFORE, Resource(volume), *operations)
        directory = self._directory(host['capabilities'])
        source = self._engine(volume)
        if (volume.status != fields.VolumeStatus.AVAILABLE
                or directory is None
                or os.path.realpath(directory)
                == os.path.realpath(source.pool_dir)):
            return False, None
        # A client that never detached would go on in the old file.
        self.remove_export(context, volume)
        target = loader.load(_SHARED, directory)
        target.setup()
        try:
            target.import_volume(volume.name_id,
                                 source.volume_path(volume.name_id))
        finally:
            target.close()
        volume.host = host['host']
        volume.save()
        source.delete_volume(volume.name_id)
        return True, None

    def update_migrated_volume(self, context, volume, new_volume,
                               original_volume_status):
        """Keep the bytes under the new volume's name: no copy, no rename."""
        return {'_name_id': new_volume.name_id,
                'provider_location': new_volume.provider_location}

    def _location(self, engine: base.StorageEngine) -> str:
        """What another back end has to know of a pool to copy into it."""
        return ':'.join([_DRIVER, socket.gethostname(),
                         self.configuration.evs_fake_engine,
                         os.path.abspath(engine.pool_dir)])

    def _directory(self, capabilities: Mapping[str, Any]) -> str | None:
        """Where another pool is, if this process can reach it."""
        here = ':'.join([_DRIVER, socket.gethostname(), _SHARED, ''])
        location = capabilities.get('location_info') or ''
        if not location.startswith(here):
            return None
        return location.removeprefix(here)
