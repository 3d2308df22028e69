# SPDX-License-Identifier: Apache-2.0
"""Rules, as every shell makes and shows them."""

from __future__ import annotations

import argparse
import datetime
from typing import Any

from evs_fake.clients import arguments

#: Fields of a list.
LISTED = ('id', 'operation', 'when', 'action', 'match', 'times', 'matched',
          'state')
#: Fields of one.
SHOWN = ('id', 'operation', 'when', 'action', 'match', 'seconds', 'message',
         'outcome', 'timeout', 'times', 'description', 'state', 'failure',
         'matched', 'last_resource_id', 'last_matched_at', 'created_at',
         'expires_at', 'released_at')

#: Options that say what a rule matches -> the API's names.
_CRITERIA = {
    'resource': ('resource_id', 'id', 'the volume or snapshot itself'),
    'volume': ('volume_id', 'id', 'the volume, or a snapshot of it'),
    'name': ('name', 'glob', 'what is named so; * and ? are wildcards'),
    'project': ('project_id', 'id', 'what is of that project'),
    'type': ('volume_type', 'type', 'what is of that volume type'),
    'backend': ('host', 'glob', 'what is on that back end, as evs-fake@*'),
}


def _seconds(text: str) -> float | list[float]:
    try:
        found = [float(part) for part in text.split('-')]
    except ValueError:
        found = []
    if len(found) not in (1, 2):
        raise argparse.ArgumentTypeError(
            'not seconds or seconds-seconds: %s' % text)
    return found if len(found) == 2 else found[0]


def _times(text: str) -> int | None:
    if text == 'unlimited':
        return None
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            'not a number or "unlimited": %s' % text) from None


# The words that the cloud knows are the cloud's to tell: it refuses others
# with a list of them.
CREATE = (
    arguments.argument(
        'operation', metavar='operation',
        help='such as snapshot-create; one that is not known is refused with '
             'the list of those that are'),
    arguments.argument(
        'action', metavar='action', choices=['hold', 'delay', 'fail'],
        help='hold, delay or fail'),
    arguments.argument(
        '--when', choices=['before', 'after'],
        help='before or after the bytes are moved (default: before)'),
    *(arguments.argument('--' + name, metavar=metavar, dest=field,
                         help='match only ' + meaning)
      for name, (field, metavar, meaning) in _CRITERIA.items()),
    arguments.argument(
        '--metadata', metavar='key=value', type=arguments.pair,
        action='append',
        help='match only what has this metadata; may be given several times'),
    arguments.argument(
        '--seconds', metavar='seconds[-seconds]', type=_seconds,
        help='of a delay, or the least and the most'),
    arguments.argument('--message', metavar='text', help='why it fails'),
    arguments.argument(
        '--outcome', metavar='status',
        help='what a failure leaves, where Cinder knows several, such as '
             '"available" of snapshot-delete: the back end says that it is '
             'busy'),
    arguments.argument(
        '--timeout', metavar='seconds', type=float,
        help='seconds after which a held operation goes on anyway'),
    arguments.argument(
        '--times', metavar='number', type=_times, default=1,
        help='operations that it meets, or "unlimited" (default: 1)'),
    arguments.argument(
        '--expires-in', metavar='seconds', type=float,
        help='seconds after which it meets and holds nothing any more'),
    arguments.argument('--description', metavar='text',
                       help='what it is for, in your words'),
)

RULE = arguments.argument('rule', metavar='rule',
                          help='its ID, as the list of rules shows it')
RELEASE = (
    RULE,
    arguments.argument('--fail', action='store_true',
                       help='have what it holds fail instead'),
    arguments.argument('--message', metavar='text',
                       help='why it fails; needs --fail'),
)


def asked(parsed: argparse.Namespace) -> dict[str, Any]:
    """The rule that arguments of :data:`CREATE` ask for."""
    match = {field: getattr(parsed, field)
             for field, _metavar, _meaning in _CRITERIA.values()
             if getattr(parsed, field) is not None}
    if parsed.metadata:
        match['metadata'] = dict(parsed.metadata)
    rule = {
        'operation': parsed.operation, 'action': parsed.action,
        'when': parsed.when, 'match': match or None,
        'seconds': parsed.seconds, 'message': parsed.message,
        'outcome': parsed.outcome, 'timeout': parsed.timeout,
        'expires_at': _time_in(parsed.expires_in),
        'description': parsed.description}
    # Of times, null is a value.
    return {'times': parsed.times, **{
        name: value for name, value in rule.items() if value is not None}}


def _time_in(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return (datetime.datetime.now(datetime.UTC)
            + datetime.timedelta(seconds=seconds)).isoformat()
