# SPDX-License-Identifier: Apache-2.0
"""Rules of EVS's automatic snapshot policies (v5)."""

from evs_fake.policies import base

_ALL = '/v5/{project_id}/snapshot-policies'
_ONE = _ALL + '/{snapshot_policy_id}'

CREATE = 'evs_fake:snapshot_policies:create'
LIST = 'evs_fake:snapshot_policies:list'
COUNT = 'evs_fake:snapshot_policies:count'
SHOW = 'evs_fake:snapshot_policies:show'
UPDATE = 'evs_fake:snapshot_policies:update'
DELETE = 'evs_fake:snapshot_policies:delete'
ASSOCIATE = 'evs_fake:snapshot_policies:associate'
DISASSOCIATE = 'evs_fake:snapshot_policies:disassociate'
RUN = 'evs_fake:snapshot_policies:run'

RULES = (
    base.rule('snapshot_policies:create', base.MEMBER,
              'Create an automatic snapshot policy.', 'POST ' + _ALL),
    base.rule('snapshot_policies:list', base.READER,
              'List automatic snapshot policies.', 'GET ' + _ALL),
    base.rule('snapshot_policies:count', base.READER,
              'Count automatic snapshot policies.', 'GET %s/count' % _ALL),
    base.rule('snapshot_policies:show', base.READER,
              'Show an automatic snapshot policy.', 'GET ' + _ONE),
    base.rule('snapshot_policies:update', base.MEMBER,
              'Change an automatic snapshot policy.', 'PUT ' + _ONE),
    base.rule('snapshot_policies:delete', base.MEMBER,
              'Delete an automatic snapshot policy.', 'DELETE ' + _ONE),
    base.rule('snapshot_policies:associate', base.MEMBER,
              'Have an automatic snapshot policy be for volumes.',
              'POST %s/associate' % _ONE),
    base.rule('snapshot_policies:disassociate', base.MEMBER,
              'Have an automatic snapshot policy no longer be for volumes.',
              'POST %s/disassociate' % _ONE),
    base.rule('snapshot_policies:run', base.MEMBER,
              'Execute an automatic snapshot policy at once.',
              'POST /v5/{project_id}/evs-fake/snapshot-policies'
              '/{snapshot_policy_id}/run'),
)
