# SPDX-License-Identifier: Apache-2.0
"""What EVS's API does by itself: with a version's routes come its tasks."""

from evs_fake.api.evs import client_token
from evs_fake.api.evs import snapshot_policy_runs
from evs_fake.api.evs import snapshot_retention
from evs_fake.api.evs.volumes import recycle_bin

TASKS = {
    'v2.1': client_token.TASKS,
    'v3': (*client_token.TASKS, *recycle_bin.TASKS),
    'v5': (*snapshot_policy_runs.TASKS, *snapshot_retention.TASKS),
}
