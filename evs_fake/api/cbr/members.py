# SPDX-License-Identifier: Apache-2.0
"""Sharing of backups, which CBR has for those of servers only.

All backups here are of disks: none is shared, and none can be.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from typing import NoReturn

from evs_fake.api.cbr import fields
from evs_fake.api.cbr import lookup
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.policies import cbr as policy

_ADD = fields.closed({
    'members': {'type': 'array', 'items': fields.TEXT, 'maxItems': 256},
    'domains': {'type': 'array', 'items': fields.TEXT, 'maxItems': 256}})
_UPDATE = fields.closed({
    'status': {'enum': ['accepted', 'pending', 'rejected']},
    'vault_id': {'type': ['string', 'null'], 'maxLength': 36}}, 'status')


def add(request: route.Request) -> NoReturn:
    """Refuse to share a disk's backup.

    :raises Refused: 6200 (404); 6700.
    """
    backup = lookup.backup(request.context, request.ids['backup_id'])
    raise exception.Refused(
        'Backup %s is of a disk; only backups of servers can be shared.'
        % backup.id, 'BackupService.6700')


def list_members(request: route.Request) -> dict[str, Any]:
    """List those a backup is shared with: nobody.

    :raises Refused: (404, 6200)
    """
    lookup.backup(request.context, request.ids['backup_id'])
    return {'members': [], 'count': 0}


def of_nobody(request: route.Request) -> NoReturn:
    """Refuse what is about one member.

    :raises Refused: (404) 6200 or 6705.
    """
    lookup.backup(request.context, request.ids['backup_id'])
    raise lookup.missing('Member', request.ids['member_id'],
                         'BackupService.6705')


_ALL = '/{project_id}/backups/{backup_id}/members'
_ONE = _ALL + '/{member_id}'

ROUTES = (
    route.Route('POST', 'v3', _ALL, policy.MEMBERS_ADD, add, body=_ADD),
    route.Route('GET', 'v3', _ALL, policy.MEMBERS_LIST, list_members,
                query=fields.PAGE),
    route.Route('GET', 'v3', _ONE, policy.MEMBERS_SHOW, of_nobody),
    route.Route('PUT', 'v3', _ONE, policy.MEMBERS_UPDATE, of_nobody,
                body=_UPDATE),
    route.Route('DELETE', 'v3', _ONE, policy.MEMBERS_DELETE, of_nobody,
                HTTPStatus.NO_CONTENT),
)
