# SPDX-License-Identifier: Apache-2.0
"""Rules of IAM's projects, as far as EVS's clients ask for them."""

from evs_fake.policies import base

LIST = 'evs_fake:projects:list'

RULES = (
    # Who may ask nothing else may know where.
    base.rule('projects:list', '@', 'List the project that one is in.',
              'GET /v3/projects'),
)
