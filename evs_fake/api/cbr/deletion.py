# SPDX-License-Identifier: Apache-2.0
"""Deleting backups: asked for once, carried out whatever happens.

Cinder refuses to delete a backup that others are incremental to. The request
is written down, and :mod:`evs_fake.api.cbr.conductor` asks Cinder again once
they are gone.
"""

from __future__ import annotations

from collections.abc import Iterable

from cinder import backup as cinder_backup
from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects
from oslo_log import log as logging

from evs_fake.api.cbr import oplog
from evs_fake.api.cbr import status
from evs_fake.api.routing import exception
from evs_fake.db.cbr import backups as backups_db
from evs_fake.db.cbr import operation_logs
from evs_fake.db.cbr import vaults as vaults_db

LOG = logging.getLogger(__name__)


def check(backups: Iterable[backups_db.Backup], code: str) -> None:
    """Refuse unless each of the backups may be deleted.

    :raises Refused: (400) naming one that may not.
    """
    for backup in backups:
        found = status.backup_status(backup)
        if found not in ('available', 'error', 'deleting'):
            raise exception.Refused(
                'Backup %s is %s; only one that is available or error can '
                'be deleted.' % (backup.id, found), code)


def delete(context: cinder_context.RequestContext,
           vault: vaults_db.Vault | None, backup: backups_db.Backup) -> None:
    """Delete one backup, with its log."""
    oplog.settle_of(context, [backup.id])
    operation_logs.create(context, **oplog.values(
        context, 'delete', vault, backup_ids=[backup.id],
        vault_id=backup.vault_id, checkpoint_id=backup.checkpoint_id,
        resource_id=backup.resource_id, resource_name=backup.resource_name,
        details={'delete': {'backup_id': backup.id,
                            'backup_name': backup.name}}))
    backups_db.request_deletion(context, [backup.id])
    ask(context, [backup])


def ask(context: cinder_context.RequestContext,
        backups: Iterable[backups_db.Backup | backups_db.Unrecorded]
        ) -> None:
    """Ask Cinder to delete backups whose deletion was requested.

    :param backups: newest first, so that what depends goes before.
    """
    api = cinder_backup.API()
    for backup in backups:
        try:
            api.delete(context, objects.Backup.get_by_id(context, backup.id))
        except cinder_exception.BackupNotFound:
            pass
        except (cinder_exception.InvalidBackup,
                cinder_exception.ServiceNotFound) as error:
            LOG.info('Backup %(id)s stays for now: %(error)s',
                     {'id': backup.id, 'error': error})
