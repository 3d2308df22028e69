# SPDX-License-Identifier: Apache-2.0
"""Operation logs, by which clients follow what CBR does."""

from __future__ import annotations

from typing import Any

from cinder import context as cinder_context

from evs_fake.api.cbr import fields
from evs_fake.api.cbr import lookup
from evs_fake.api.cbr import oplog
from evs_fake.api.cbr import provider
from evs_fake.api.routing import route
from evs_fake.db.cbr import models
from evs_fake.db.cbr import operation_logs as logs_db
from evs_fake.policies import cbr as policy

_COLUMNS = ('operation_type', 'vault_id', 'vault_name', 'resource_id',
            'resource_name')
_FILTERS = {
    **fields.PAGE, **dict.fromkeys(_COLUMNS, fields.TEXT),
    'status': fields.TEXT, 'provider_id': fields.TEXT,
    'start_time': fields.TIME, 'end_time': fields.TIME,
    'enterprise_project_id': fields.TEXT,
}


def list_logs(request: route.Request) -> dict[str, Any]:
    """List logs, newest first."""
    query = request.query
    times = {name: fields.to_time(query[key]) for name, key in (
        ('begin', 'start_time'), ('end', 'end_time')) if key in query}
    shown = [_show(request.context, log) for log in logs_db.find(
        request.context, **times, **{
            name: query[name] for name in _COLUMNS if name in query})]
    shown = [log for log in shown if all(
        log[name] == query[name] for name in ('status', 'provider_id')
        if name in query)]
    logs, page = fields.page(query, shown)
    return {'operation_logs': logs, **page}


def show(request: route.Request) -> dict[str, Any]:
    """Show a log.

    :raises Refused: (404, 6500)
    """
    found = logs_db.find(request.context, id=request.ids['operation_log_id'])
    if not found:
        raise lookup.missing('Operation log',
                             request.ids['operation_log_id'],
                             'BackupService.6500')
    return {'operation_log': _show(request.context, found[0])}


def _show(context: cinder_context.RequestContext,
          log: models.OperationLog) -> dict[str, Any]:
    end = oplog.settled(context, log)
    details = {name: dict(value) for name, value in log.details.items()}
    for name in ('vault_delete', 'remove_resources'):
        if name in details:
            details[name]['fail_count'] = end.failed
    extra = {'common': {
        'progress': 100 if end.status == 'success' else 0,
        'request_id': log.request_id, 'task_id': log.id}}
    if log.resource_id:
        extra['resource'] = {
            'id': log.resource_id, 'name': log.resource_name,
            'type': provider.VOLUME, 'extra_info': {}}
    return {
        'id': log.id, 'project_id': log.project_id,
        'operation_type': log.operation_type, 'status': end.status,
        'provider_id': provider.IDS['disk'],
        'vault_id': log.vault_id, 'vault_name': log.vault_name,
        'policy_id': log.policy_id, 'checkpoint_id': log.checkpoint_id,
        'created_at': fields.time(log.created_at),
        'started_at': fields.time(log.created_at),
        'ended_at': fields.time(end.ended_at),
        'updated_at': fields.time(end.ended_at or log.created_at),
        'error_info': {'code': end.code or '',
                       'message': end.message or ''},
        'extra_info': {**extra, **details},
    }


_ALL = '/{project_id}/operation-logs'

ROUTES = (
    route.Route('GET', 'v3', _ALL, policy.LOGS_LIST, list_logs,
                query=_FILTERS),
    route.Route('GET', 'v3', _ALL + '/{operation_log_id}', policy.LOGS_SHOW,
                show),
)
