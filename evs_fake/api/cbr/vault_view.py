# SPDX-License-Identifier: Apache-2.0
"""Vaults as CBR shows them."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from cinder import context as cinder_context

from evs_fake.api.cbr import accounting
from evs_fake.api.cbr import fields
from evs_fake.api.cbr import provider
from evs_fake.api.cbr import status
from evs_fake.db import tags as tags_db
from evs_fake.db.cbr import backups as backups_db
from evs_fake.db.cbr import vaults as vaults_db

#: What tags of vaults are put down as.
TAGGED = 'vault'

#: Settings that a vault shows outside ``billing``, with their defaults.
SETTINGS = {
    'auto_bind': False, 'bind_rules': {}, 'auto_expand': False,
    'threshold': 80, 'smn_notify': True, 'locked': False,
    'backup_name_prefix': '', 'demand_billing': False,
    'availability_zone': None, 'sys_lock_source_service': None,
}


def show_all(context: cinder_context.RequestContext,
             vaults: Sequence[vaults_db.Vault]) -> list[dict[str, Any]]:
    """The bodies of vaults."""
    ids = [vault.id for vault in vaults]
    resources = _by_vault(vaults_db.resources(context, ids))
    backups = _by_vault(backups_db.find(context, vault_id=ids))
    tags = tags_db.get(context, TAGGED, ids)
    return [_show(vault, resources.get(vault.id, []),
                  backups.get(vault.id, []), tags[vault.id])
            for vault in vaults]


def _by_vault(items: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for item in items:
        found.setdefault(item.vault_id, []).append(item)
    return found


def _show(vault, resources, backups, tags):
    of_resource = {resource.id: [
        backup for backup in backups if backup.resource_id == resource.id]
        for resource in resources}
    return {
        'id': vault.id, 'name': vault.name,
        'description': vault.description,
        'project_id': vault.project_id, 'user_id': vault.user_id,
        'provider_id': provider.IDS[vault.object_type],
        'created_at': fields.time(vault.created_at),
        'updated_at': fields.time(vault.updated_at),
        'enterprise_project_id': '0',
        'tags': [{'key': key, 'value': value}
                 for key, value in sorted(tags.items())],
        **SETTINGS,
        **{name: value for name, value in vault.settings.items()
           if name in SETTINGS},
        'billing': {
            'allocated': accounting.allocated(resources),
            'used': accounting.used(backups),
            'size': vault.size,
            'status': 'available',
            'spec_code': provider.SPECIFICATIONS[vault.object_type],
            'charging_mode': 'post_paid',
            'cloud_type': vault.settings.get('cloud_type') or 'public',
            'consistent_level': vault.settings['consistent_level'],
            'object_type': vault.object_type,
            'protect_type': 'backup',
            'order_id': '', 'product_id': '', 'storage_unit': None,
            'frozen_scene': '', 'is_multi_az': False,
        },
        'resources': [
            {'id': resource.id, 'name': resource.name,
             'type': provider.VOLUME, 'size': resource.size,
             'protect_status': status.protect_status(
                 of_resource[resource.id]),
             'backup_size': accounting.used(of_resource[resource.id]),
             'backup_count': sum(
                 status.is_visible(backup)
                 for backup in of_resource[resource.id]),
             'extra_info': dict(resource.extra_info),
             'auto_protect': resource.auto_protect}
            for resource in resources],
    }
