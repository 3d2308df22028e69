# SPDX-License-Identifier: Apache-2.0
"""Rules of the control API's rules."""

from evs_fake.policies import base

_ALL = '/evs-fake/v1/rules'
_ONE = _ALL + '/{rule_id}'

CREATE = 'evs_fake:rules:create'
LIST = 'evs_fake:rules:list'
SHOW = 'evs_fake:rules:show'
RELEASE = 'evs_fake:rules:release'
DELETE = 'evs_fake:rules:delete'

RULES = (
    base.rule('rules:create', base.ADMIN,
              'Have operations of any project held, delayed or failed.',
              'POST ' + _ALL),
    base.rule('rules:list', base.ADMIN, 'List rules.', 'GET ' + _ALL),
    base.rule('rules:show', base.ADMIN, 'Show a rule.', 'GET ' + _ONE),
    base.rule('rules:release', base.ADMIN,
              'End a rule, and let go what it holds.',
              'POST %s/release' % _ONE),
    base.rule('rules:delete', base.ADMIN,
              'Delete a rule, and let go what it holds.', 'DELETE ' + _ONE),
)
