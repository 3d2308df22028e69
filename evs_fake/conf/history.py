# SPDX-License-Identifier: Apache-2.0
"""Options of the history of statuses, in the section ``[evs_fake]``."""

from oslo_config import cfg

GROUP = 'evs_fake'

OPTS = [
    cfg.IntOpt(
        'history_max_days', default=30, min=1, max=36500,
        help='Days for which the history of statuses is kept.'),
    cfg.IntOpt(
        'history_max_changes', default=1_000_000, min=1000,
        help='Changes of a status that the history keeps at most; older '
             'ones go first.'),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    return [(GROUP, OPTS)]
