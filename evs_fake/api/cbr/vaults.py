# SPDX-License-Identifier: Apache-2.0
"""Vaults: what is to be backed up, and how much room there is for it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from oslo_utils import uuidutils

from evs_fake.api.cbr import accounting
from evs_fake.api.cbr import deletion
from evs_fake.api.cbr import fields
from evs_fake.api.cbr import locks
from evs_fake.api.cbr import lookup
from evs_fake.api.cbr import oplog
from evs_fake.api.cbr import provider
from evs_fake.api.cbr import resources
from evs_fake.api.cbr import vault_view
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.db import tags as tags_db
from evs_fake.db.cbr import backups as backups_db
from evs_fake.db.cbr import operation_logs
from evs_fake.db.cbr import policies as policies_db
from evs_fake.db.cbr import vaults as vaults_db
from evs_fake.policies import cbr as policy

_SIZE = {'type': 'integer', 'minimum': 1, 'maximum': fields.MAX_SIZE}
_THRESHOLD = {'type': ['integer', 'null'], 'minimum': 1, 'maximum': 100}
_LEVEL = {'enum': ['crash_consistent', 'app_consistent']}
_BIND_RULES = {**fields.closed({'tags': fields.TAGS}),
               'type': ['object', 'null']}

#: What is kept as it came and shown again.
_SETTINGS = {
    'auto_bind': fields.BOOLEAN, 'bind_rules': _BIND_RULES,
    'auto_expand': fields.BOOLEAN, 'threshold': _THRESHOLD,
    'smn_notify': fields.BOOLEAN, 'locked': fields.BOOLEAN,
}
_CREATE = fields.wrapped('vault', {
    **_SETTINGS,
    'name': fields.VAULT_NAME,
    'description': fields.DESCRIPTION,
    'billing': fields.closed({
        'object_type': {'enum': list(provider.TYPES)},
        'protect_type': {'enum': ['backup', 'replication', None]},
        'consistent_level': _LEVEL,
        'size': _SIZE,
        'cloud_type': {'enum': ['public', 'hybrid', None]},
        'charging_mode': {'enum': ['post_paid', 'pre_paid', None]},
        'period_type': {'type': ['string', 'null'], 'maxLength': 32},
        'period_num': {'type': ['integer', 'null'], 'minimum': 0,
                       'maximum': 100},
        'is_auto_renew': fields.BOOLEAN, 'is_auto_pay': fields.BOOLEAN,
        'console_url': {'type': ['string', 'null'], 'maxLength': 255},
        'is_multi_az': fields.BOOLEAN,
        # What python-otcextensions calls protect_type.
        'operation_type': {'type': ['string', 'null'], 'maxLength': 32},
    }, 'object_type', 'size'),
    'resources': fields.RESOURCES,
    'backup_policy_id': {'type': ['string', 'null'], 'maxLength': 36},
    'tags': fields.TAGS,
    'enterprise_project_id': {'type': ['string', 'null'], 'maxLength': 36},
    'backup_name_prefix': {'type': ['string', 'null'], 'maxLength': 32},
    'demand_billing': fields.BOOLEAN,
    'availability_zone': {'type': ['string', 'null'], 'maxLength': 32},
    'sys_lock_source_service': {'type': ['string', 'null'],
                                'maxLength': 32},
}, 'name', 'billing', 'resources')

_UPDATE = fields.wrapped('vault', {
    **_SETTINGS,
    'name': fields.VAULT_NAME,
    'billing': fields.closed({'size': _SIZE, 'consistent_level': _LEVEL}),
})
_BATCH_UPDATE = fields.wrapped('vault', {
    'smn_notify': fields.BOOLEAN, 'threshold': _THRESHOLD})

_FILTERS = {
    **fields.PAGE,
    'id': {'type': 'array', 'items': fields.TEXT, 'maxItems': 1000},
    'name': fields.TEXT, 'cloud_type': fields.TEXT,
    'protect_type': fields.TEXT, 'object_type': fields.TEXT,
    'policy_id': fields.TEXT, 'status': fields.TEXT,
    'resource_ids': {'type': 'string', 'maxLength': 10000},
    'enterprise_project_id': fields.TEXT,
}


def create(request: route.Request) -> dict[str, Any]:
    """Make a vault, with resources in it if some are given.

    :raises Refused: 6101 it is too small for them; 6103 one is in a vault
        already; 6000 there is no such policy (404).
    """
    context = request.context
    asked = request.body['vault']
    billing = asked['billing']
    _refuse_what_is_not_there(billing)
    policy_id = asked.get('backup_policy_id')
    if policy_id:
        lookup.policy(context, policy_id)
    found = resources.read(
        context, billing['object_type'], asked['resources'])
    accounting.check_size(billing['size'], sum(
        volume.size for volume in found))
    vault_id = uuidutils.generate_uuid()
    settings = {
        name: asked[name] for name in vault_view.SETTINGS
        if asked.get(name) is not None}
    settings['consistent_level'] = billing.get(
        'consistent_level', 'crash_consistent')
    settings['cloud_type'] = billing.get('cloud_type')
    with resources.refusing_taken():
        vaults_db.create(
            context, resources.rows(found, asked['resources']), id=vault_id,
            name=asked['name'], description=asked.get('description'),
            object_type=billing['object_type'], size=billing['size'],
            settings=settings)
    if policy_id:
        policies_db.associate(context, vault_id, [policy_id], replace=True)
    if asked.get('tags'):
        tags_db.replace(context, vault_view.TAGGED, vault_id, {
            tag['key']: tag.get('value') or '' for tag in asked['tags']})
    return _answer(request, vault_id)


def list_vaults(request: route.Request) -> dict[str, Any]:
    """List vaults, newest first."""
    query = request.query
    found = vaults_db.find(request.context, query.get('id'))
    if 'policy_id' in query:
        bound = {vault_id for each in policies_db.find(
            request.context, query['policy_id'])
            for vault_id in each.vault_ids}
        found = [vault for vault in found if vault.id in bound]
    if 'name' in query:
        found = [vault for vault in found if vault.name == query['name']]
    shown = [
        vault for vault in vault_view.show_all(request.context, found)
        if all(vault['billing'][name] == query[name] for name in (
            'cloud_type', 'protect_type', 'object_type', 'status')
            if name in query)
        and query.get('enterprise_project_id', '0') in (
            '0', 'all_granted_eps')]
    if 'resource_ids' in query:
        wanted = set(query['resource_ids'].split(','))
        shown = [vault for vault in shown if not wanted.isdisjoint(
            resource['id'] for resource in vault['resources'])]
    vaults, page = fields.page(query, shown)
    return {'vaults': vaults, **page}


def show(request: route.Request) -> dict[str, Any]:
    """Show a vault.

    :raises Refused: (404, 6105)
    """
    return _answer(request, request.ids['vault_id'])


def update(request: route.Request) -> dict[str, Any]:
    """Change a vault.

    :raises Refused: 6105 (404); 6101 the new size is below what is used.
    """
    context, asked = request.context, request.body['vault']
    vault_id = request.ids['vault_id']
    with lookup.locked_vault(context, vault_id) as vault:
        billing = asked.get('billing', {})
        values: dict[str, Any] = {}
        if 'size' in billing:
            accounting.check_size(billing['size'], max(
                accounting.allocated(
                    vaults_db.resources(context, [vault_id])),
                -(-accounting.used(backups_db.find(
                    context, vault_id=vault_id)) // accounting.MB)))
            values['size'] = billing['size']
        settings = {name: asked[name] for name in _SETTINGS
                    if asked.get(name) is not None}
        if 'consistent_level' in billing:
            settings['consistent_level'] = billing['consistent_level']
        if 'name' in asked:
            values['name'] = asked['name']
        vaults_db.update(context, vault_id, **values,
                         settings={**vault.settings, **settings})
    return _answer(request, vault_id)


def batch_update(request: route.Request) -> dict[str, Any]:
    """Change settings of all vaults."""
    settings = {name: value for name, value
                in request.body['vault'].items() if value is not None}
    found = vaults_db.find(request.context)
    for vault in found:
        with locks.vault(vault.id):
            for fresh in vaults_db.find(request.context, [vault.id]):
                vaults_db.update(request.context, fresh.id, settings={
                    **fresh.settings, **settings})
    return {'updated_vaults_id': [vault.id for vault in found]}


def delete(request: route.Request) -> None:
    """Delete a vault and its backups.

    :raises Refused: 6105 (404); 6111 a backup is being made or restored.
    """
    context = request.context
    vault_id = request.ids['vault_id']
    with lookup.locked_vault(context, vault_id) as vault:
        found = backups_db.find(context, vault_id=vault_id)
        deletion.check(found, 'BackupService.6111')
        ids = [backup.id for backup in found]
        oplog.settle_of(context, ids)
        vaults_db.delete(context, vault_id)
        tags_db.remove(context, vault_view.TAGGED, vault_id)
        operation_logs.create(context, **oplog.values(
            context, 'vault_delete', vault, backup_ids=ids,
            details={'vault_delete': {'total_count': len(ids)}}))
        deletion.ask(context, found)
    locks.remove(vault_id)


def summary(request: route.Request) -> dict[str, Any]:
    """The size of all vaults, GB, and what is used of it, MB."""
    found = vaults_db.find(request.context)
    return {'size': sum(vault.size for vault in found),
            'used_size': accounting.used(backups_db.find(request.context))}


def _answer(request, vault_id):
    vault = lookup.vault(request.context, vault_id)
    return {'vault': vault_view.show_all(request.context, [vault])[0]}


def _refuse_what_is_not_there(billing):
    for name, value, reason in (
            ('protect_type', 'replication',
             'there is no other region to replicate to'),
            ('charging_mode', 'pre_paid', 'there is no billing'),
            ('cloud_type', 'hybrid', 'there is no other cloud')):
        if billing.get(name) == value:
            raise exception.Refused(
                'vault.billing.%s: evs-fake has no %s: %s.' % (
                    name, value, reason))


_ALL = '/{project_id}/vaults'
_ONE = _ALL + '/{vault_id}'

ROUTES = (
    route.Route('PUT', 'v3', _ALL + '/batch-update',
                policy.VAULTS_BATCH_UPDATE, batch_update,
                body=_BATCH_UPDATE),
    route.Route('GET', 'v3', _ALL + '/summary', policy.VAULTS_SUMMARY,
                summary),
    route.Route('POST', 'v3', _ALL, policy.VAULTS_CREATE, create,
                body=_CREATE),
    route.Route('GET', 'v3', _ALL, policy.VAULTS_LIST, list_vaults,
                query=_FILTERS),
    route.Route('GET', 'v3', _ONE, policy.VAULTS_SHOW, show),
    route.Route('PUT', 'v3', _ONE, policy.VAULTS_UPDATE, update,
                body=_UPDATE),
    route.Route('DELETE', 'v3', _ONE, policy.VAULTS_DELETE, delete,
                HTTPStatus.NO_CONTENT),
)
