# SPDX-License-Identifier: Apache-2.0
"""All routes of CBR's API.

Of two paths that fit, the first is taken: what names a variable's place
(``/vaults/external``) goes before the variable (``/vaults/{vault_id}``).
"""

from evs_fake.api.cbr import backups
from evs_fake.api.cbr import checkpoints
from evs_fake.api.cbr import expiration
from evs_fake.api.cbr import members
from evs_fake.api.cbr import operation_logs
from evs_fake.api.cbr import policies
from evs_fake.api.cbr import protectables
from evs_fake.api.cbr import resources
from evs_fake.api.cbr import restore
from evs_fake.api.cbr import tags
from evs_fake.api.cbr import unavailable
from evs_fake.api.cbr import vaults

ROUTES = (
    *unavailable.ROUTES,
    *vaults.ROUTES,
    *resources.ROUTES,
    *expiration.ROUTES,
    *checkpoints.ROUTES,
    *backups.ROUTES,
    *restore.ROUTES,
    *members.ROUTES,
    *policies.ROUTES,
    *operation_logs.ROUTES,
    *tags.ROUTES,
    *protectables.ROUTES,
)
