# SPDX-License-Identifier: Apache-2.0
"""Rules of the control API's history."""

from evs_fake.policies import base

_ALL = '/evs-fake/v1/history'

LIST = 'evs_fake:history:list'
LIST_ALL = 'evs_fake:history:list_all_projects'

RULES = (
    base.rule('history:list', base.READER,
              'List, or wait for, changes of the statuses of the own '
              "project's resources.", 'GET ' + _ALL),
    base.rule('history:list_all_projects', base.ADMIN,
              'The same of all projects.', 'GET %s/all-projects' % _ALL),
)
