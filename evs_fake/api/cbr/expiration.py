# SPDX-License-Identifier: Apache-2.0
"""Changing when all backups of a vault expire."""

from __future__ import annotations

import datetime
from typing import Any

from evs_fake.api.cbr import fields
from evs_fake.api.cbr import lookup
from evs_fake.api.cbr import oplog
from evs_fake.api.cbr import retention
from evs_fake.api.cbr import status
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.db.cbr import backups as backups_db
from evs_fake.db.cbr import operation_logs
from evs_fake.policies import cbr as policy

_UPDATE = fields.closed({
    'expect_expiration_date': {'type': 'string', 'maxLength': 10},
    'time_zone': {'type': ['string', 'null'], 'maxLength': 16},
}, 'expect_expiration_date')


def update(request: route.Request) -> dict[str, Any]:
    """Have a vault's backups expire when a day ends.

    :raises Refused: 6105 (404); (400) no such day or time zone.
    """
    context, asked = request.context, request.body
    vault = lookup.vault(context, request.ids['vault_id'])
    zone = retention.offset(asked.get('time_zone') or 'UTC+00:00')
    try:
        day = datetime.date.fromisoformat(asked['expect_expiration_date'])
        end = datetime.datetime.combine(
            day, datetime.time()) + datetime.timedelta(days=1) - zone
    except (ValueError, TypeError, OverflowError) as error:
        raise exception.Refused(
            'expect_expiration_date must be like 2030-12-31, time_zone like '
            'UTC+08:00.') from error
    ids = [backup.id for backup in backups_db.find(
        context, vault_id=vault.id) if status.is_visible(backup)]
    backups_db.set_expiry(context, ids, end)
    log = oplog.values(
        context, 'update_expiration_time', vault,
        details={'update_expiration_time': {
            'affected_backups_count': len(ids),
            'expiration_day': day.isoformat()}})
    operation_logs.create(context, **log)
    return {'affected_backups_count': len(ids),
            'new_expiration_day': day.isoformat(),
            'operation_log_id': log['id']}


ROUTES = (
    route.Route('PUT', 'v3', '/{project_id}/vaults/{vault_id}'
                '/update-backup-expiration-time', policy.VAULTS_EXPIRATION,
                update, body=_UPDATE),
)
