# SPDX-License-Identifier: Apache-2.0
"""All routes of EVS's API; of two that match a path, the first one counts."""

from evs_fake.api.evs import jobs
from evs_fake.api.evs import projects
from evs_fake.api.evs import snapshot_chains
from evs_fake.api.evs import snapshot_groups
from evs_fake.api.evs import snapshot_policies
from evs_fake.api.evs import snapshots
from evs_fake.api.evs import standard_snapshots
from evs_fake.api.evs import transfers
from evs_fake.api.evs import vendor_tags
from evs_fake.api.evs.volumes import changes
from evs_fake.api.evs.volumes import creation
from evs_fake.api.evs.volumes import listing
from evs_fake.api.evs.volumes import performance
from evs_fake.api.evs.volumes import recycle_bin
from evs_fake.api.evs.volumes import tags

ROUTES = (
    *snapshots.ROUTES,
    *jobs.ROUTES,
    *projects.ROUTES,
    *standard_snapshots.ROUTES,
    *snapshot_chains.ROUTES,
    *snapshot_groups.ROUTES,
    *snapshot_policies.ROUTES,
    *tags.ROUTES,
    *creation.ROUTES,
    *changes.ROUTES,
    *listing.ROUTES,
    *performance.ROUTES,
    *recycle_bin.ROUTES,
    *transfers.ROUTES,
    *vendor_tags.ROUTES,
)
