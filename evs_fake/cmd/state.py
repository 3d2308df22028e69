# SPDX-License-Identifier: Apache-2.0
"""save the state of a running cloud, and bring it back

A state has all resources, their bytes, backups, rules, access keys and the
history. It is of the cloud that saved it, and stays until it is deleted.
"""

import argparse
from typing import Any

from evs_fake.clients import control as client
from evs_fake.clients import state
from evs_fake.cmd import arguments
from evs_fake.cmd import control
from evs_fake.cmd import output


def add_arguments(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(metavar='ACTION', required=True)
    output.add_format(_add_one(actions, 'save', _save,
                               'save the present state; it must be at rest'))
    output.add_format(_add_one(actions, 'load', _load,
                               'bring a state back, in place of the present '
                               'one'))
    output.add_format(_add(actions, 'list', _list, 'list saved states'))
    _add_one(actions, 'delete', _delete, 'delete a saved state')
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


def _add_one(actions: Any, name: str, act: Any,
             summary: str) -> argparse.ArgumentParser:
    action = _add(actions, name, act, summary)
    action.add_argument('name', metavar='NAME', type=arguments.state_name,
                        help='1 to 64 letters, digits, "_" or "-"')
    return action


def _save(cloud: client.Control, parsed: argparse.Namespace) -> None:
    output.one(cloud.save_state(parsed.name), state.FIELDS, parsed.format)


def _load(cloud: client.Control, parsed: argparse.Namespace) -> None:
    output.one(cloud.reset(parsed.name), state.RESET, parsed.format)


def _list(cloud: client.Control, parsed: argparse.Namespace) -> None:
    output.several(cloud.list_states(), state.FIELDS, parsed.format)


def _delete(cloud: client.Control, parsed: argparse.Namespace) -> None:
    cloud.delete_state(parsed.name)
