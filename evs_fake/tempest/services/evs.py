# SPDX-License-Identifier: Apache-2.0
"""EVS's own API, with the methods that tempest's clients of Cinder have."""

from typing import Any

from tempest.lib.common import rest_client

from evs_fake.tempest.services import base


class SnapshotsClient(base.Client):
    """``cloudsnapshots``."""

    resource_type = 'snapshot'

    def _path(self, *parts: str) -> str:
        return '/'.join(('/v2', self.project_id, 'cloudsnapshots', *parts))

    def create_snapshot(self, **fields: Any) -> rest_client.ResponseBody:
        return self.ask('POST', self._path(), 202, {'snapshot': fields})

    def list_snapshots(self, **filters: Any) -> rest_client.ResponseBody:
        return self.ask('GET', self._path('detail'), 200, query=filters)

    def show_snapshot(self, snapshot_id: str) -> rest_client.ResponseBody:
        return self.ask('GET', self._path(snapshot_id), 200)

    _show = show_snapshot

    def update_snapshot(self, snapshot_id: str, **fields: Any
                        ) -> rest_client.ResponseBody:
        return self.ask('PUT', self._path(snapshot_id), 200,
                        {'snapshot': fields})

    def delete_snapshot(self, snapshot_id: str) -> rest_client.ResponseBody:
        return self.ask('DELETE', self._path(snapshot_id), 202)

    def rollback_snapshot(self, snapshot_id: str, **fields: Any
                          ) -> rest_client.ResponseBody:
        return self.ask('POST', self._path(snapshot_id, 'rollback'), 202,
                        {'rollback': fields})


class VolumesClient(base.Client):
    """``cloudvolumes``, as far as snapshots concern them."""

    resource_type = 'volume'

    def _path(self, *parts: str) -> str:
        return '/'.join(('/v2', self.project_id, 'cloudvolumes', *parts))

    def list_volumes(self, **filters: Any) -> rest_client.ResponseBody:
        return self.ask('GET', self._path('detail'), 200, query=filters)

    def show_volume(self, volume_id: str) -> rest_client.ResponseBody:
        return self.ask('GET', self._path(volume_id), 200)

    _show = show_volume

    def delete_volume(self, volume_id: str) -> rest_client.ResponseBody:
        return self.ask('DELETE', self._path(volume_id), 200)
