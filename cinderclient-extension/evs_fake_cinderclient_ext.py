# SPDX-License-Identifier: Apache-2.0
"""``cinder evs-...``: rules, history, rollback and states of evs-fake.

python-cinderclient loads what is named so, and makes a command of each
function ``do_...``: the first line of its docstring is the summary.
"""

import argparse
import types
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from cinderclient import exceptions
from cinderclient import shell_utils
from cinderclient import utils

from evs_fake.clients import arguments
from evs_fake.clients import connection
from evs_fake.clients import control
from evs_fake.clients import exception
from evs_fake.clients import heading
from evs_fake.clients import history
from evs_fake.clients import rollback
from evs_fake.clients import rule
from evs_fake.clients import state


def _takes(*taken: arguments.Argument) -> Callable[[Any], Any]:
    def decorate(command: Any) -> Any:
        # The last that is added comes first.
        for each in reversed(taken):
            utils.add_arg(command, *each.flags, **each.keywords())
        return command

    return decorate


def _connection(cs: Any) -> connection.Connection:
    """The cloud that the ``cinder`` command was pointed at."""
    return connection.Connection(
        cs.client.session, cs.client.get_endpoint(), auth=cs.client.auth)


def _control(cs: Any) -> control.Control:
    return control.Control(_connection(cs))


def _print_one(what: Mapping[str, Any], fields: Sequence[str]) -> None:
    shell_utils.print_dict({field: what[field] for field in fields})


def _print_several(things: Sequence[Mapping[str, Any]],
                   fields: Sequence[str]) -> None:
    shell_utils.print_list(
        [types.SimpleNamespace(**each) for each in things],
        [heading.heading(field) for field in fields],
        sortby_index=None)


def _delete_all(delete: Callable[[str], None], what: str,
                names: Sequence[str]) -> None:
    """Delete what is named, as much of it as possible."""
    failed = 0
    for name in names:
        try:
            delete(name)
        except exception.ClientError as error:
            failed += 1
            print('Delete for %s failed: %s' % (name, error))
    if failed:
        raise exceptions.CommandError('%d of %d %s failed to delete.' % (
            failed, len(names), what))


# Rules


@_takes(*rule.CREATE)
def do_evs_rule_create(cs: Any, args: argparse.Namespace) -> None:
    """Has operations of the back end held, delayed or failed."""
    _print_one(_control(cs).create_rule(rule.asked(args)), rule.SHOWN)


def do_evs_rule_list(cs: Any, args: argparse.Namespace) -> None:
    """Lists rules, in the order in which they are looked at."""
    _print_several(_control(cs).list_rules(), rule.LISTED)


@_takes(rule.RULE)
def do_evs_rule_show(cs: Any, args: argparse.Namespace) -> None:
    """Shows a rule, and what it met."""
    _print_one(_control(cs).show_rule(args.rule), rule.SHOWN)


@_takes(*rule.RELEASE)
def do_evs_rule_release(cs: Any, args: argparse.Namespace) -> None:
    """Ends a rule: what it holds goes on, or fails."""
    _print_one(
        _control(cs).release_rule(args.rule, args.fail, args.message),
        rule.SHOWN)


@utils.arg('rules', metavar='<rule>', nargs='+',
           help='Rule or rules to delete (ID).')
def do_evs_rule_delete(cs: Any, args: argparse.Namespace) -> None:
    """Deletes one or more rules: what they hold goes on."""
    _delete_all(_control(cs).delete_rule, 'rules', args.rules)


# History


@_takes(*history.FILTERS, history.ALL_PROJECTS, history.FOLLOW)
def do_evs_history(cs: Any, args: argparse.Namespace) -> None:
    """Lists the statuses that volumes, snapshots and backups had."""
    cloud, asked = _control(cs), history.scoped(args)
    if args.follow:
        for change in cloud.follow_history(**asked):
            print(history.line(change), flush=True)
    _print_several(list(cloud.read_history(**asked)), history.FIELDS)


# Rollback


@_takes(*rollback.ARGUMENTS)
def do_evs_rollback(cs: Any, args: argparse.Namespace) -> None:
    """Rolls a volume back to any of its snapshots, not only the newest."""
    cloud = _connection(cs)
    snapshot = shell_utils.find_volume_snapshot(cs, args.snapshot)
    volume_id = snapshot.volume_id
    if args.volume is not None:
        volume_id = utils.find_volume(cs, args.volume).id
    rollback.start(cloud, snapshot.id, volume_id)
    if args.wait:
        rollback.wait(cloud, volume_id)


# States


@_takes(state.RESET_TO)
def do_evs_reset(cs: Any, args: argparse.Namespace) -> None:
    """Empties the cloud, or brings back a saved state.

    Whatever else is in the cloud is lost.
    """
    _print_one(_control(cs).reset(args.state), state.RESET)


@_takes(state.NAME)
def do_evs_state_save(cs: Any, args: argparse.Namespace) -> None:
    """Saves what the cloud has now, under a new name."""
    _print_one(_control(cs).save_state(args.name), state.FIELDS)


@_takes(state.NAME)
def do_evs_state_load(cs: Any, args: argparse.Namespace) -> None:
    """Brings back a saved state; whatever else is in the cloud is lost."""
    _print_one(_control(cs).reset(args.name), state.RESET)


def do_evs_state_list(cs: Any, args: argparse.Namespace) -> None:
    """Lists saved states."""
    _print_several(_control(cs).list_states(), state.FIELDS)


@utils.arg('states', metavar='<name>', nargs='+',
           help='State or states to delete.')
def do_evs_state_delete(cs: Any, args: argparse.Namespace) -> None:
    """Deletes one or more saved states."""
    _delete_all(_control(cs).delete_state, 'states', args.states)
