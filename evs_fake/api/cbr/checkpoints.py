# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: taking backups of a vault's resources."""

from __future__ import annotations

import json
from typing import Any

from cinder import context as cinder_context

from evs_fake.api.cbr import accounting
from evs_fake.api.cbr import fields
from evs_fake.api.cbr import lookup
from evs_fake.api.cbr import protection
from evs_fake.api.cbr import provider
from evs_fake.api.cbr import status
from evs_fake.api.routing import route
from evs_fake.db.cbr import backups as backups_db
from evs_fake.policies import cbr as policy

_CREATE = fields.wrapped('checkpoint', {
    'vault_id': fields.UUID,
    'parameters': {**fields.closed({
        'name': fields.BACKUP_NAME,
        'description': fields.DESCRIPTION,
        'auto_trigger': fields.BOOLEAN,
        'incremental': fields.BOOLEAN,
        'resources': {'type': ['array', 'null'], 'items': fields.UUID,
                      'maxItems': 256},
        'resource_details': {'type': ['array', 'null'],
                             'items': fields.RESOURCE, 'maxItems': 256},
        'policy_id': {'type': ['string', 'null'], 'maxLength': 36},
        'retention_duration_days': {
            'type': ['integer', 'null'], 'minimum': -1, 'maximum': 36500},
    }), 'type': ['object', 'null']},
}, 'vault_id')


def create(request: route.Request) -> dict[str, Any]:
    """Back up a vault's resources, or those of them that are named.

    :raises Refused: see :func:`evs_fake.api.cbr.protection.protect`.
    """
    asked = request.body['checkpoint']
    parameters = asked.get('parameters') or {}
    wanted = [*(parameters.get('resources') or ()),
              *(each['id']
                for each in parameters.get('resource_details') or ())]
    incremental = parameters.get('incremental')
    checkpoint_id = protection.protect(
        request.context, asked['vault_id'], wanted or None,
        protection.Options(
            name=parameters.get('name') or None,
            description=parameters.get('description'),
            retention_days=parameters.get('retention_duration_days') or -1,
            incremental=True if incremental is None else incremental,
            auto_trigger=bool(parameters.get('auto_trigger'))))
    return _answer(request.context, checkpoint_id)


def show(request: route.Request) -> dict[str, Any]:
    """Show a checkpoint.

    :raises Refused: (404, 6217)
    """
    return _answer(request.context, request.ids['checkpoint_id'])


def _answer(context: cinder_context.RequestContext, checkpoint_id: str
            ) -> dict[str, Any]:
    """A checkpoint; numbers of resources are texts, as CBR declares them."""
    row = backups_db.checkpoint(context, checkpoint_id)
    if row is None:
        raise lookup.missing('Checkpoint', checkpoint_id,
                             'BackupService.6217')
    backups = backups_db.find(context, checkpoint_id=checkpoint_id)
    of_resource = {each['id']: [
        backup for backup in backups if backup.resource_id == each['id']]
        for each in row['resources']}
    return {'checkpoint': {
        'id': row['id'],
        'project_id': row['project_id'],
        'created_at': fields.time(row['created_at']),
        'status': status.checkpoint_status(backups),
        'vault': {
            'id': row['vault_id'], 'name': row['vault_name'],
            'resources': [
                {'id': each['id'], 'name': each['name'],
                 'type': provider.VOLUME,
                 'protect_status': status.protect_status(
                     of_resource[each['id']]),
                 'resource_size': str(each['size']),
                 'backup_size': str(
                     accounting.used(of_resource[each['id']])),
                 'backup_count': str(sum(
                     status.is_visible(backup)
                     for backup in of_resource[each['id']])),
                 'extra_info': json.dumps(each['extra_info'])}
                for each in row['resources']],
            'skipped_resources': row['skipped']},
        'extra_info': {'name': row['name'],
                       'description': row['description'],
                       'retention_duration': row['retention_days']}}}


_ALL = '/{project_id}/checkpoints'

ROUTES = (
    route.Route('POST', 'v3', _ALL, policy.CHECKPOINTS_CREATE, create,
                body=_CREATE),
    route.Route('GET', 'v3', _ALL + '/{checkpoint_id}',
                policy.CHECKPOINTS_SHOW, show),
)
