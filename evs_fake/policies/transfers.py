# SPDX-License-Identifier: Apache-2.0
"""Rules of EVS's lists of volume transfers; the rest has Cinder's."""

from evs_fake.policies import base

_ALL = '/v2/{project_id}/os-volume-transfer'

LIST = 'evs_fake:transfers:list'

RULES = (
    base.rule('transfers:list', base.READER, 'List volume transfers.',
              'GET ' + _ALL, 'GET %s/detail' % _ALL),
)
