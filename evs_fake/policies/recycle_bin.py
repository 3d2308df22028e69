# SPDX-License-Identifier: Apache-2.0
"""Rules of EVS's recycle bin."""

from evs_fake.policies import base

_ALL = '/v3/{project_id}/recycle-bin-volumes'
_ONE = _ALL + '/{volume_id}'

LIST = 'evs_fake:recycle_bin:list'
SHOW = 'evs_fake:recycle_bin:show'
DELETE = 'evs_fake:recycle_bin:delete'
REVERT = 'evs_fake:recycle_bin:revert'
SHOW_POLICY = 'evs_fake:recycle_bin:show_policy'
UPDATE_POLICY = 'evs_fake:recycle_bin:update_policy'

RULES = (
    base.rule('recycle_bin:list', base.READER,
              'List volumes in the recycle bin.', 'GET %s/detail' % _ALL),
    base.rule('recycle_bin:show', base.READER,
              'Show a volume in the recycle bin.', 'GET ' + _ONE),
    base.rule('recycle_bin:delete', base.MEMBER,
              'Delete a volume in the recycle bin for good.',
              'DELETE ' + _ONE),
    base.rule('recycle_bin:revert', base.MEMBER,
              'Bring a volume back from the recycle bin.',
              'POST %s/revert' % _ONE),
    base.rule('recycle_bin:show_policy', base.READER,
              'Show the settings of the recycle bin.',
              'GET %s/policy' % _ALL),
    base.rule('recycle_bin:update_policy', base.MEMBER,
              'Change the settings of the recycle bin.',
              'PUT %s/policy' % _ALL),
)
