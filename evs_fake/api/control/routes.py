# SPDX-License-Identifier: Apache-2.0
"""All routes of the control API."""

from evs_fake.api.control import credentials
from evs_fake.api.control import history
from evs_fake.api.control import reset
from evs_fake.api.control import rules
from evs_fake.api.control import states

ROUTES = (
    *credentials.ROUTES,
    *history.ROUTES,
    *reset.ROUTES,
    *rules.ROUTES,
    *states.ROUTES,
)
