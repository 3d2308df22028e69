# SPDX-License-Identifier: Apache-2.0
"""list or follow the statuses that resources of a running cloud had

Every status that a volume, snapshot or backup was committed with, whoever set
it, the oldest first: what a client could have seen.
"""

import argparse
import json

from evs_fake.cmd import arguments
from evs_fake.cmd import control
from evs_fake.cmd import output

_FIELDS = ('occurred_at', 'resource_type', 'resource_id', 'old_status',
           'new_status', 'project_id')

#: Seconds that one request waits for a change.
_WAIT = 30


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument('--type', choices=['volume', 'snapshot', 'backup'],
                         dest='resource_type', help='of this type only')
    command.add_argument('--resource', metavar='ID', dest='resource_id',
                         help='of this one only')
    command.add_argument('--project', metavar='ID', dest='project_id',
                         help='of this project only')
    command.add_argument('--status', metavar='S',
                         help='only changes to this status')
    command.add_argument(
        '--follow', action='store_true',
        help='go on with changes as they come, a line each (with "-f json", '
             'of JSON), until interrupted')
    output.add_format(command)
    arguments.add_state_dir(command)


def run(parsed: argparse.Namespace) -> int:
    cloud = control.Control(arguments.state(parsed))
    criteria = {
        name: getattr(parsed, name)
        for name in ('resource_type', 'resource_id', 'project_id', 'status')
        if getattr(parsed, name) is not None}
    if not parsed.follow:
        found, cursor = [], 0
        while page := cloud.list_history(cursor, **criteria):
            if page['cursor'] == cursor:
                break
            found += page['history']
            cursor = page['cursor']
        output.several(found, _FIELDS, parsed.format)
        return 0
    cursor = 0
    while True:
        page = cloud.list_history(cursor, wait=_WAIT, **criteria)
        cursor = page['cursor']
        for change in page['history']:
            print(json.dumps(change) if parsed.format == 'json' else
                  ' '.join(str(change[name] or '-') for name in _FIELDS),
                  flush=True)
