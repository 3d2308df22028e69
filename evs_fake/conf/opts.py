# SPDX-License-Identifier: Apache-2.0
"""Every option of evs-fake, for oslo-config-generator."""

from oslo_config import cfg

from evs_fake.conf import backend


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    return backend.list_opts()
