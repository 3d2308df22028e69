# SPDX-License-Identifier: Apache-2.0
"""Backing up the resources of a vault: one backup of Cinder's for each."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence
from typing import Any

from cinder import backup as cinder_backup
from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects
from oslo_utils import timeutils
from oslo_utils import uuidutils

from evs_fake.api.cbr import accounting
from evs_fake.api.cbr import locks
from evs_fake.api.cbr import lookup
from evs_fake.api.cbr import oplog
from evs_fake.api.cbr import provider
from evs_fake.api.routing import exception
from evs_fake.db.cbr import backups as backups_db
from evs_fake.db.cbr import vaults as vaults_db

_BEING_BACKED_UP = 'BackupService.0002'
_WRONG_STATUS = 'BackupService.7003'
_OTHER = 'BackupService.6215'


@dataclasses.dataclass(frozen=True)
class Options:
    """How to back up.

    :ivar name: of the backups; None has one made.
    :ivar retention_days: after which they are deleted; -1 keeps them.
    :ivar policy_id: of the policy that asks, if one does.
    :ivar incremental: only what changed, where there is a backup to
        compare with.
    """

    name: str | None = None
    description: str | None = None
    retention_days: int = -1
    incremental: bool = True
    auto_trigger: bool = False
    policy_id: str | None = None


def protect(context: cinder_context.RequestContext, vault_id: str,
            wanted: Sequence[str] | None, options: Options) -> str:
    """Back up resources of a vault.

    What cannot be backed up is left out, with the reason, as long as
    anything can.

    :param wanted: ids of resources; None for all of the vault's.
    :returns: the checkpoint's id.
    :raises Refused: 6105 no such vault (404); 6135 a resource is not in it;
        0001 there is nothing; 6114 the vault is full; 0002 or 7003 nothing
        is in a status for it.
    """
    with locks.vault(vault_id):
        vault = lookup.vault(context, vault_id)
        resources = _choose(context, vault, wanted, options)
        skipped = [_skip(resource, *reason) for resource in resources
                   if (reason := _obstacle(resource)) is not None]
        chosen = [resource for resource in resources
                  if _obstacle(resource) is None]
        if not chosen:
            raise exception.Refused(skipped[0]['reason'],
                                    skipped[0]['code'])
        accounting.reserve(context, vault, sum(
            resource.size for resource in chosen))
        return _record(context, vault, chosen, skipped, options)


def _choose(context, vault, wanted, options):
    found = vaults_db.resources(context, [vault.id])
    if wanted is not None:
        strangers = set(wanted) - {each.id for each in found}
        if strangers:
            raise exception.Refused(
                'Resource %s is not in vault %s.' % (
                    min(strangers), vault.id), 'BackupService.6135')
        found = [each for each in found if each.id in wanted]
    if options.policy_id is not None:
        found = [each for each in found if each.auto_protect]
    if not found:
        raise exception.Refused(
            'Vault %s has nothing to back up.' % vault.id,
            'BackupService.0001')
    return found


def _obstacle(resource: vaults_db.Resource) -> tuple[str, str] | None:
    """Code and reason why a resource cannot be backed up now."""
    if resource.status in ('available', 'in-use'):
        return None
    if resource.status == 'backing-up':
        return (_BEING_BACKED_UP,
                'Disk %s is being backed up.' % resource.id)
    return (_WRONG_STATUS,
            'Disk %s is %s; it must be available or in-use.' % (
                resource.id, resource.status))


def _skip(resource, code, reason):
    return {'id': resource.id, 'type': provider.VOLUME,
            'name': resource.name, 'code': code, 'reason': reason}


def _record(context, vault, chosen, skipped, options):
    checkpoint_id = uuidutils.generate_uuid()
    name = options.name or '%s%s_%s' % (
        vault.settings.get('backup_name_prefix') or ''
        if options.auto_trigger else '',
        'autobk' if options.auto_trigger else 'manualbk', checkpoint_id[:4])
    now = timeutils.utcnow()
    common = {'checkpoint_id': checkpoint_id, 'policy_id': options.policy_id}
    made = {}
    for resource in chosen:
        try:
            made[resource.id] = _back_up(
                context, vault, resource, name, options)
        except cinder_exception.CinderException as error:
            skipped.append(_skip(resource, _OTHER, error.msg))
    if not made:
        raise exception.Refused(skipped[-1]['reason'], _OTHER)
    resources = {resource.id: resource for resource in chosen}
    logs = [oplog.values(
        context, 'backup', vault, **common, resource_id=resource_id,
        resource_name=resources[resource_id].name, backup_ids=[backup.id],
        details={'backup': {
            'backup_id': backup.id, 'backup_name': name,
            'incremental': 'true' if backup.parent_id else 'false'}})
        for resource_id, backup in made.items()]
    logs += [oplog.values(
        context, 'backup', vault, **common, resource_id=each['id'],
        resource_name=each['name'], error_code=each['code'],
        error_message=each['reason'], ended_at=now) | {'status': 'skipped'}
        for each in skipped]
    expired_at = None
    if options.retention_days > 0:
        expired_at = now + datetime.timedelta(days=options.retention_days)
    backups_db.record(
        context,
        {'id': checkpoint_id, 'project_id': context.project_id,
         'vault_id': vault.id, 'vault_name': vault.name, 'name': name,
         'description': options.description,
         'retention_days': options.retention_days, 'created_at': now,
         'resources': [
             {'id': resource.id, 'name': resource.name,
              'size': resource.size, 'extra_info': dict(resource.extra_info)}
             for resource in chosen if resource.id in made],
         'skipped': skipped},
        [{**common, 'id': backup.id, 'vault_id': vault.id,
          'auto_trigger': options.auto_trigger, 'expired_at': expired_at,
          'resource_name': resources[resource_id].name,
          'resource_az': resources[resource_id].availability_zone,
          'bootable': resources[resource_id].bootable}
         for resource_id, backup in made.items()],
        logs)
    return checkpoint_id


def _back_up(context, vault, resource, name: str, options: Options
             ) -> objects.Backup:
    api = cinder_backup.API()
    arguments: dict[str, Any] = {
        'container': None, 'force': True,
        # Until it is recorded, only this tells whose it is, should the
        # process die: Cinder does not let us choose its id.
        'metadata': {backups_db.VAULT_KEY: vault.id}}
    try:
        return api.create(context, name, options.description, resource.id,
                          incremental=options.incremental, **arguments)
    except cinder_exception.InvalidBackup:
        if not options.incremental:
            raise
        # There is none to be incremental to.
        return api.create(context, name, options.description, resource.id,
                          **arguments)
