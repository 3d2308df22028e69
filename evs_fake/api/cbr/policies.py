# SPDX-License-Identifier: Apache-2.0
"""Backup policies: when, and what to keep."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from oslo_utils import timeutils
from oslo_utils import uuidutils

from evs_fake.api.cbr import execution
from evs_fake.api.cbr import fields
from evs_fake.api.cbr import lookup
from evs_fake.api.cbr import retention
from evs_fake.api.cbr import schedule
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.db.cbr import policies as policies_db
from evs_fake.policies import cbr as policy


def _count(lowest: int, highest: int) -> dict[str, Any]:
    return {'type': ['integer', 'null'], 'minimum': lowest,
            'maximum': highest}


_ELSEWHERE = {'type': ['string', 'null'], 'maxLength': 255}
_DEFINITION = fields.closed({
    'max_backups': _count(-1, 99999),
    'retention_duration_days': _count(-1, 99999),
    **dict.fromkeys(('day_backups', 'week_backups', 'month_backups',
                     'year_backups'), _count(0, 100)),
    'timezone': {'type': ['string', 'null'], 'maxLength': 16},
    'full_backup_interval': _count(-1, 100),
    # Of replication.
    'destination_region': _ELSEWHERE, 'destination_project_id': _ELSEWHERE,
    'enable_acceleration': fields.BOOLEAN,
})
_TRIGGER = fields.closed({'properties': fields.closed({
    'pattern': {'type': 'array', 'minItems': 1, 'maxItems': 24,
                'items': fields.TEXT},
}, 'pattern')}, 'properties')

_CREATE = fields.wrapped('policy', {
    'name': fields.VAULT_NAME, 'enabled': fields.BOOLEAN,
    'operation_type': {'enum': ['backup', 'replication']},
    'operation_definition': _DEFINITION, 'trigger': _TRIGGER,
}, 'name', 'operation_type', 'operation_definition', 'trigger')
_UPDATE = fields.wrapped('policy', {
    'name': fields.VAULT_NAME, 'enabled': fields.BOOLEAN,
    'operation_definition': _DEFINITION, 'trigger': _TRIGGER})

_ASSOCIATE = fields.closed({
    'policy_id': {'type': ['string', 'null'], 'maxLength': 36},
    'destination_vault_id': {'type': ['string', 'null'], 'maxLength': 36},
    'add_policy_ids': {'type': ['array', 'null'], 'maxItems': 24,
                       'items': {'type': 'string', 'maxLength': 36}}})
_DISSOCIATE = fields.closed({
    'policy_id': {'type': 'string', 'maxLength': 36}}, 'policy_id')


def create(request: route.Request) -> dict[str, Any]:
    """Make a policy.

    :raises Refused: (400) its schedule or definition is not valid, or it
        is to replicate.
    """
    asked = request.body['policy']
    if asked['operation_type'] == 'replication':
        raise exception.Refused(
            'policy.operation_type: evs-fake is one region, with no other '
            'to replicate to.')
    policy_id = uuidutils.generate_uuid()
    enabled = asked.get('enabled')
    policies_db.create(
        request.context, id=policy_id, name=asked['name'],
        enabled=True if enabled is None else enabled,
        definition=_definition(asked['operation_definition']),
        pattern=_pattern(asked), trigger_id=uuidutils.generate_uuid(),
        start_time=timeutils.utcnow())
    return _answer(request, policy_id)


def list_policies(request: route.Request) -> dict[str, Any]:
    """List policies, oldest first."""
    query = request.query
    shown = [
        _show(each) for each in policies_db.find(request.context)
        if query.get('operation_type', 'backup') == 'backup'
        and ('vault_id' not in query
             or query['vault_id'] in each.vault_ids)]
    policies, page = fields.page(query, shown)
    return {'policies': policies, 'count': page['count']}


def show(request: route.Request) -> dict[str, Any]:
    """Show a policy.

    :raises Refused: (404, 6000)
    """
    return _answer(request, request.ids['policy_id'])


def update(request: route.Request) -> dict[str, Any]:
    """Change a policy; a definition replaces the former one's parts.

    :raises Refused: 6000 (404); see :func:`create`.
    """
    asked = request.body['policy']
    found = lookup.policy(request.context, request.ids['policy_id'])
    values: dict[str, Any] = {
        name: asked[name] for name in ('name', 'enabled')
        if asked.get(name) is not None}
    if 'operation_definition' in asked:
        values['definition'] = _definition(
            {**found.definition, **asked['operation_definition']})
    if 'trigger' in asked:
        values['pattern'] = _pattern(asked)
    if values:
        policies_db.update(request.context, found.id, **values)
    return _answer(request, found.id)


def delete(request: route.Request) -> None:
    """Delete a policy; its backups stay.

    :raises Refused: (404, 6000)
    """
    policies_db.delete(request.context, lookup.policy(
        request.context, request.ids['policy_id']).id)


def associate(request: route.Request) -> dict[str, Any]:
    """Have a policy hold for a vault, in the place of the former one.

    ``add_policy_ids`` leaves those that hold already.

    :raises Refused: (404) 6105 or 6000; (400) not exactly one is given.
    """
    asked, vault_id = request.body, request.ids['vault_id']
    lookup.vault(request.context, vault_id)
    several = asked.get('add_policy_ids') or []
    if bool(several) == bool(asked.get('policy_id')):
        raise exception.Refused(
            'Give either policy_id or add_policy_ids.')
    ids = list(dict.fromkeys(several or [asked['policy_id']]))
    for policy_id in ids:
        lookup.policy(request.context, policy_id)
    policies_db.associate(request.context, vault_id, ids,
                          replace=not several)
    return {'associate_policy': {'vault_id': vault_id, 'policy_id': ids[0],
                                 'destination_vault_id': None}}


def dissociate(request: route.Request) -> dict[str, Any]:
    """Have a policy hold for a vault no more.

    :raises Refused: (404) 6105 or 6000.
    """
    vault_id, policy_id = request.ids['vault_id'], request.body['policy_id']
    lookup.vault(request.context, vault_id)
    if not policies_db.dissociate(request.context, vault_id, policy_id):
        raise lookup.missing('Policy', policy_id, 'BackupService.6000')
    return {'dissociate_policy': {
        'vault_id': vault_id, 'policy_id': policy_id,
        'destination_vault_id': None}}


def run(request: route.Request) -> dict[str, Any]:
    """Execute a policy now, enabled or not. The real CBR has no such route.

    :raises Refused: (404, 6000)
    """
    return {'checkpoints': execution.run(request.context, lookup.policy(
        request.context, request.ids['policy_id']))}


def _answer(request, policy_id):
    return {'policy': _show(lookup.policy(request.context, policy_id))}


def _show(found: policies_db.Policy) -> dict[str, Any]:
    return {
        'id': found.id, 'name': found.name, 'enabled': found.enabled,
        'operation_type': 'backup',
        'operation_definition': dict(found.definition),
        'trigger': {
            'id': found.trigger_id, 'name': 'default', 'type': 'time',
            'properties': {
                'pattern': list(found.pattern),
                'start_time': found.start_time.strftime(
                    '%Y-%m-%d %H:%M:%S')}},
        'associated_vaults': [
            {'vault_id': vault_id, 'destination_vault_id': None}
            for vault_id in found.vault_ids],
    }


def _pattern(asked):
    pattern = asked['trigger']['properties']['pattern']
    schedule.check(pattern)
    return pattern


def _definition(asked: dict[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in asked.items()
             if value is not None}
    if found.get('timezone') and retention.offset(found['timezone']) is None:
        raise exception.Refused(
            'operation_definition.timezone: must be like UTC+08:00')
    if 'timezone' not in found and any(
            found.get(name) for name in ('day_backups', 'week_backups',
                                         'month_backups', 'year_backups')):
        raise exception.Refused(
            'operation_definition.timezone: is needed to tell days')
    return found


_ALL = '/{project_id}/policies'
_ONE = _ALL + '/{policy_id}'
_VAULT = '/{project_id}/vaults/{vault_id}'

ROUTES = (
    route.Route('POST', 'v3', _ALL, policy.POLICIES_CREATE, create,
                body=_CREATE),
    route.Route('GET', 'v3', _ALL, policy.POLICIES_LIST, list_policies,
                query={**fields.PAGE, 'operation_type': fields.TEXT,
                       'vault_id': fields.TEXT}),
    route.Route('GET', 'v3', _ONE, policy.POLICIES_SHOW, show),
    route.Route('PUT', 'v3', _ONE, policy.POLICIES_UPDATE, update,
                body=_UPDATE),
    route.Route('DELETE', 'v3', _ONE, policy.POLICIES_DELETE, delete,
                HTTPStatus.NO_CONTENT),
    route.Route('POST', 'v3', _VAULT + '/associatepolicy',
                policy.POLICIES_ASSOCIATE, associate, body=_ASSOCIATE),
    route.Route('POST', 'v3', _VAULT + '/dissociatepolicy',
                policy.POLICIES_DISSOCIATE, dissociate, body=_DISSOCIATE),
    route.Route('POST', 'v3',
                '/{project_id}/evs-fake/policies/{policy_id}/run',
                policy.POLICIES_RUN, run),
)
