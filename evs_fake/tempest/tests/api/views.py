# SPDX-License-Identifier: Apache-2.0
"""One API each, as a tenant sees volumes and snapshots through it.

Mixed into tests that are the same for both.
"""

from __future__ import annotations

from typing import Any


class NativeView:
    """Cinder's own API; its rollback is of the newest snapshot only."""

    @classmethod
    def setup_clients(cls) -> None:
        super().setup_clients()
        cls.seen_volumes = cls.volumes
        cls.seen_snapshots = cls.snapshots
        cls.revert = cls.os_primary.evs_fake_native.RevertClient()

    def list_snapshots(self, **filters: Any) -> list[dict[str, Any]]:
        return self.snapshots.list_snapshots(
            detail=True, **filters)['snapshots']

    def list_volumes(self, **filters: Any) -> list[dict[str, Any]]:
        return self.volumes.list_volumes(
            detail=True, params=filters)['volumes']

    def roll_back(self, snapshot: dict[str, Any]) -> None:
        self.revert.revert_volume(snapshot['volume_id'], snapshot['id'])


class EVSView:
    """EVS's own API."""

    @classmethod
    def setup_clients(cls) -> None:
        super().setup_clients()
        cls.seen_volumes = cls.evs_volumes
        cls.seen_snapshots = cls.evs_snapshots

    def list_snapshots(self, **filters: Any) -> list[dict[str, Any]]:
        return self.evs_snapshots.list_snapshots(**filters)['snapshots']

    def list_volumes(self, **filters: Any) -> list[dict[str, Any]]:
        return self.evs_volumes.list_volumes(**filters)['volumes']

    def roll_back(self, snapshot: dict[str, Any]) -> None:
        self.evs_snapshots.rollback_snapshot(
            snapshot['id'], volume_id=snapshot['volume_id'])
