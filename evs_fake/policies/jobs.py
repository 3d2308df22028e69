# SPDX-License-Identifier: Apache-2.0
"""Rules of EVS's jobs."""

from evs_fake.policies import base

SHOW = 'evs_fake:jobs:show'

RULES = (
    base.rule('jobs:show', base.READER, 'Show a job.',
              'GET /v1/{project_id}/jobs/{job_id}'),
)
