# SPDX-License-Identifier: Apache-2.0
"""Rules of EVS's snapshot groups (v5)."""

from evs_fake.policies import base

_ALL = '/v5/{project_id}/snapshot-groups'
_ONE = _ALL + '/{snapshot_group_id}'

CREATE = 'evs_fake:snapshot_groups:create'
LIST = 'evs_fake:snapshot_groups:list'
COUNT = 'evs_fake:snapshot_groups:count'
LIST_TAGS = 'evs_fake:snapshot_groups:list_tags'
SHOW = 'evs_fake:snapshot_groups:show'
UPDATE = 'evs_fake:snapshot_groups:update'
DELETE = 'evs_fake:snapshot_groups:delete'
CREATE_TAGS = 'evs_fake:snapshot_groups:create_tags'
DELETE_TAGS = 'evs_fake:snapshot_groups:delete_tags'

RULES = (
    base.rule('snapshot_groups:create', base.MEMBER,
              'Create a snapshot group of volumes.', 'POST ' + _ALL),
    base.rule('snapshot_groups:list', base.READER,
              'List snapshot groups.', 'GET %s/detail' % _ALL),
    base.rule('snapshot_groups:count', base.READER,
              'Count snapshot groups.', 'GET %s/count' % _ALL),
    base.rule('snapshot_groups:list_tags', base.READER,
              'List the tags of all snapshot groups.', 'GET %s/tags' % _ALL),
    base.rule('snapshot_groups:show', base.READER,
              'Show a snapshot group.', 'GET ' + _ONE),
    base.rule('snapshot_groups:update', base.MEMBER,
              'Change a snapshot group.', 'PUT ' + _ONE),
    base.rule('snapshot_groups:delete', base.MEMBER,
              'Delete a snapshot group and its snapshots.', 'DELETE ' + _ONE),
    base.rule('snapshot_groups:create_tags', base.MEMBER,
              'Add tags to a snapshot group.', 'POST %s/tags/create' % _ONE),
    base.rule('snapshot_groups:delete_tags', base.MEMBER,
              'Take tags off a snapshot group.', 'POST %s/tags/delete' % _ONE),
)
