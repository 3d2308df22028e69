# SPDX-License-Identifier: Apache-2.0
"""oslo.policy rules of the routes that evs-fake adds to cinder-api."""

import itertools
import threading

from cinder import context as cinder_context
from cinder import policy
from oslo_policy import policy as oslo_policy

from evs_fake.policies import cbr
from evs_fake.policies import credentials
from evs_fake.policies import history
from evs_fake.policies import jobs
from evs_fake.policies import projects
from evs_fake.policies import recycle_bin
from evs_fake.policies import reset
from evs_fake.policies import rules
from evs_fake.policies import snapshot_chains
from evs_fake.policies import snapshot_groups
from evs_fake.policies import snapshot_policies
from evs_fake.policies import snapshots
from evs_fake.policies import standard_snapshots
from evs_fake.policies import states
from evs_fake.policies import transfers
from evs_fake.policies import vendor_tags
from evs_fake.policies import volumes


def list_rules() -> list[oslo_policy.RuleDefault]:
    return list(itertools.chain(
        cbr.RULES, credentials.RULES, history.RULES, jobs.RULES,
        projects.RULES, recycle_bin.RULES, reset.RULES, rules.RULES,
        snapshot_chains.RULES, snapshot_groups.RULES, snapshot_policies.RULES,
        snapshots.RULES, standard_snapshots.RULES, states.RULES,
        transfers.RULES, vendor_tags.RULES, volumes.RULES))


_lock = threading.Lock()


def register() -> None:
    """Make our rules known to Cinder's enforcer; once is enough.

    Cinder registers its own rules only, and has no hook for others: its
    ``get_enforcer`` is for oslo.policy's commands and reads the
    configuration anew.
    """
    with _lock:
        policy.init()
        enforcer = policy._ENFORCER
        enforcer.register_defaults(
            [rule for rule in list_rules()
             if rule.name not in enforcer.registered_rules])


def authorize(context: cinder_context.RequestContext, rule: str,
              target_obj: object = None) -> None:
    """Check one of our rules.

    :param target_obj: what the rule is about; without one, the context's
        own project.
    :raises PolicyNotAuthorized: (HTTP 403) if it does not allow the target.
    """
    register()
    context.authorize(rule, target_obj=target_obj)
