# SPDX-License-Identifier: Apache-2.0
"""All routes of the control API."""

from evs_fake.api.control import credentials

ROUTES = (
    *credentials.ROUTES,
)
