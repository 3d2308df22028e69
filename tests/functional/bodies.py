# SPDX-License-Identifier: Apache-2.0
"""A valid body for each route of EVS, CBR and the control API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evs_fake.api.routing import route as route_table


def key(route: route_table.Route) -> str:
    """Under which :func:`about` has the body of a route."""
    return '%s %s' % (route.method, route.path.removeprefix('/{project_id}'))


def about(ids: Mapping[str, str]) -> dict[str, Any]:
    """Bodies, by :func:`key`, about the resources of ids.

    :param ids: by the variables of routes.
    """
    volume_id, snapshot_id = ids['volume_id'], ids['snapshot_id']
    tags = {'tags': [{'key': 'k', 'value': 'v'}]}
    change = {'action': 'create', **tags}
    query = {'action': 'filter', 'limit': 9, 'offset': 0}
    rollback = {'rollback': {'volume_id': volume_id}}
    extend = {'os-extend': {'new_size': 2}}
    resources = [{'id': volume_id, 'type': 'OS::Cinder::Volume'}]
    snapshot = {'snapshot': {'volume_id': volume_id}}
    name = {'name': 'mine'}
    schedule = {'properties': {'pattern': [
        'FREQ=DAILY;INTERVAL=1;BYHOUR=1;BYMINUTE=00']}}
    evs = {
        'POST /cloudsnapshots': snapshot,
        'PUT /cloudsnapshots/{snapshot_id}': {'snapshot': name},
        'POST /cloudsnapshots/{snapshot_id}/rollback': rollback,
        'POST /os-vendor-snapshots/{snapshot_id}/rollback': rollback,
        'POST /snapshots': snapshot,
        'PUT /snapshots/{snapshot_id}': {'snapshot': name},
        'POST /snapshots/{snapshot_id}/rollback': rollback,
        'POST /snapshots/{snapshot_id}/tags/create': tags,
        'POST /snapshots/{snapshot_id}/tags/delete': tags,
        'POST /snapshot-groups': {
            'snapshot_group': {'volume_ids': [volume_id]}},
        'PUT /snapshot-groups/{snapshot_group_id}': {
            'snapshot_group': name},
        'POST /snapshot-groups/{snapshot_group_id}/tags/create': tags,
        'POST /snapshot-groups/{snapshot_group_id}/tags/delete': tags,
        'POST /snapshot-policies': {'snapshot_policy': {
            'name': 'mine', 'time_points': ['0'], 'repeat_weekdays': ['1'],
            'retention_days': 1}},
        'PUT /snapshot-policies/{snapshot_policy_id}': {
            'snapshot_policy': name},
        'POST /snapshot-policies/{snapshot_policy_id}/associate': [
            volume_id],
        'POST /snapshot-policies/{snapshot_policy_id}/disassociate': [
            volume_id],
        'POST /cloudvolumes/resource_instances/action': query,
        'POST /os-vendor-volumes/resource_instances/action': query,
        'POST /cloudvolumes/{volume_id}/tags/action': change,
        'POST /os-vendor-volumes/{volume_id}/tags/action': change,
        'POST /cloudvolumes': {'volume': {
            'size': 1, 'snapshot_id': snapshot_id,
            'availability_zone': 'nova', 'volume_type': '__DEFAULT__'}},
        'PUT /cloudvolumes/{volume_id}': {'volume': name},
        'POST /cloudvolumes/{volume_id}/action': extend,
        'POST /volumes/batch-extend': {
            'volumes': [{'id': volume_id, 'new_size': 2}]},
        'POST /volumes/{volume_id}/retype': {
            'os-retype': {'new_type': '__DEFAULT__'}},
        'PUT /cloudvolumes/{volume_id}/qos': {'qos_modify': {'iops': 3000}},
        'PUT /recycle-bin-volumes/policy': {
            'switch': False, 'threshold_time': 1, 'keep_time': 1},
        'PUT /os-vendor-tags/{resource_type}/{resource_id}': {
            'tags': {'k': 'v'}},
        'POST /os-vendor-tags/{resource_type}/{resource_id}': {
            'tags': {'k': 'v'}},
        'POST /os-vendor-tags/{resource_type}/{resource_id}/action': {
            'os-delete_tags': {ids['key']: ids['key']}},
        'PUT /os-vendor-tags/{resource_type}/{resource_id}/{key}': {
            'tag': {ids['key']: 'v'}},
    }
    cbr = {
        'PUT /vaults/batch-update': {'vault': {'smn_notify': True}},
        'POST /vaults': {'vault': {
            'name': 'mine', 'resources': resources, 'billing': {
                'consistent_level': 'crash_consistent', 'size': 9,
                'object_type': 'disk', 'protect_type': 'backup'}}},
        'PUT /vaults/{vault_id}': {'vault': name},
        'POST /vaults/{vault_id}/addresources': {'resources': resources},
        'POST /vaults/{vault_id}/removeresources': {
            'resource_ids': [volume_id]},
        'POST /vaults/{vault_id}/migrateresources': {
            'destination_vault_id': ids['vault_id'],
            'resource_ids': [volume_id]},
        'PUT /vaults/{vault_id}/set-resources': {
            'resource_ids': [volume_id], 'action': 'suspend'},
        'PUT /vaults/{vault_id}/update-backup-expiration-time': {
            'expect_expiration_date': '2040-01-01'},
        'POST /checkpoints': {'checkpoint': {'vault_id': ids['vault_id']}},
        'PUT /backups/{backup_id}': {'backup': name},
        'POST /backups/{backup_id}/restore': {
            'restore': {'volume_id': volume_id}},
        'POST /backups/{backup_id}/members': {'members': ['p']},
        'PUT /backups/{backup_id}/members/{member_id}': {
            'status': 'accepted'},
        'POST /policies': {'policy': {
            'name': 'mine', 'operation_type': 'backup', 'trigger': schedule,
            'operation_definition': {'max_backups': 1}}},
        'PUT /policies/{policy_id}': {'policy': name},
        'POST /vaults/{vault_id}/associatepolicy': {
            'policy_id': ids['policy_id']},
        'POST /vaults/{vault_id}/dissociatepolicy': {
            'policy_id': ids['policy_id']},
        'POST /vault/resource_instances/action': {'action': 'filter'},
        'POST /vault/{vault_id}/tags': {'tag': {'key': 'k', 'value': 'v'}},
        'POST /vault/{vault_id}/tags/action': change,
    }
    control = {
        'POST /credentials': {'credential': {
            'project_id': 'p', 'user_id': 'u', 'roles': ['member'],
            'description': 'mine'}},
        'POST /rules': {'rule': {
            'operation': 'snapshot-create', 'when': 'before',
            'action': 'fail', 'message': 'no', 'times': 1,
            'match': {'resource_id': snapshot_id, 'metadata': {'k': 'v'}},
            'expires_at': '2040-01-01T00:00:00Z', 'description': 'mine'}},
        'POST /reset': {'reset': {'state': 'unknown'}},
        'POST /states': {'state': {'name': 'mine'}},
        'POST /rules/{rule_id}/release': {'release': {
            'fail': True, 'message': 'no'}},
    }
    return {**evs, **cbr, **control}
