# SPDX-License-Identifier: Apache-2.0
"""What the scheduler and administrators are told of the back end."""

from __future__ import annotations

from typing import Any

from oslo_utils import units

from evs_fake.storage import base
from evs_fake.volume import replication


class Statistics(replication.Replication):

    def _update_volume_stats(self):
        self._replicate_all()
        self._remove_leftovers()
        self._stats = {
            'volume_backend_name':
                self.configuration.safe_get('volume_backend_name')
                or 'evs-fake',
            'vendor_name': 'evs-fake',
            'driver_version': self.VERSION,
            'storage_protocol': self._storage_protocol,
            'shared_targets': False,
            'sparse_copy_volume': True,
            **self._replication_stats(),
            'pools': [self._pool_stats(name, engine) for name, engine
                      in self._replicas.pools(self._active_id).items()],
        }

    def _pool_stats(self, name: str, engine: base.StorageEngine
                    ) -> dict[str, Any]:
        usage = engine.usage()
        return {
            'pool_name': name,
            'total_capacity_gb': _gib(usage.total_bytes),
            'free_capacity_gb': _gib(usage.free_bytes),
            'provisioned_capacity_gb': _gib(usage.provisioned_bytes),
            'allocated_bytes': usage.used_bytes,
            'max_over_subscription_ratio':
                self.configuration.max_over_subscription_ratio,
            'reserved_percentage': self.configuration.reserved_percentage,
            'thin_provisioning_support': True,
            'thick_provisioning_support': False,
            'online_extend_support': True,
            'multiattach': True,
            'consistent_group_snapshot_enabled': True,
            'QoS_support': False,
            'location_info': self._location(engine),
            'filter_function': self.get_filter_function(),
            'goodness_function': self.get_goodness_function(),
            'backend_state': 'up',
            **self._replication_stats(),
        }

    def _replication_stats(self) -> dict[str, Any]:
        # Cinder gives nothing new to a back end that is failed over.
        is_on = bool(self._replicas)
        stats = {'replication_enabled': is_on,
                 # Members are copied one by one.
                 'group_replication_enabled': is_on,
                 'consistent_group_replication_enabled': False}
        if self._replicas:
            stats.update(replication_type=['async'],
                         replication_count=len(self._replicas.ids),
                         replication_targets=self._replicas.ids)
        return stats


def _gib(size: int) -> float:
    return round(size / units.Gi, 3)
