# SPDX-License-Identifier: Apache-2.0
"""The rule of the control API's reset."""

from evs_fake.policies import base

RESET = 'evs_fake:reset'

RULES = (
    base.rule('reset', base.ADMIN,
              'Bring the whole cloud back to a saved state, or to that of a '
              'new one.', 'POST /evs-fake/v1/reset'),
)
