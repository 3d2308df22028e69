# SPDX-License-Identifier: Apache-2.0
"""walk volumes through every state of the EVS document

Boots a throw-away cloud, takes real volumes and snapshots through all seven
snapshot states, both rollback rules and both kinds of backing-up over HTTP,
and prints every status as it is seen. Exits 0 if all were seen.
"""

import argparse


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The demo takes none."""


def run(parsed: argparse.Namespace) -> int:
    # Here, so that "serve" does not wait for clients it never uses.
    from evs_fake.demo import performance
    return 0 if performance.perform() else 1
