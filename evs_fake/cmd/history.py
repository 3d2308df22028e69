# SPDX-License-Identifier: Apache-2.0
"""list or follow the statuses that resources of a running cloud had

Every status that a volume, snapshot or backup was committed with, whoever set
it, the oldest first: what a client could have seen.
"""

import argparse
import json

from evs_fake.clients import arguments as client_arguments
from evs_fake.clients import history
from evs_fake.cmd import arguments
from evs_fake.cmd import control
from evs_fake.cmd import output


def add_arguments(command: argparse.ArgumentParser) -> None:
    client_arguments.add(command, *history.FILTERS, history.FOLLOW,
                         write=str.upper)
    output.add_format(command)
    arguments.add_cloud(command)


def run(parsed: argparse.Namespace) -> int:
    cloud = control.connect(parsed)
    criteria = history.criteria(parsed)
    if not parsed.follow:
        output.several(
            list(cloud.read_history(all_projects=True, **criteria)),
            history.FIELDS, parsed.format)
        return 0
    for change in cloud.follow_history(all_projects=True, **criteria):
        print(json.dumps(change) if parsed.format == 'json'
              else history.line(change), flush=True)
    return 0
