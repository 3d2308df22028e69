# SPDX-License-Identifier: Apache-2.0
"""What can be backed up, and what backups of it take."""

from __future__ import annotations

from typing import Any

from evs_fake.api.cbr import accounting
from evs_fake.api.cbr import fields
from evs_fake.api.cbr import lookup
from evs_fake.api.cbr import provider
from evs_fake.api.cbr import status
from evs_fake.api.cbr import vault_view
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.db.cbr import backups as backups_db
from evs_fake.db.cbr import vaults as vaults_db
from evs_fake.policies import cbr as policy

_FILTERS = {**fields.PAGE, **dict.fromkeys(
    ('marker', 'name', 'status', 'id', 'server_id'), fields.TEXT)}
_USAGE = {**fields.PAGE, 'resource_id': fields.TEXT,
          'resource_type': fields.TEXT}


def list_instances(request: route.Request) -> dict[str, Any]:
    """List the project's volumes, and whether each can be backed up."""
    query = request.query
    shown = [each for each in _all(request) if all(
        each[name] == query[name] for name in ('id', 'name', 'status')
        if name in query) and not query.get('server_id')]
    if 'marker' in query:
        ids = [each['id'] for each in shown]
        if query['marker'] not in ids:
            raise exception.Refused('marker: no instance of this list')
        shown = shown[ids.index(query['marker']) + 1:]
    instances, page = fields.page(query, shown)
    return {'instances': instances, 'count': page['count']}


def show(request: route.Request) -> dict[str, Any]:
    """Show whether a volume can be backed up.

    :raises Refused: (404, 6302)
    """
    for each in _all(request):
        if each['id'] == request.ids['instance_id']:
            return {'instance': each}
    raise lookup.missing('Resource', request.ids['instance_id'],
                         'BackupService.6302')


def usage(request: route.Request) -> dict[str, Any]:
    """Show what backups take, MB, by resource."""
    of_resource: dict[str, list[backups_db.Backup]] = {}
    for backup in backups_db.find(request.context):
        if status.is_visible(backup):
            of_resource.setdefault(backup.resource_id, []).append(backup)
    found = [
        {'resource_id': resource_id,
         'resource_name': backups[0].resource_name,
         'resource_type': provider.VOLUME,
         'backup_count': len(backups),
         'backup_size': accounting.used(backups),
         'backup_size_multiaz': 0}
        for resource_id, backups in sorted(of_resource.items())
        if request.query.get('resource_id', resource_id) == resource_id
        and request.query.get('resource_type', provider.VOLUME)
        == provider.VOLUME]
    shown, page = fields.page(request.query, found)
    return {'resource_count': page['count'], 'storage_usage': shown}


def _all(request: route.Request) -> list[dict[str, Any]]:
    kind = request.ids['protectable_type']
    if kind not in provider.TYPES:
        raise exception.Refused(
            'protectable_type: must be one of %s' % ', '.join(
                provider.TYPES), 'BackupService.6116')
    if kind != 'disk':
        return []
    context = request.context
    vaults = {vault['id']: vault for vault in vault_view.show_all(
        context, vaults_db.find(context))}
    taken = {resource.id: vaults[resource.vault_id]
             for resource in vaults_db.resources(context)}
    return [
        {'id': volume.id, 'name': volume.display_name, 'size': volume.size,
         'status': volume.status, 'type': provider.VOLUME, 'children': [],
         'detail': {'availability_zone': volume.availability_zone,
                    'bootable': bool(volume.bootable)},
         'protectable': _judge(volume.status, taken.get(volume.id))}
        for volume in vaults_db.volumes(context)]


def _judge(volume_status: str, vault: dict[str, Any] | None
           ) -> dict[str, Any]:
    code = reason = None
    if vault is not None:
        code, reason = 'BackupService.7006', 'The disk is in a vault.'
    elif volume_status not in ('available', 'in-use'):
        code, reason = 'BackupService.7003', 'The disk is %s.' % volume_status
    return {'result': code is None, 'code': code, 'reason': reason,
            'message': reason, 'vault': vault}


_ALL = '/{project_id}/protectables/{protectable_type}/instances'

ROUTES = (
    route.Route('GET', 'v3', _ALL, policy.PROTECTABLES_LIST, list_instances,
                query=_FILTERS),
    route.Route('GET', 'v3', _ALL + '/{instance_id}',
                policy.PROTECTABLES_SHOW, show),
    route.Route('GET', 'v3', '/{project_id}/storage_usage', policy.USAGE,
                usage, query=_USAGE),
)
