# SPDX-License-Identifier: Apache-2.0
"""Rules of the control API's credentials."""

from evs_fake.policies import base

_ALL = '/evs-fake/v1/credentials'

CREATE = 'evs_fake:credentials:create'
LIST = 'evs_fake:credentials:list'
DELETE = 'evs_fake:credentials:delete'

RULES = (
    base.rule('credentials:create', base.ADMIN,
              'Make an access key for any user and project.', 'POST ' + _ALL),
    base.rule('credentials:list', base.ADMIN,
              'List access keys, without their secrets.', 'GET ' + _ALL),
    base.rule('credentials:delete', base.ADMIN,
              'Delete an access key.', 'DELETE %s/{access_key}' % _ALL),
)
