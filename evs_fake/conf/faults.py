# SPDX-License-Identifier: Apache-2.0
"""Options of rules and holds, in the section ``[evs_fake]``."""

from oslo_config import cfg

GROUP = 'evs_fake'

OPTS = [
    cfg.IntOpt(
        'max_rules', default=10_000, min=1,
        help='Rules that there may be; one more is refused with 413. Those '
             'that meet nothing any more count until they are deleted.'),
    cfg.IntOpt(
        'max_held_operations', default=1000, min=1,
        help='Operations that a process may hold or delay at a time; one '
             'more fails. Each keeps a thread of its service: the number '
             'must be well below executor_thread_pool_size, or nothing '
             'else is served meanwhile.'),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    return [(GROUP, OPTS)]
