# SPDX-License-Identifier: Apache-2.0
"""The resources of a vault: putting volumes in and taking them out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects

from evs_fake.api.cbr import accounting
from evs_fake.api.cbr import deletion
from evs_fake.api.cbr import fields
from evs_fake.api.cbr import locks
from evs_fake.api.cbr import lookup
from evs_fake.api.cbr import oplog
from evs_fake.api.cbr import provider
from evs_fake.api.cbr import status
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.db.cbr import backups as backups_db
from evs_fake.db.cbr import operation_logs
from evs_fake.db.cbr import vaults as vaults_db
from evs_fake.policies import cbr as policy

_ADD = fields.closed({'resources': {**fields.RESOURCES, 'minItems': 1}},
                     'resources')
_REMOVE = fields.closed({'resource_ids': fields.RESOURCE_IDS},
                        'resource_ids')
_MIGRATE = fields.closed({'destination_vault_id': fields.UUID,
                          'resource_ids': fields.RESOURCE_IDS},
                         'destination_vault_id', 'resource_ids')
_SET = fields.closed({'resource_ids': fields.RESOURCE_IDS,
                      'action': {'enum': ['suspend', 'unsuspend']}},
                     'resource_ids', 'action')


def read(context: cinder_context.RequestContext, object_type: str,
         asked: Sequence[Mapping[str, Any]]) -> list[objects.Volume]:
    """The volumes that a request puts into a vault.

    :param object_type: what the vault is for.
    :raises Refused: 6116 there is no such type; 6102 the vault is not for
        it; 6104 one is given twice; 7000 or 6302 there is none of that id
        (404).
    """
    if len({each['id'] for each in asked}) < len(asked):
        raise exception.Refused('A resource is given twice.',
                                'BackupService.6104')
    found = []
    for each in asked:
        if each['type'] not in {
                kind for kinds in provider.TYPES.values() for kind in kinds}:
            raise exception.Refused(
                'Resources of type %s cannot be backed up.' % each['type'],
                'BackupService.6116')
        if each['type'] not in provider.TYPES[object_type]:
            raise exception.Refused(
                'The vault is for resources of object_type %s, not for '
                '%s.' % (object_type, each['type']), 'BackupService.6102')
        if each['type'] != provider.VOLUME:
            # Nobody has a server in a cloud of volumes.
            raise lookup.missing('Resource', each['id'],
                                 'BackupService.6302')
        try:
            found.append(objects.Volume.get_by_id(context, each['id']))
        except cinder_exception.VolumeNotFound as error:
            raise lookup.missing('Disk', each['id'], 'BackupService.7000'
                                 ) from error
    return found


def rows(found: Sequence[objects.Volume],
         asked: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the database keeps of resources read by :func:`read`."""
    return [{'id': volume.id,
             'name': volume.display_name or each.get('name'),
             'extra_info': each.get('extra_info') or {}}
            for volume, each in zip(found, asked, strict=True)]


@contextlib.contextmanager
def refusing_taken() -> Iterator[None]:
    """Refuse (400, 6103) what is in a vault already."""
    try:
        yield
    except vaults_db.Taken as error:
        raise exception.Refused(
            'A resource can be in one vault only, and one of these is in a '
            'vault already.', 'BackupService.6103') from error


def add(request: route.Request) -> dict[str, Any]:
    """Put resources into a vault.

    :raises Refused: 6105 (404); 6101 the vault is too small; see
        :func:`read` and :func:`refusing_taken`.
    """
    context, asked = request.context, request.body['resources']
    vault_id = request.ids['vault_id']
    with lookup.locked_vault(context, vault_id) as vault:
        found = read(context, vault.object_type, asked)
        with refusing_taken():
            if {volume.id for volume in found} & {
                    each.id for each in vaults_db.resources(context)}:
                raise vaults_db.Taken
            _check_size(context, vault, sum(each.size for each in found))
            vaults_db.add_resources(context, vault_id, rows(found, asked))
    return {'add_resource_ids': [volume.id for volume in found]}


def remove(request: route.Request) -> dict[str, Any]:
    """Take resources out of a vault, and delete their backups in it.

    :raises Refused: 6105 (404); 6135 one is not in it; 6125 one is being
        backed up or restored.
    """
    context, ids = request.context, request.body['resource_ids']
    vault_id = request.ids['vault_id']
    with lookup.locked_vault(context, vault_id) as vault:
        found = _of_vault(context, vault_id, ids)
        backups = backups_db.find(context, vault_id=vault_id,
                                  resource_id=ids)
        deletion.check(backups, 'BackupService.6125')
        backup_ids = [backup.id for backup in backups]
        oplog.settle_of(context, backup_ids)
        vaults_db.remove_resources(context, vault_id, ids, backup_ids)
        operation_logs.create(context, **oplog.values(
            context, 'remove_resource', vault, backup_ids=backup_ids,
            details={'remove_resources': {
                'total_count': len(ids),
                'resources': [{'id': each.id, 'name': each.name,
                               'type': provider.VOLUME}
                              for each in found]}}))
        deletion.ask(context, backups)
    return {'remove_resource_ids': ids}


def migrate(request: route.Request) -> dict[str, Any]:
    """Put resources, with their backups, into another vault.

    :raises Refused: 6105 (404); 6102 it is for others; 6135 one is not in
        the first; 6101 or 6114 the other is too small; 6125 one is being
        backed up.
    """
    context, ids = request.context, request.body['resource_ids']
    vault_id = request.ids['vault_id']
    destination_id = request.body['destination_vault_id']
    for each in (vault_id, destination_id):
        lookup.vault(context, each)
    with contextlib.ExitStack() as stack:
        # In one order everywhere, so that two requests cannot wait for each
        # other.
        for each in sorted({vault_id, destination_id}):
            stack.enter_context(locks.vault(each))
        vault = lookup.vault(context, vault_id)
        destination = lookup.vault(context, destination_id)
        if destination.object_type != vault.object_type:
            raise exception.Refused('The vaults are for different types.',
                                    'BackupService.6102')
        found = _of_vault(context, vault_id, ids)
        if destination_id == vault_id:
            return {'migrated_resources': ids}
        backups = backups_db.find(context, vault_id=vault_id,
                                  resource_id=ids)
        deletion.check(backups, 'BackupService.6125')
        _check_size(context, destination, accounting.allocated(found))
        accounting.reserve(context, destination,
                           accounting.used(backups) // accounting.MB)
        vaults_db.migrate_resources(
            context, vault_id, destination_id, ids,
            [backup.id for backup in backups
             if status.is_visible(backup)])
    return {'migrated_resources': ids}


def set_resources(request: route.Request) -> dict[str, Any]:
    """Have policies leave resources out (``suspend``), or not.

    :raises Refused: 6105 (404); 6135 one is not in the vault.
    """
    context, ids = request.context, request.body['resource_ids']
    vault_id = request.ids['vault_id']
    lookup.vault(context, vault_id)
    _of_vault(context, vault_id, ids)
    vaults_db.set_auto_protect(context, vault_id, ids,
                               request.body['action'] == 'unsuspend')
    return {'set_resource_ids': ids}


def _of_vault(context, vault_id, ids):
    found = {each.id: each
             for each in vaults_db.resources(context, [vault_id])}
    for each in ids:
        if each not in found:
            raise exception.Refused(
                'Resource %s is not in vault %s.' % (each, vault_id),
                'BackupService.6135')
    return [found[each] for each in ids]


def _check_size(context, vault, more):
    accounting.check_size(vault.size, more + accounting.allocated(
        vaults_db.resources(context, [vault.id])))


_ONE = '/{project_id}/vaults/{vault_id}'

ROUTES = (
    route.Route('POST', 'v3', _ONE + '/addresources', policy.RESOURCES_ADD,
                add, body=_ADD),
    route.Route('POST', 'v3', _ONE + '/removeresources',
                policy.RESOURCES_REMOVE, remove, body=_REMOVE),
    route.Route('POST', 'v3', _ONE + '/migrateresources',
                policy.RESOURCES_MIGRATE, migrate, body=_MIGRATE),
    route.Route('PUT', 'v3', _ONE + '/set-resources', policy.RESOURCES_SET,
                set_resources, body=_SET),
)
