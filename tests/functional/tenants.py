# SPDX-License-Identifier: Apache-2.0
"""Plain members of projects, who sign, and what they can own."""

import dataclasses
from typing import Any

import requests

from tests.functional import cloud
from tests.functional import signed


class Tenant:
    """One with an access key to a project.

    Unlike whom the cloud takes without a token, no administrator: sees what
    a customer sees.
    """

    def __init__(self, own: cloud.Cloud, project: str) -> None:
        self.project = project
        self.cloud = own
        keys = own.credentials(project)
        self._session = requests.Session()
        self._session.auth = signed.SdkAuth(keys.ak, keys.sk)

    def close(self) -> None:
        self._session.close()

    def request(self, method: str, path: str, body: Any = None,
                service: str = 'url', **kwargs: Any) -> requests.Response:
        """Ask for a path, in which ``{project_id}`` is the tenant's.

        :param service: whose endpoint: ``url`` (EVS's and Cinder's), ``cbr``.
        """
        return self._session.request(
            method, self.cloud.endpoint[service].removesuffix('/') +
            path.replace('{project_id}', self.project), json=body,
            timeout=cloud.TIMEOUT, **kwargs)

    def ask(self, method: str, path: str, body: Any = None,
            service: str = 'url') -> Any:
        """The same, which must not fail; the answer."""
        response = self.request(method, path, body, service)
        if not response.ok:
            raise AssertionError('%s %s: %d %s' % (
                method, path, response.status_code, response.text))
        return response.json() if response.content else None


@dataclasses.dataclass(frozen=True)
class Estate:
    """One of everything that the APIs have.

    :ivar mark: a text in each name, tag and description.
    :ivar ids: by the variables of routes.
    """

    mark: str
    ids: dict[str, str]


def furnish(tenant: Tenant, mark: str) -> Estate:
    """Make one of everything, and wait until nothing of it is under way.

    Two volumes: one has the rest, the other is in the recycle bin.
    """
    ids = {'resource_type': 'volumes', 'protectable_type': 'disk',
           'key': mark, 'member_id': tenant.project}
    tags = {mark: mark}
    zone = tenant.ask('GET', '/v3/{project_id}/os-availability-zone')[
        'availabilityZoneInfo'][0]['zoneName']

    def volume() -> str:
        volume_id, = tenant.ask(
            'POST', '/v2.1/{project_id}/cloudvolumes', {'volume': {
                'name': mark, 'description': mark, 'size': 1, 'tags': tags,
                'availability_zone': zone, 'volume_type': '__DEFAULT__',
            }})['volume_ids']
        _wait(tenant, '/v2/{project_id}/cloudvolumes/' + volume_id, 'volume')
        return volume_id

    ids['recycled_id'] = volume()
    tenant.ask('PUT', '/v3/{project_id}/recycle-bin-volumes/policy', {
        'switch': True, 'threshold_time': 1, 'keep_time': 1})
    tenant.cloud.alter(
        "UPDATE volumes SET created_at = '2020-01-01 00:00:00.000000' "
        'WHERE id = ?', ids['recycled_id'])
    tenant.ask('DELETE',
               '/v2/{project_id}/cloudvolumes/' + ids['recycled_id'])

    ids['volume_id'] = ids['instance_id'] = ids['resource_id'] = volume()
    made = tenant.ask('POST', '/v5/{project_id}/snapshots', {'snapshot': {
        'volume_id': ids['volume_id'], 'name': mark, 'tags': tags}})
    ids.update(job_id=made['job_id'], snapshot_id=made['snapshot_id'])
    _wait(tenant, '/v5/{project_id}/snapshots/' + ids['snapshot_id'],
          'snapshot')
    ids['snapshot_group_id'] = tenant.ask(
        'POST', '/v5/{project_id}/snapshot-groups', {'snapshot_group': {
            'volume_ids': [ids['volume_id']], 'name': mark, 'tags': tags,
        }})['snapshot_group_id']
    _wait(tenant, '/v5/{project_id}/snapshot-groups/'
          + ids['snapshot_group_id'], 'snapshot_group')
    ids['snapshot_policy_id'] = tenant.ask(
        'POST', '/v5/{project_id}/snapshot-policies', {'snapshot_policy': {
            'name': mark, 'time_points': ['0'], 'repeat_weekdays': ['1'],
            'retention_days': 1, 'tags': tags}})['snapshot_policy']['id']

    ids['vault_id'] = tenant.ask(
        'POST', '/v3/{project_id}/vaults', {'vault': {
            'name': mark, 'description': mark,
            'tags': [{'key': mark, 'value': mark}],
            'billing': {'consistent_level': 'crash_consistent', 'size': 9,
                        'object_type': 'disk', 'protect_type': 'backup'},
            'resources': [{'id': ids['volume_id'],
                           'type': 'OS::Cinder::Volume'}]}},
        'cbr')['vault']['id']
    ids['policy_id'] = tenant.ask(
        'POST', '/v3/{project_id}/policies', {'policy': {
            'name': mark, 'operation_type': 'backup',
            'operation_definition': {'max_backups': 1}, 'trigger': {
                'properties': {'pattern': [
                    'FREQ=DAILY;INTERVAL=1;BYHOUR=1;BYMINUTE=00']}}}},
        'cbr')['policy']['id']
    ids['checkpoint_id'] = tenant.ask(
        'POST', '/v3/{project_id}/checkpoints', {'checkpoint': {
            'vault_id': ids['vault_id'], 'parameters': {
                'name': mark, 'description': mark}}},
        'cbr')['checkpoint']['id']
    _wait(tenant, '/v3/{project_id}/checkpoints/' + ids['checkpoint_id'],
          'checkpoint', 'cbr')
    backup, = tenant.ask('GET', '/v3/{project_id}/backups', None, 'cbr')[
        'backups']
    log, = tenant.ask('GET', '/v3/{project_id}/operation-logs', None,
                      'cbr')['operation_logs']
    ids.update(backup_id=backup['id'], operation_log_id=log['id'])
    return Estate(mark, ids)


def _wait(tenant: Tenant, path: str, name: str, service: str = 'url'
          ) -> None:
    cloud.until(
        lambda: tenant.ask('GET', path, None, service)[name]['status']
        == 'available', path)
