# SPDX-License-Identifier: Apache-2.0
"""Writing a backup back to a volume."""

from __future__ import annotations

from http import HTTPStatus

from cinder import backup as cinder_backup
from cinder import exception as cinder_exception
from cinder import objects

from evs_fake.api.cbr import fields
from evs_fake.api.cbr import locks
from evs_fake.api.cbr import lookup
from evs_fake.api.cbr import oplog
from evs_fake.api.cbr import status
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.db.cbr import backups as backups_db
from evs_fake.db.cbr import operation_logs
from evs_fake.db.cbr import vaults as vaults_db
from evs_fake.policies import cbr as policy

_ID = {'type': ['string', 'null'], 'maxLength': 36}
_RESTORE = fields.wrapped('restore', {
    'volume_id': fields.UUID,
    'server_id': _ID,
    'mappings': {'type': ['array', 'null'], 'maxItems': 256,
                 'items': fields.closed(
                     {'backup_id': fields.UUID, 'volume_id': fields.UUID})},
    'power_on': fields.BOOLEAN,
    'resource_id': _ID,
    'details': {**fields.closed({'destination_path': {
        'type': ['string', 'null'], 'maxLength': 255}}),
        'type': ['object', 'null']},
}, 'volume_id')


def restore(request: route.Request) -> None:
    """Restore a backup to a volume.

    :raises Refused: 6200 or 7000 there is no such backup or volume (404);
        2010 the backup is being restored; 2005 it is not available; 2002
        the volume is being backed up; 2011 it is not available; 2001 it is
        too small.
    """
    context = request.context
    volume_id = request.body['restore']['volume_id']
    vault_id = lookup.backup(context, request.ids['backup_id']).vault_id
    with locks.vault(vault_id):
        backup = lookup.backup(context, request.ids['backup_id'])
        volume = _target(context, volume_id)
        _check(backup, volume)
        oplog.settle_of(context, [backup.id])
        try:
            cinder_backup.API().restore(context, backup.id, volume.id)
        except (cinder_exception.InvalidBackup,
                cinder_exception.InvalidVolume) as error:
            raise exception.Refused(error.msg, 'BackupService.2011'
                                    ) from error
        operation_logs.create(context, **oplog.values(
            context, 'restore',
            next(iter(vaults_db.find(context, [vault_id])), None),
            checkpoint_id=backup.checkpoint_id, backup_ids=[backup.id],
            resource_id=backup.resource_id,
            resource_name=backup.resource_name,
            details={'restore': {
                'backup_id': backup.id, 'backup_name': backup.name,
                'target_resource_id': volume.id,
                'target_resource_name': volume.display_name}}))


def _target(context, volume_id):
    try:
        return objects.Volume.get_by_id(context, volume_id)
    except cinder_exception.VolumeNotFound as error:
        raise lookup.missing('Disk', volume_id, 'BackupService.7000'
                             ) from error


def _check(backup: backups_db.Backup, volume: objects.Volume) -> None:
    found = status.backup_status(backup)
    for refused, code, reason in (
            (found == 'restoring', '2010',
             'Backup %s is being restored.' % backup.id),
            (found != 'available', '2005',
             'Backup %s is %s; it must be available.' % (
                 backup.id, found)),
            (volume.status == 'backing-up', '2002',
             'Disk %s is being backed up.' % volume.id),
            (volume.status != 'available', '2011',
             'Disk %s is %s; it must be available.' % (
                 volume.id, volume.status)),
            (volume.size < backup.size, '2001',
             'Disk %s has %d GB, the backup %d GB.' % (
                 volume.id, volume.size, backup.size))):
        if refused:
            raise exception.Refused(reason, 'BackupService.' + code)


ROUTES = (
    route.Route('POST', 'v3', '/{project_id}/backups/{backup_id}/restore',
                policy.BACKUPS_RESTORE, restore, HTTPStatus.ACCEPTED,
                body=_RESTORE),
)
