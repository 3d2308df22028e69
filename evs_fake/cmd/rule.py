# SPDX-License-Identifier: Apache-2.0
"""hold, delay or fail operations of a running cloud

A rule meets operations of the storage back end as they begin, or as they end:
"hold" has them wait until the rule is released, deleted or over, "delay" for
some seconds, "fail" has them fail. Of the rules that match an operation, the
one that was made first is obeyed.
"""

import argparse
import datetime
import re
from typing import Any

from evs_fake.cmd import arguments
from evs_fake.cmd import control
from evs_fake.cmd import output

_LISTED = ('id', 'operation', 'when', 'action', 'match', 'times', 'matched',
           'state')
_SHOWN = ('id', 'operation', 'when', 'action', 'match', 'seconds', 'message',
          'outcome', 'timeout', 'times', 'description', 'state', 'failure',
          'matched', 'last_resource_id', 'last_matched_at', 'created_at',
          'expires_at', 'released_at')

#: Options that say what a rule matches -> the API's names.
_CRITERIA = {
    'resource': ('resource_id', 'ID', 'the volume or snapshot itself'),
    'volume': ('volume_id', 'ID', 'the volume, or a snapshot of it'),
    'name': ('name', 'GLOB', 'what is named so; * and ? are wildcards'),
    'project': ('project_id', 'ID', 'what is of that project'),
    'type': ('volume_type', 'T', 'what is of that volume type'),
    'backend': ('host', 'GLOB', 'what is on that back end, such as *@evs-1'),
}


def add_arguments(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(metavar='ACTION', required=True)
    _add_create(actions)
    output.add_format(_add(actions, 'list', _list, 'list rules, in order'))
    output.add_format(_add_one(actions, 'show', _show, 'show a rule'))
    release = _add_one(actions, 'release', _release,
                       'end a rule: what it holds goes on')
    release.add_argument('--fail', action='store_true',
                         help='have what it holds fail instead')
    release.add_argument('--message', metavar='T',
                         help='why it fails; needs --fail')
    output.add_format(release)
    _add_one(actions, 'delete', _delete,
             'delete a rule: what it holds goes on')
    for action in actions.choices.values():
        arguments.add_state_dir(action)


def _add_create(actions: Any) -> None:
    # The words that the cloud knows are the cloud's to tell: it refuses
    # others with a list of them.
    create = _add(actions, 'create', _create, 'make a rule')
    create.add_argument('operation', metavar='OPERATION',
                        help='such as snapshot-create; one that is not known '
                             'is refused with the list of those that are')
    create.add_argument('action', metavar='ACTION',
                        choices=['hold', 'delay', 'fail'],
                        help='hold, delay or fail')
    create.add_argument(
        '--when', choices=['before', 'after'],
        help='before or after the bytes are moved (default: before)')
    for name, (field, metavar, meaning) in _CRITERIA.items():
        create.add_argument('--' + name, metavar=metavar, dest=field,
                            help='match only ' + meaning)
    create.add_argument(
        '--metadata', metavar='K=V', type=_pair, action='append',
        help='match only what has this metadata; may be given several times')
    create.add_argument(
        '--seconds', metavar='S[-S]', type=_seconds,
        help='of a delay, or the least and the most')
    create.add_argument('--message', metavar='T', help='why it fails')
    create.add_argument(
        '--outcome', metavar='STATUS',
        help='what a failure leaves, where Cinder knows several, such as '
             '"available" of snapshot-delete: the back end says that it is '
             'busy')
    create.add_argument(
        '--timeout', metavar='S', type=float,
        help='seconds after which a held operation goes on anyway')
    create.add_argument(
        '--times', metavar='N', type=_times, default=1,
        help='operations that it meets, or "unlimited" (default: 1)')
    create.add_argument(
        '--expires-in', metavar='S', type=float,
        help='seconds after which it meets and holds nothing any more')
    create.add_argument('--description', metavar='T',
                        help='what it is for, in your words')
    output.add_format(create)


def run(parsed: argparse.Namespace) -> int:
    parsed.act(control.Control(arguments.state(parsed)), parsed)
    return 0


def _add(actions: Any, name: str, act: Any,
         summary: str) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=summary, description=summary)
    action.set_defaults(act=act)
    return action


def _add_one(actions: Any, name: str, act: Any,
             summary: str) -> argparse.ArgumentParser:
    action = _add(actions, name, act, summary)
    action.add_argument('rule', metavar='RULE', type=_rule_id,
                        help='its id, as "list" shows it')
    return action


def _create(cloud: control.Control, parsed: argparse.Namespace) -> None:
    match = {field: getattr(parsed, field)
             for field, _metavar, _meaning in _CRITERIA.values()
             if getattr(parsed, field) is not None}
    if parsed.metadata:
        match['metadata'] = dict(parsed.metadata)
    expires = None
    if parsed.expires_in is not None:
        expires = (datetime.datetime.now(datetime.UTC)
                   + datetime.timedelta(seconds=parsed.expires_in)
                   ).isoformat()
    made = cloud.create_rule(
        operation=parsed.operation, action=parsed.action, when=parsed.when,
        match=match or None, seconds=parsed.seconds, message=parsed.message,
        outcome=parsed.outcome, timeout=parsed.timeout,
        times=parsed.times, expires_at=expires,
        description=parsed.description)
    output.one(made, _SHOWN, parsed.format)


def _list(cloud: control.Control, parsed: argparse.Namespace) -> None:
    output.several(cloud.list_rules(), _LISTED, parsed.format)


def _show(cloud: control.Control, parsed: argparse.Namespace) -> None:
    output.one(cloud.show_rule(parsed.rule), _SHOWN, parsed.format)


def _release(cloud: control.Control, parsed: argparse.Namespace) -> None:
    output.one(cloud.release_rule(parsed.rule, parsed.fail, parsed.message),
               _SHOWN, parsed.format)


def _delete(cloud: control.Control, parsed: argparse.Namespace) -> None:
    cloud.delete_rule(parsed.rule)


def _rule_id(text: str) -> str:
    if re.fullmatch('[0-9A-Za-z-]{1,64}', text) is None:
        raise argparse.ArgumentTypeError('not the id of a rule: %s' % text)
    return text


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition('=')
    if not name or not equals:
        raise argparse.ArgumentTypeError('not K=V: %s' % text)
    return name, value


def _seconds(text: str) -> float | list[float]:
    try:
        found = [float(part) for part in text.split('-')]
    except ValueError:
        found = []
    if len(found) not in (1, 2):
        raise argparse.ArgumentTypeError('not S or S-S: %s' % text)
    return found if len(found) == 2 else found[0]


def _times(text: str) -> int | None:
    if text == 'unlimited':
        return None
    return int(text)
