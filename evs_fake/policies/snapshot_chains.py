# SPDX-License-Identifier: Apache-2.0
"""Rules of EVS's snapshot chains (v5)."""

from evs_fake.policies import base

_ALL = '/v5/{project_id}/snapshot-chains'

LIST = 'evs_fake:snapshot_chains:list'
COUNT = 'evs_fake:snapshot_chains:count'

RULES = (
    base.rule('snapshot_chains:list', base.READER,
              'List snapshot chains.', 'GET ' + _ALL),
    base.rule('snapshot_chains:count', base.READER,
              'Count snapshot chains.', 'GET %s/count' % _ALL),
)
