# SPDX-License-Identifier: Apache-2.0
"""make, list and delete access keys (AK/SK) for Huawei's SDKs

Access keys of a running cloud, with which Huawei's SDKs and others that sign
their requests (SDK-HMAC-SHA256) work in one project of it, with the roles
that the key has. A secret key is told once, when the key is made.
"""

import argparse
import re
from typing import Any

from evs_fake.clients import control as client
from evs_fake.cmd import arguments
from evs_fake.cmd import control
from evs_fake.cmd import output

_FIELDS = ('access_key', 'project_id', 'user_id', 'roles', 'description',
           'created_at')


def add_arguments(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(metavar='ACTION', required=True)
    create = _add(actions, 'create', _create, 'make an access key')
    create.add_argument(
        '--project', metavar='ID', type=arguments.project_or_user,
        required=True, help='project that it is for')
    create.add_argument(
        '--user', metavar='U', type=arguments.project_or_user,
        help='user that it is of (default: admin)')
    create.add_argument(
        '--role', '--roles', metavar='R', dest='roles', action='extend',
        nargs='+',
        help='roles that it has; may be given several times (default: '
             'member reader)')
    create.add_argument('--description', metavar='T',
                        help='what it is for, in your words')
    output.add_format(create)
    output.add_format(_add(actions, 'list', _list,
                     'list access keys, without their secrets'))
    _add(actions, 'delete', _delete, 'delete an access key').add_argument(
        'access_key', metavar='ACCESS_KEY', type=_access_key,
        help='as "list" shows it')
    for action in actions.choices.values():
        arguments.add_cloud(action)


def run(parsed: argparse.Namespace) -> int:
    parsed.act(control.connect(parsed), parsed)
    return 0


def _add(actions: Any, name: str, act: Any,
         summary: str) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=summary, description=summary)
    action.set_defaults(act=act)
    return action


def _access_key(text: str) -> str:
    if re.fullmatch('[0-9A-Za-z_-]{1,64}', text) is None:
        raise argparse.ArgumentTypeError('not an access key: %s' % text)
    return text


def _create(cloud: client.Control, parsed: argparse.Namespace) -> None:
    made = cloud.create_credential(parsed.project, parsed.user, parsed.roles,
                                   parsed.description)
    output.one(made, ('access_key', 'secret_key', *_FIELDS[1:]),
               parsed.format)


def _list(cloud: client.Control, parsed: argparse.Namespace) -> None:
    output.several(cloud.list_credentials(), _FIELDS, parsed.format)


def _delete(cloud: client.Control, parsed: argparse.Namespace) -> None:
    cloud.delete_credential(parsed.access_key)
