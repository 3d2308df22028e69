# SPDX-License-Identifier: Apache-2.0
"""Rules of EVS's ``cloudsnapshots``."""

from evs_fake.policies import base

_ALL = '/v2/{project_id}/cloudsnapshots'
_ONE = _ALL + '/{snapshot_id}'

CREATE = 'evs_fake:snapshots:create'
LIST = 'evs_fake:snapshots:list'
SHOW = 'evs_fake:snapshots:show'
UPDATE = 'evs_fake:snapshots:update'
DELETE = 'evs_fake:snapshots:delete'
ROLLBACK = 'evs_fake:snapshots:rollback'

RULES = (
    base.rule('snapshots:create', base.MEMBER,
              'Create a snapshot of a volume.', 'POST ' + _ALL),
    base.rule('snapshots:list', base.READER,
              'List snapshots.', 'GET %s/detail' % _ALL),
    base.rule('snapshots:show', base.READER,
              'Show a snapshot.', 'GET ' + _ONE),
    base.rule('snapshots:update', base.MEMBER,
              'Change name and description of a snapshot.', 'PUT ' + _ONE),
    base.rule('snapshots:delete', base.MEMBER,
              'Delete a snapshot.', 'DELETE ' + _ONE),
    base.rule('snapshots:rollback', base.MEMBER,
              'Roll a volume back to any of its snapshots.',
              'POST %s/rollback' % _ONE,
              'POST /v3/{project_id}/cloudsnapshots/{snapshot_id}/rollback',
              'POST /v2/{project_id}/os-vendor-snapshots/{snapshot_id}'
              '/rollback',
              'POST /v3/{project_id}/os-vendor-snapshots/{snapshot_id}'
              '/rollback'),
)
