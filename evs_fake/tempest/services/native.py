# SPDX-License-Identifier: Apache-2.0
"""What of Cinder's own API tempest has no client for."""

from tempest.lib.common import rest_client

from evs_fake.tempest.services import base


class RevertClient(base.Client):
    """Cinder's rollback: to the newest snapshot of a volume only."""

    def revert_volume(self, volume_id: str, snapshot_id: str
                      ) -> rest_client.ResponseBody:
        return self.ask(
            'POST', '/v3/%s/volumes/%s/action' % (self.project_id, volume_id),
            202, {'revert': {'snapshot_id': snapshot_id}},
            headers={'OpenStack-API-Version': 'volume 3.40'})
