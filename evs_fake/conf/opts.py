# SPDX-License-Identifier: Apache-2.0
"""Every option of evs-fake, for oslo-config-generator."""

import itertools

from oslo_config import cfg

from evs_fake.conf import auth
from evs_fake.conf import backend
from evs_fake.conf import faults
from evs_fake.conf import history


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    return list(itertools.chain(
        backend.list_opts(), auth.list_opts(), faults.list_opts(),
        history.list_opts()))
