# SPDX-License-Identifier: Apache-2.0
"""The history of statuses, as every shell asks for it."""

import argparse
from collections.abc import Sequence
from typing import Any

from evs_fake.clients import arguments

FIELDS = ('occurred_at', 'resource_type', 'resource_id', 'old_status',
          'new_status', 'project_id')

FILTERS = (
    arguments.argument(
        '--type', choices=['volume', 'snapshot', 'backup'],
        dest='resource_type', help='of this type only'),
    arguments.argument('--resource', metavar='id', dest='resource_id',
                       help='of this one only'),
    arguments.argument('--project', metavar='id', dest='project_id',
                       help='of this project only'),
    arguments.argument('--status', metavar='status',
                       help='only changes to this status'),
)
ALL_PROJECTS = arguments.argument(
    '--all-projects', action='store_true',
    help='of all projects, not only your own; for administrators, as '
         '--project')
FOLLOW = arguments.argument(
    '--follow', action='store_true',
    help='go on with changes as they come, a line each (with "-f json", '
         'of JSON), until interrupted')


def criteria(parsed: argparse.Namespace) -> dict[str, str]:
    """What arguments of :data:`FILTERS` ask for, as the API has it."""
    return {name: getattr(parsed, name)
            for name in ('resource_type', 'resource_id', 'project_id',
                         'status')
            if getattr(parsed, name) is not None}


def scoped(parsed: argparse.Namespace) -> dict[str, Any]:
    """The same, for a shell that has :data:`ALL_PROJECTS`."""
    return {'all_projects': (parsed.all_projects
                             or parsed.project_id is not None),
            **criteria(parsed)}


def line(change: dict[str, Any], fields: Sequence[str] = FIELDS) -> str:
    """A change in one line, apart by blanks."""
    return ' '.join(str(change[name] or '-') for name in fields)
