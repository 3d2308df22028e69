# SPDX-License-Identifier: Apache-2.0
"""CBR, as far as backups of disks go."""

from collections.abc import Sequence
from typing import Any

from tempest.lib.common import rest_client

from evs_fake.tempest.services import base

#: CBR's word for a disk.
VOLUME = 'OS::Cinder::Volume'


class VaultsClient(base.Client):
    """Vaults: what is to be backed up."""

    resource_type = 'vault'

    def create_vault(self, name: str, size: int, volume_ids: Sequence[str]
                     ) -> rest_client.ResponseBody:
        """Make a vault for backups of disks.

        :param size: GB.
        """
        return self.ask('POST', '/v3/%s/vaults' % self.project_id, 200, {
            'vault': {
                'name': name,
                'billing': {'object_type': 'disk', 'protect_type': 'backup',
                            'consistent_level': 'crash_consistent',
                            'size': size},
                'resources': [{'id': volume_id, 'type': VOLUME}
                              for volume_id in volume_ids]}})

    def list_vaults(self, **filters: Any) -> rest_client.ResponseBody:
        return self.ask('GET', '/v3/%s/vaults' % self.project_id, 200,
                        query=filters)

    def show_vault(self, vault_id: str) -> rest_client.ResponseBody:
        return self.ask(
            'GET', '/v3/%s/vaults/%s' % (self.project_id, vault_id), 200)

    _show = show_vault

    def delete_vault(self, vault_id: str) -> rest_client.ResponseBody:
        return self.ask(
            'DELETE', '/v3/%s/vaults/%s' % (self.project_id, vault_id), 204)


class CheckpointsClient(base.Client):
    """Checkpoints: the taking of backups."""

    resource_type = 'checkpoint'

    def create_checkpoint(self, vault_id: str, **parameters: Any
                          ) -> rest_client.ResponseBody:
        return self.ask('POST', '/v3/%s/checkpoints' % self.project_id, 200, {
            'checkpoint': {'vault_id': vault_id, 'parameters': parameters}})

    def show_checkpoint(self, checkpoint_id: str
                        ) -> rest_client.ResponseBody:
        return self.ask('GET', '/v3/%s/checkpoints/%s' % (
            self.project_id, checkpoint_id), 200)


class BackupsClient(base.Client):
    """Backups that checkpoints took."""

    resource_type = 'backup'

    def list_backups(self, **filters: Any) -> rest_client.ResponseBody:
        return self.ask('GET', '/v3/%s/backups' % self.project_id, 200,
                        query=filters)

    def show_backup(self, backup_id: str) -> rest_client.ResponseBody:
        return self.ask(
            'GET', '/v3/%s/backups/%s' % (self.project_id, backup_id), 200)

    _show = show_backup

    def delete_backup(self, backup_id: str) -> rest_client.ResponseBody:
        return self.ask(
            'DELETE', '/v3/%s/backups/%s' % (self.project_id, backup_id), 204)

    def restore_backup(self, backup_id: str, volume_id: str
                       ) -> rest_client.ResponseBody:
        return self.ask(
            'POST', '/v3/%s/backups/%s/restore' % (
                self.project_id, backup_id), 202,
            {'restore': {'volume_id': volume_id}})
