# SPDX-License-Identifier: Apache-2.0
"""Rules of EVS's standard snapshots (v5)."""

from evs_fake.policies import base

_ALL = '/v5/{project_id}/snapshots'
_ONE = _ALL + '/{snapshot_id}'

CREATE = 'evs_fake:standard_snapshots:create'
LIST = 'evs_fake:standard_snapshots:list'
COUNT = 'evs_fake:standard_snapshots:count'
LIST_TAGS = 'evs_fake:standard_snapshots:list_tags'
SHOW = 'evs_fake:standard_snapshots:show'
UPDATE = 'evs_fake:standard_snapshots:update'
DELETE = 'evs_fake:standard_snapshots:delete'
ROLLBACK = 'evs_fake:standard_snapshots:rollback'
CREATE_TAGS = 'evs_fake:standard_snapshots:create_tags'
DELETE_TAGS = 'evs_fake:standard_snapshots:delete_tags'

RULES = (
    base.rule('standard_snapshots:create', base.MEMBER,
              'Create a standard snapshot of a volume.', 'POST ' + _ALL),
    base.rule('standard_snapshots:list', base.READER,
              'List standard snapshots.', 'GET %s/detail' % _ALL),
    base.rule('standard_snapshots:count', base.READER,
              'Count standard snapshots.', 'GET %s/count' % _ALL),
    base.rule('standard_snapshots:list_tags', base.READER,
              'List the tags of all standard snapshots.',
              'GET %s/tags' % _ALL),
    base.rule('standard_snapshots:show', base.READER,
              'Show a standard snapshot.', 'GET ' + _ONE),
    base.rule('standard_snapshots:update', base.MEMBER,
              'Change a standard snapshot.', 'PUT ' + _ONE),
    base.rule('standard_snapshots:delete', base.MEMBER,
              'Delete a standard snapshot.', 'DELETE ' + _ONE),
    base.rule('standard_snapshots:rollback', base.MEMBER,
              'Roll a volume back to a standard snapshot.',
              'POST %s/rollback' % _ONE),
    base.rule('standard_snapshots:create_tags', base.MEMBER,
              'Add tags to a standard snapshot.',
              'POST %s/tags/create' % _ONE),
    base.rule('standard_snapshots:delete_tags', base.MEMBER,
              'Take tags off a standard snapshot.',
              'POST %s/tags/delete' % _ONE),
)
