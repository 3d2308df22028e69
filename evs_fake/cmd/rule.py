# SPDX-License-Identifier: Apache-2.0
"""hold, delay or fail operations of a running cloud

A rule meets operations of the storage back end as they begin, or as they end:
"hold" has them wait until the rule is released, deleted or over, "delay" for
some seconds, "fail" has them fail. Of the rules that match an operation, the
one that was made first is obeyed.
"""

import argparse
from typing import Any

from evs_fake.clients import arguments as client_arguments
from evs_fake.clients import control as client
from evs_fake.clients import rule
from evs_fake.cmd import arguments
from evs_fake.cmd import control
from evs_fake.cmd import output


def add_arguments(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(metavar='ACTION', required=True)
    output.add_format(_add(actions, 'create', _create, 'make a rule',
                           *rule.CREATE))
    output.add_format(_add(actions, 'list', _list, 'list rules, in order'))
    output.add_format(_add(actions, 'show', _show, 'show a rule', rule.RULE))
    output.add_format(_add(actions, 'release', _release,
                           'end a rule: what it holds goes on',
                           *rule.RELEASE))
    _add(actions, 'delete', _delete, 'delete a rule: what it holds goes on',
         rule.RULE)
    for action in actions.choices.values():
        arguments.add_cloud(action)


def run(parsed: argparse.Namespace) -> int:
    parsed.act(control.connect(parsed), parsed)
    return 0


def _add(actions: Any, name: str, act: Any, summary: str,
         *taken: client_arguments.Argument) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=summary, description=summary)
    action.set_defaults(act=act)
    client_arguments.add(action, *taken, write=str.upper)
    return action


def _create(cloud: client.Control, parsed: argparse.Namespace) -> None:
    output.one(cloud.create_rule(rule.asked(parsed)), rule.SHOWN,
               parsed.format)


def _list(cloud: client.Control, parsed: argparse.Namespace) -> None:
    output.several(cloud.list_rules(), rule.LISTED, parsed.format)


def _show(cloud: client.Control, parsed: argparse.Namespace) -> None:
    output.one(cloud.show_rule(parsed.rule), rule.SHOWN, parsed.format)


def _release(cloud: client.Control, parsed: argparse.Namespace) -> None:
    output.one(cloud.release_rule(parsed.rule, parsed.fail, parsed.message),
               rule.SHOWN, parsed.format)


def _delete(cloud: client.Control, parsed: argparse.Namespace) -> None:
    cloud.delete_rule(parsed.rule)
