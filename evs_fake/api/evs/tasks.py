# SPDX-License-Identifier: Apache-2.0
"""What EVS's API does by itself: with a version's routes come its tasks."""

from evs_fake.api.evs import snapshot_policy_runs
from evs_fake.api.evs import snapshot_retention

TASKS = {
    'v5': (*snapshot_policy_runs.TASKS, *snapshot_retention.TASKS),
}
