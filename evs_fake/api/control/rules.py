# SPDX-License-Identifier: Apache-2.0
"""Rules, by which operations of the driver are held, delayed or failed."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from oslo_config import cfg
from oslo_utils import timeutils
from oslo_utils import uuidutils

from evs_fake.api import control
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.conf import faults as conf
from evs_fake.db import models
from evs_fake.db import rules as db
from evs_fake.faults import directive
from evs_fake.faults import resource
from evs_fake.faults import rules
from evs_fake.faults.operations import Moment
from evs_fake.faults.operations import OF_GROUPS
from evs_fake.faults.operations import Operation
from evs_fake.policies import rules as policy

_TEXT = {'type': 'string', 'minLength': 1, 'maxLength': 255}
_MESSAGE = {'type': 'string', 'minLength': 1, 'maxLength': 1024}
_SECONDS = {'type': 'number', 'minimum': 0,
            'maximum': directive.MAX_DELAY_SECONDS}

#: What each action takes besides, and what it cannot do without.
_ARGUMENTS = {
    directive.Action.HOLD: ({'timeout'}, set()),
    directive.Action.DELAY: ({'seconds'}, {'seconds'}),
    directive.Action.FAIL: ({'message', 'outcome'}, set()),
}


def _closed(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {'type': 'object', 'properties': dict(properties),
            'required': list(required), 'additionalProperties': False}


_CREATE = _closed({'rule': _closed({
    'operation': {'enum': [each.value for each in Operation]},
    'when': {'enum': [each.value for each in Moment]},
    'action': {'enum': [each.value for each in directive.Action]},
    'match': _closed({
        **dict.fromkeys(resource.CRITERIA, _TEXT),
        'metadata': {'type': 'object', 'minProperties': 1,
                     'maxProperties': 20, 'propertyNames': _TEXT,
                     'additionalProperties': {'type': 'string',
                                              'maxLength': 255}}}),
    'seconds': {'oneOf': [_SECONDS, {
        'type': 'array', 'items': _SECONDS, 'minItems': 2, 'maxItems': 2}]},
    'message': _MESSAGE,
    'outcome': {'enum': sorted({
        outcome for each in rules.OUTCOMES.values() for outcome in each})},
    'timeout': _SECONDS,
    'times': {'type': ['integer', 'null'], 'minimum': 1,
              'maximum': 2 ** 31 - 1},
    'expires_at': {'type': 'string', 'maxLength': 64},
    'description': {'type': 'string', 'maxLength': 255},
}, 'operation', 'action')}, 'rule')

_RELEASE = _closed({'release': _closed({
    'fail': {'type': 'boolean'}, 'message': _MESSAGE})}, 'release')


def create(request: route.Request) -> dict[str, Any]:
    """Make a rule, the last in order.

    :raises Refused: (400) fields that do not fit each other: such a rule
        would never fire; (413) there are as many rules as may be.
    """
    asked = request.body['rule']
    rule = models.Rule(
        id=uuidutils.generate_uuid(), operation=asked['operation'],
        moment=_moment(asked), action=asked['action'],
        match=_match(asked), arguments=_arguments(asked),
        times=asked.get('times', 1),
        description=asked.get('description', ''),
        expires_at=_expires_at(asked), created_at=timeutils.utcnow(),
        matched=0)
    rule_id = rule.id
    cfg.CONF.register_opts(conf.OPTS, conf.GROUP)
    most = cfg.CONF[conf.GROUP].max_rules
    if not db.create(request.context, rule, most):
        raise exception.Refused(
            'There are %d rules, and no more are kept ([evs_fake] '
            'max_rules). Delete some.' % most,
            status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return _answer(request, rule_id)


def list_all(request: route.Request) -> dict[str, Any]:
    """List rules in their order: of those that match, the first is obeyed."""
    return {'rules': [_show(rule) for rule in db.find(request.context)]}


def show(request: route.Request) -> dict[str, Any]:
    """Show a rule.

    :raises Refused: (404)
    """
    return _answer(request, request.ids['rule_id'])


def release(request: route.Request) -> dict[str, Any]:
    """End a rule: what it holds goes on, or fails; nothing meets it anew.

    :raises Refused: (404); (409) it was released before.
    """
    asked = request.body['release']
    if 'message' in asked and not asked.get('fail'):
        raise exception.Refused('message: only with "fail": true')
    rule_id = request.ids['rule_id']
    rule = _get(request, rule_id)
    failure = None
    if asked.get('fail'):
        failure = asked.get('message', 'rule %s' % rule.id)
    if not db.release(request.context, rule_id, failure):
        raise exception.Refused(
            'Rule %s was released before.' % rule_id,
            status=HTTPStatus.CONFLICT)
    return _answer(request, rule_id)


def delete(request: route.Request) -> None:
    """Delete a rule; what it holds goes on.

    :raises Refused: (404)
    """
    rule_id = request.ids['rule_id']
    if not db.delete(request.context, rule_id):
        raise _no_rule(rule_id)


def _moment(asked: Mapping[str, Any]) -> str:
    moment = asked.get('when', Moment.BEFORE.value)
    known = rules.moments(Operation(asked['operation']))
    if moment not in known:
        raise exception.Refused('when: of %s must be %s' % (
            asked['operation'], ' or '.join(known)))
    return moment


def _match(asked: Mapping[str, Any]) -> dict[str, Any]:
    match = asked.get('match', {})
    if asked['operation'] in OF_GROUPS:
        for name in sorted(match.keys() & resource.NOT_OF_GROUPS):
            raise exception.Refused(
                'match.%s: %s has none' % (name, asked['operation']))
    return match


def _arguments(asked: Mapping[str, Any]) -> dict[str, Any]:
    action = directive.Action(asked['action'])
    known, required = _ARGUMENTS[action]
    given = {name: asked[name]
             for names, _required in _ARGUMENTS.values()
             for name in names if name in asked}
    for name in sorted(given.keys() - known):
        raise exception.Refused(
            '%s: is none of the action %s; it knows %s' % (
                name, action, ', '.join(sorted(known))))
    for name in sorted(required - given.keys()):
        raise exception.Refused('%s: the action %s needs it' % (name, action))
    if action is directive.Action.DELAY:
        seconds = given['seconds']
        low, high = (seconds if isinstance(seconds, list)
                     else (seconds, seconds))
        if low > high:
            raise exception.Refused(
                'seconds: %s is more than %s' % (low, high))
        given['seconds'] = [low, high]
    if 'outcome' in given:
        outcomes = rules.OUTCOMES.get(Operation(asked['operation']), ())
        if given['outcome'] not in outcomes:
            raise exception.Refused('outcome: of a failed %s is %s' % (
                asked['operation'], ' or '.join(outcomes)
                or 'always the same; leave it out'))
    if action is directive.Action.FAIL:
        given.setdefault('message', 'a rule says so')
    return given


def _expires_at(asked: Mapping[str, Any]) -> datetime.datetime | None:
    if 'expires_at' not in asked:
        return None
    try:
        expires = timeutils.normalize_time(
            timeutils.parse_isotime(asked['expires_at']))
    except (ValueError, OverflowError) as error:
        raise exception.Refused(
            'expires_at: must be a time as ISO 8601 has it, such as '
            '2026-01-31T23:59:59Z') from error
    if expires <= timeutils.utcnow():
        raise exception.Refused('expires_at: is over')
    return expires


def _get(request: route.Request, rule_id: str) -> models.Rule:
    for rule in db.find(request.context, rule_id):
        return rule
    raise _no_rule(rule_id)


def _no_rule(rule_id: str) -> exception.Refused:
    return exception.Refused('Rule %s could not be found.' % rule_id,
                             status=HTTPStatus.NOT_FOUND)


def _answer(request: route.Request, rule_id: str) -> dict[str, Any]:
    return {'rule': _show(_get(request, rule_id))}


def _show(rule: models.Rule) -> dict[str, Any]:
    return {
        'id': rule.id, 'operation': rule.operation, 'when': rule.moment,
        'action': rule.action, 'match': rule.match,
        'seconds': rule.arguments.get('seconds'),
        'message': rule.arguments.get('message'),
        'outcome': rule.arguments.get('outcome'),
        'timeout': rule.arguments.get('timeout'),
        'times': rule.times, 'description': rule.description,
        'state': _state(rule), 'failure': rule.failure,
        'matched': rule.matched, 'last_resource_id': rule.last_resource_id,
        'last_matched_at': _time(rule.last_matched_at),
        'created_at': _time(rule.created_at),
        'expires_at': _time(rule.expires_at),
        'released_at': _time(rule.released_at),
    }


def _state(rule: models.Rule) -> str:
    """``active`` or why it meets nothing any more.

    A rule of the action hold that is ``spent`` may still hold what it met.
    """
    if rule.released_at is not None:
        return 'released'
    if rule.expires_at is not None and (
            rule.expires_at <= timeutils.utcnow()):
        return 'expired'
    if rule.times is not None and rule.matched >= rule.times:
        return 'spent'
    return 'active'


def _time(time: datetime.datetime | None) -> str | None:
    # As Cinder writes times.
    return time and time.isoformat(timespec='microseconds')


_ALL = '/rules'
_ONE = _ALL + '/{rule_id}'

ROUTES = (
    route.Route('POST', control.VERSION, _ALL, policy.CREATE, create,
                HTTPStatus.CREATED, body=_CREATE),
    route.Route('GET', control.VERSION, _ALL, policy.LIST, list_all),
    route.Route('GET', control.VERSION, _ONE, policy.SHOW, show),
    route.Route('POST', control.VERSION, _ONE + '/release', policy.RELEASE,
                release, HTTPStatus.OK, body=_RELEASE),
    route.Route('DELETE', control.VERSION, _ONE, policy.DELETE, delete,
                HTTPStatus.NO_CONTENT),
)
