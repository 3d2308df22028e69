# SPDX-License-Identifier: Apache-2.0
"""Backups in vaults, on Cinder's."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from cinder import context as cinder_context
from cinder import objects

from evs_fake.api.cbr import deletion
from evs_fake.api.cbr import fields
from evs_fake.api.cbr import locks
from evs_fake.api.cbr import lookup
from evs_fake.api.cbr import provider
from evs_fake.api.cbr import status
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.db.cbr import backups as backups_db
from evs_fake.db.cbr import vaults as vaults_db
from evs_fake.policies import cbr as policy

#: Filters that compare a field of the answer with a text or a boolean.
_EQUAL = ('checkpoint_id', 'image_type', 'name', 'resource_az',
          'resource_id', 'resource_name', 'resource_type', 'vault_id',
          'parent_id', 'incremental')

_FILTERS = {
    **fields.PAGE,
    **dict.fromkeys(_EQUAL, fields.TEXT),
    'incremental': {'type': 'boolean'},
    'dec': {'type': 'boolean'},
    'marker': fields.TEXT,
    'sort': fields.TEXT,
    'start_time': fields.TIME, 'end_time': fields.TIME,
    'status': {'type': 'array', 'items': fields.TEXT, 'maxItems': 10},
    'own_type': {'enum': ['private', 'shared', 'all_granted']},
    'member_status': {'enum': ['pending', 'accepted', 'rejected']},
    'enterprise_project_id': fields.TEXT,
}
_SORTABLE = ('created_at', 'updated_at', 'name', 'status', 'protected_at',
             'id', 'resource_name', 'resource_size')

_UPDATE = fields.wrapped('backup', {
    'name': {**fields.BACKUP_NAME, 'minLength': 1}}, 'name')


def list_backups(request: route.Request) -> dict[str, Any]:
    """List backups, newest first unless ``sort`` says otherwise."""
    query = request.query
    shown = show_all(request.context, [
        backup for backup in backups_db.find(request.context)
        if status.is_visible(backup)])
    if query.get('own_type') == 'shared' or query.get(
            'enterprise_project_id', '0') not in ('0', 'all_granted_eps'):
        shown = []
    shown = [backup for backup in shown if _matches(backup, query)]
    _sort(shown, query.get('sort', 'created_at:desc'))
    ids = [backup['id'] for backup in shown]
    if 'marker' in query:
        if query['marker'] not in ids:
            raise exception.Refused('marker: no backup of this list')
        shown = shown[ids.index(query['marker']) + 1:]
    backups, page = fields.page(query, shown)
    page['count'] = len(ids)
    answer = {'backups': backups, **page}
    if page['offset'] + len(backups) < len(shown) and backups:
        answer['backups_links'] = [{'rel': 'next', 'href': (
            '%s%s?%s' % (request.url, request.path, urllib.parse.urlencode(
                {'limit': page['limit'], 'marker': backups[-1]['id']})))}]
    return answer


def show(request: route.Request) -> dict[str, Any]:
    """Show a backup.

    :raises Refused: (404, 6200)
    """
    backup = lookup.backup(request.context, request.ids['backup_id'])
    return {'backup': show_all(request.context, [backup])[0]}


def update(request: route.Request) -> dict[str, Any]:
    """Rename a backup; Cinder shows the new name, too.

    :raises Refused: (404, 6200)
    """
    backup = lookup.backup(request.context, request.ids['backup_id'])
    stored = objects.Backup.get_by_id(request.context, backup.id)
    stored.display_name = request.body['backup']['name']
    stored.save()
    return show(request)


def delete(request: route.Request) -> None:
    """Delete a backup.

    :raises Refused: 6200 (404); 6201 it is being made or restored.
    """
    context = request.context
    vault_id = lookup.backup(context, request.ids['backup_id']).vault_id
    with locks.vault(vault_id):
        backup = lookup.backup(context, request.ids['backup_id'])
        if backup.status == 'deleting':
            return
        deletion.check([backup], 'BackupService.6201')
        deletion.delete(context, next(
            iter(vaults_db.find(context, [vault_id])), None), backup)


def metadata(request: route.Request) -> dict[str, Any]:
    """What was around a backup's resource; of a volume, nothing.

    :raises Refused: (404, 6200)
    """
    backup = lookup.backup(request.context, request.ids['backup_id'])
    return {'backup_id': backup.id, 'backups': None, 'flavor': None,
            'floatingips': [], 'interface': None, 'ports': [],
            'server': None, 'volumes': [backup.resource_id],
            'workspace': None}


def show_all(context: cinder_context.RequestContext,
             backups: Sequence[backups_db.Backup]) -> list[dict[str, Any]]:
    """The bodies of backups."""
    snapshots = backups_db.snapshot_ids(context, backups)
    return [_show(backup, snapshots.get(backup.id)) for backup in backups]


def _show(backup: backups_db.Backup, snapshot_id: str | None
          ) -> dict[str, Any]:
    return {
        'id': backup.id, 'name': backup.name,
        'description': backup.description,
        'checkpoint_id': backup.checkpoint_id, 'vault_id': backup.vault_id,
        'project_id': backup.project_id,
        'provider_id': provider.IDS['disk'],
        'image_type': 'backup',
        'resource_id': backup.resource_id,
        'resource_name': backup.resource_name,
        'resource_type': provider.VOLUME,
        'resource_size': backup.size,
        'resource_az': backup.resource_az,
        'status': status.backup_status(backup),
        'created_at': fields.time(backup.created_at),
        'updated_at': fields.time(backup.updated_at),
        'protected_at': fields.time(backup.protected_at),
        'expired_at': fields.time(backup.expired_at),
        # Of the backups that make up a server's; not what an incremental
        # one builds upon.
        'parent_id': None, 'children': [],
        'incremental': bool(backup.parent_id), 'version': 0,
        'enterprise_project_id': '0', 'replication_records': [],
        'extend_info': {
            'auto_trigger': backup.auto_trigger,
            'bootable': backup.bootable,
            'incremental': bool(backup.parent_id),
            'snapshot_id': snapshot_id,
            'support_lld': False,
            'supported_restore_mode': 'backup',
            'os_images_data': None,
            'contain_system_disk': backup.bootable,
            'encrypted': False,
            'system_disk': backup.bootable,
            'is_multi_az': False,
        },
    }


def _matches(backup: Mapping[str, Any], query: Mapping[str, Any]) -> bool:
    created = fields.to_time(backup['created_at'])
    return (
        all(backup[name] == query[name] for name in _EQUAL if name in query)
        and ('status' not in query or backup['status'] in query['status'])
        and ('start_time' not in query
             or created >= fields.to_time(query['start_time']))
        and ('end_time' not in query
             or created <= fields.to_time(query['end_time'])))


def _sort(backups: list[dict[str, Any]], order: str) -> None:
    """Sort by ``key[:asc|desc],...``, in place."""
    for part in reversed(order.split(',')):
        key, _colon, direction = part.partition(':')
        if key not in _SORTABLE or direction not in ('', 'asc', 'desc'):
            raise exception.Refused(
                'sort: must be <key>[:asc|desc],... with keys of %s' %
                ', '.join(_SORTABLE))
        backups.sort(key=lambda backup, key=key: (
            backup[key] is not None, backup[key]),
            reverse=direction != 'asc')


_ALL = '/{project_id}/backups'
_ONE = _ALL + '/{backup_id}'

ROUTES = (
    route.Route('GET', 'v3', _ALL, policy.BACKUPS_LIST, list_backups,
                query=_FILTERS),
    route.Route('GET', 'v3', _ONE, policy.BACKUPS_SHOW, show),
    route.Route('PUT', 'v3', _ONE, policy.BACKUPS_UPDATE, update,
                body=_UPDATE),
    route.Route('DELETE', 'v3', _ONE, policy.BACKUPS_DELETE, delete,
                HTTPStatus.NO_CONTENT),
    route.Route('GET', 'v3', _ONE + '/metadata', policy.BACKUPS_METADATA,
                metadata),
)
