# SPDX-License-Identifier: Apache-2.0
"""The extension that cinder-api loads by ``osapi_volume_extension``."""

from cinder.api import extensions

from evs_fake import policies
from evs_fake.api.native import faults
from evs_fake.api.native import images
from evs_fake.api.native import refusals
from evs_fake.api.native import snapshots
from evs_fake.api.native import volumes


class EVSFake(extensions.ExtensionDescriptor):
    """EVS's statuses, rollback and system snapshots on Cinder's own API."""

    name = 'EVSFake'
    alias = 'evs-fake'
    updated = '2026-11-23T00:00:00+00:00'

    def get_controller_extensions(self) -> list:
        controllers = [
            ('snapshots', snapshots.StatusController()),
            ('snapshots', snapshots.SystemSnapshotController()),
            ('snapshot_metadata',
             snapshots.SystemSnapshotMetadataController()),
            ('volumes', volumes.StatusController()),
            ('volumes', volumes.RollbackController()),
            ('snapshots', faults.SnapshotsController()),
            ('volumes', faults.VolumesController()),
            ('volumes', images.ImagesController()),
            ('snapshot_metadata', faults.MetadataController()),
            ('volume_metadata', faults.MetadataController()),
            ('encryption', refusals.EncryptionController()),
        ]
        return [extensions.ControllerExtension(self, collection, controller)
                for collection, controller in controllers]


def register(manager: extensions.ExtensionManager) -> None:
    """Register with Cinder's API; its factory.

    :raises SystemExit: on any failure. Cinder would log a warning and serve
        an API that shows the wrong statuses.
    """
    try:
        policies.register()
        EVSFake(manager)
    except Exception as error:
        raise SystemExit('evs-fake: cannot extend the Cinder API: %s' % error
                         ) from error
