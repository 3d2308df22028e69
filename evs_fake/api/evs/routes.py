# SPDX-License-Identifier: Apache-2.0
"""All routes of EVS's API."""

from evs_fake.api.evs import snapshots

ROUTES = (
    *snapshots.ROUTES,
)
