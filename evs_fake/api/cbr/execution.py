# SPDX-License-Identifier: Apache-2.0
"""Executing a policy: backups first, then what it keeps no longer."""

from __future__ import annotations

from cinder import context as cinder_context
from oslo_log import log as logging

from evs_fake.api.cbr import deletion
from evs_fake.api.cbr import locks
from evs_fake.api.cbr import protection
from evs_fake.api.cbr import retention
from evs_fake.api.cbr import status
from evs_fake.api.routing import exception
from evs_fake.db.cbr import backups as backups_db
from evs_fake.db.cbr import policies as policies_db
from evs_fake.db.cbr import vaults as vaults_db

LOG = logging.getLogger(__name__)


def run(context: cinder_context.RequestContext, policy: policies_db.Policy
        ) -> list[dict[str, str]]:
    """Back up all vaults of a policy.

    A vault with nothing to back up, or without room, is left out.

    :returns: vault and checkpoint of each that was backed up.
    """
    made = []
    for vault_id in policy.vault_ids:
        try:
            made.append({'vault_id': vault_id,
                         'checkpoint_id': protection.protect(
                             context, vault_id, None,
                             _options(context, policy, vault_id))})
        except exception.Refused as error:
            LOG.warning('Policy %(policy)s leaves vault %(vault)s out: '
                        '%(error)s', {'policy': policy.id,
                                      'vault': vault_id, 'error': error})
    return made


def retain(context: cinder_context.RequestContext,
           policy: policies_db.Policy) -> None:
    """Delete the backups that a policy keeps no longer."""
    groups: dict[tuple[str, str], list[backups_db.Backup]] = {}
    for backup in backups_db.find(context, policy_id=policy.id):
        if status.is_visible(backup) and backup.status == 'available':
            groups.setdefault(
                (backup.vault_id, backup.resource_id), []).append(backup)
    for (vault_id, _resource_id), found in groups.items():
        for backup in retention.superfluous(policy.definition, found):
            with locks.vault(vault_id):
                deletion.delete(context, next(
                    iter(vaults_db.find(context, [vault_id])), None), backup)


def _options(context, policy, vault_id):
    interval = policy.definition.get('full_backup_interval', -1)
    return protection.Options(
        auto_trigger=True, policy_id=policy.id,
        incremental=interval < 0 or _since_full(
            context, policy, vault_id) < interval,
        retention_days=policy.definition.get('retention_duration_days', -1))


def _since_full(context, policy, vault_id):
    """How many incremental backups were made since the last full one."""
    checkpoints: dict[str, bool] = {}
    for backup in backups_db.find(context, policy_id=policy.id,
                                  vault_id=vault_id):
        checkpoints[backup.checkpoint_id] = bool(
            backup.parent_id) and checkpoints.get(backup.checkpoint_id, True)
    found = list(checkpoints.values())
    return found.index(False) if False in found else len(found)
