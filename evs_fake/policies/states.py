# SPDX-License-Identifier: Apache-2.0
"""Rules of the control API's saved states."""

from evs_fake.policies import base

_ALL = '/evs-fake/v1/states'
_ONE = _ALL + '/{name}'

SAVE = 'evs_fake:states:save'
LIST = 'evs_fake:states:list'
SHOW = 'evs_fake:states:show'
DELETE = 'evs_fake:states:delete'

RULES = (
    base.rule('states:save', base.ADMIN,
              'Keep the state of the whole cloud.', 'POST ' + _ALL),
    base.rule('states:list', base.ADMIN, 'List saved states.',
              'GET ' + _ALL),
    base.rule('states:show', base.ADMIN, 'Show a saved state.',
              'GET ' + _ONE),
    base.rule('states:delete', base.ADMIN, 'Delete a saved state.',
              'DELETE ' + _ONE),
)
