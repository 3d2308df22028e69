# SPDX-License-Identifier: Apache-2.0
"""Steps of tests through CBR."""

from __future__ import annotations

from typing import Any

from tempest.lib.common.utils import test_utils

from evs_fake.tempest import waiting

#: Of a vault, GB: room for a few disks.
_SIZE = 100


class CBRSteps:
    """Mixed into tests; what they make goes at their end."""

    @classmethod
    def setup_clients(cls) -> None:
        super().setup_clients()
        cls.vaults = cls.os_primary.evs_fake_cbr.VaultsClient()
        cls.checkpoints = cls.os_primary.evs_fake_cbr.CheckpointsClient()
        cls.cbr_backups = cls.os_primary.evs_fake_cbr.BackupsClient()

    def create_vault(self, *volumes: dict[str, Any]) -> dict[str, Any]:
        """A vault with volumes in it, for backups of them."""
        vault = self.vaults.create_vault(
            self.name('vault'), _SIZE,
            [volume['id'] for volume in volumes])['vault']
        self.addCleanup(test_utils.call_and_ignore_notfound_exc,
                        self.vaults.delete_vault, vault['id'])
        return vault

    def create_checkpoint(self, vault: dict[str, Any]) -> dict[str, Any]:
        """Have all of a vault backed up; nothing is waited for."""
        checkpoint = self.checkpoints.create_checkpoint(
            vault['id'], name=self.name('checkpoint'))['checkpoint']
        self.addCleanup(self._delete_backups, checkpoint)
        return checkpoint

    def backup_of(self, checkpoint: dict[str, Any]) -> dict[str, Any]:
        """The only backup that a checkpoint took."""
        backup, = self.cbr_backups.list_backups(
            checkpoint_id=checkpoint['id'])['backups']
        return backup

    def wait_checkpoint(self, checkpoint: dict[str, Any], status: str
                        ) -> None:
        waiting.for_status(self.checkpoints, checkpoint['id'], status)

    def _delete_backups(self, checkpoint: dict[str, Any]) -> None:
        for backup in self.cbr_backups.list_backups(
                checkpoint_id=checkpoint['id'])['backups']:
            self.delete(self.cbr_backups, backup)
