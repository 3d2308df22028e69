# SPDX-License-Identifier: Apache-2.0
"""What a vault holds against what it may hold."""

from __future__ import annotations

from collections.abc import Iterable

from cinder import context as cinder_context

from evs_fake.api.cbr import fields
from evs_fake.api.cbr import status
from evs_fake.api.routing import exception
from evs_fake.db.cbr import backups as backups_db
from evs_fake.db.cbr import vaults as vaults_db

#: MB of a GB, as CBR counts.
MB = 1024


def used(backups: Iterable[backups_db.Backup]) -> int:
    """What backups take of their vault, MB."""
    return MB * sum(backup.size for backup in backups
                    if status.takes_space(backup))


def allocated(resources: Iterable[vaults_db.Resource]) -> int:
    """What resources need of their vault at least, GB."""
    return sum(resource.size for resource in resources)


def reserve(context: cinder_context.RequestContext, vault: vaults_db.Vault,
            size: int) -> None:
    """See that backups of some size fit into a vault; GB.

    A vault with ``auto_expand`` grows.

    :raises Refused: (400, 6114) if they do not.
    """
    needed = size + used(
        backups_db.find(context, vault_id=vault.id)) // MB
    if needed <= vault.size:
        return
    if vault.settings.get('auto_expand') and needed <= fields.MAX_SIZE:
        vaults_db.update(context, vault.id, size=needed)
        return
    raise exception.Refused(
        'Vault %s is full: it has %d GB, and %d GB would be used.' % (
            vault.id, vault.size, needed), 'BackupService.6114')


def check_size(size: int, taken: int) -> None:
    """See that a vault is as large as what it must hold; GB.

    :raises Refused: (400, 6101) if it is not.
    """
    if size < taken:
        raise exception.Refused(
            'The vault would have %d GB; %d GB are needed.' % (size, taken),
            'BackupService.6101')
