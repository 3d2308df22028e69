# SPDX-License-Identifier: Apache-2.0
"""EVS's automatic snapshot policies (v5).

The hours of ``time_points`` are in UTC+8. A change of ``retention_days`` is
for snapshots made from then on.

``POST /v5/{project_id}/evs-fake/snapshot-policies/{id}/run`` is this
project's own: EVS has no request that executes a policy at once.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from cinder import context as cinder_context
from cinder import objects
from oslo_utils import timeutils
from oslo_utils import uuidutils

from evs_fake.api.evs import fields
from evs_fake.api.evs import paging
from evs_fake.api.evs import resource_tags
from evs_fake.api.evs import scope
from evs_fake.api.evs import snapshot_policy_runs
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.api.routing import schema
from evs_fake.db import models
from evs_fake.db import snapshot_policies as db
from evs_fake.db import tags as tags_db
from evs_fake.policies import snapshot_policies as policy

#: Volumes of one request.
_MAX_VOLUMES = 1000

_SCHEDULE = {
    'name': fields.NAME,
    'repeat_weekdays': {
        'type': ['array', 'null'], 'maxItems': 7, 'uniqueItems': True,
        'items': {'enum': [str(day) for day in range(1, 8)]}},
    'repeat_interval_days': {'type': ['integer', 'null'], 'minimum': 1,
                             'maximum': 30},
    'time_points': {
        'type': 'array', 'minItems': 1, 'maxItems': 24, 'uniqueItems': True,
        'items': {'enum': [str(hour) for hour in range(24)]}},
    'retention_days': {'anyOf': [
        {'const': snapshot_policy_runs.KEEP},
        {'type': 'integer', 'minimum': 1, 'maximum': 65536}]},
}

_CREATE = fields.wrapped('snapshot_policy', {
    **_SCHEDULE, 'tags': resource_tags.OF_NEW,
    'enterprise_project_id': fields.TEXT}, 'time_points')

_UPDATE = fields.wrapped('snapshot_policy', _SCHEDULE)

_VOLUMES = {'type': 'array', 'minItems': 1, 'maxItems': _MAX_VOLUMES,
            'items': fields.UUID}

_COUNT = {
    **resource_tags.FILTERS,
    **dict.fromkeys(('id', 'name', 'enterprise_project_id'), fields.TEXT),
}

_SORT_KEYS = ('id', 'created_at')

_LIST = {
    **fields.PAGE, **_COUNT,
    'sort_key': {'enum': list(_SORT_KEYS), schema.CODE: 'EVS.1039'},
    'sort_dir': {'enum': ['desc', 'asc'], schema.CODE: 'EVS.1040'},
}


def create(request: route.Request) -> dict[str, Any]:
    """Make a policy; it is for no volume yet.

    :raises Refused: (400) it has no days, or both kinds; (403) for an
        enterprise project.
    """
    asked = request.body['snapshot_policy']
    context = request.context
    scope.check_new(asked)
    now = timeutils.utcnow()
    policy_id = uuidutils.generate_uuid()
    made = models.SnapshotPolicy(
        id=policy_id, project_id=context.project_id, user_id=context.user_id,
        name=asked.get('name'), repeat_weekdays=_weekdays(asked),
        repeat_interval_days=asked.get('repeat_interval_days'),
        time_points=_hours(asked),
        retention_days=asked.get('retention_days',
                                 snapshot_policy_runs.KEEP),
        created_at=now)
    _check_days(made)
    made.next_run_at = snapshot_policy_runs.next_run(made, now)
    db.create(context, made)
    if asked.get('tags'):
        tags_db.replace(context, db.TAGS, policy_id, asked['tags'])
    return _answer(context, policy_id)


def list_all(request: route.Request) -> dict[str, Any]:
    """List policies, newest first where nothing else is asked for."""
    query = request.query
    policies = sorted(
        _find(request),
        key=operator.itemgetter(query.get('sort_key', 'created_at'), 'id'),
        reverse=query.get('sort_dir', 'desc') == 'desc')
    return {'snapshot_policies': paging.Page.of(query).cut(
        policies, operator.itemgetter('id'))}


def count(request: route.Request) -> dict[str, Any]:
    """Count policies."""
    return {'count': len(_find(request))}


def show(request: route.Request) -> dict[str, Any]:
    """Show a policy.

    :raises Refused: (404)
    """
    return _answer(request.context, request.ids['snapshot_policy_id'])


def update(request: route.Request) -> dict[str, Any]:
    """Change a policy; weekdays replace an interval, and it them.

    :raises Refused: (404); (400) it would have no days, or both kinds.
    """
    found = _get(request.context, request.ids['snapshot_policy_id'])
    asked = request.body['snapshot_policy']
    now = timeutils.utcnow()
    changed = models.SnapshotPolicy(
        name=asked.get('name', found.name),
        repeat_weekdays=found.repeat_weekdays,
        repeat_interval_days=found.repeat_interval_days,
        time_points=(_hours(asked) if 'time_points' in asked
                     else found.time_points),
        retention_days=asked.get('retention_days', found.retention_days),
        created_at=found.created_at)
    if asked.get('repeat_weekdays') or asked.get('repeat_interval_days'):
        changed.repeat_weekdays = _weekdays(asked)
        changed.repeat_interval_days = asked.get('repeat_interval_days')
    _check_days(changed)
    db.update(
        request.context, found.id, name=changed.name,
        repeat_weekdays=changed.repeat_weekdays,
        repeat_interval_days=changed.repeat_interval_days,
        time_points=changed.time_points,
        retention_days=changed.retention_days,
        next_run_at=snapshot_policy_runs.next_run(changed, now),
        updated_at=now)
    return show(request)


def delete(request: route.Request) -> None:
    """Delete a policy; the snapshots that it made stay as long as they were
    to.

    :raises Refused: (404)
    """
    found = _get(request.context, request.ids['snapshot_policy_id'])
    db.delete(request.context, found.id)


def associate(request: route.Request) -> None:
    """Have a policy be for more volumes.

    :raises Refused: (404) there is no such policy.
    :raises VolumeNotFound: (404) nothing was changed.
    """
    found = _get(request.context, request.ids['snapshot_policy_id'])
    # A UUID may be written in several ways; Cinder has one.
    volumes = {objects.Volume.get_by_id(request.context, volume_id).id
               for volume_id in request.body}
    db.associate(request.context, found.id, sorted(volumes))


def disassociate(request: route.Request) -> None:
    """Have a policy no longer be for volumes; others are no error.

    :raises Refused: (404) there is no such policy.
    """
    found = _get(request.context, request.ids['snapshot_policy_id'])
    db.disassociate(request.context, found.id, request.body)


def run(request: route.Request) -> dict[str, Any]:
    """Execute a policy now; its schedule does not notice.

    :raises Refused: (404)
    """
    found = _get(request.context, request.ids['snapshot_policy_id'])
    outcome = snapshot_policy_runs.run(
        request.context, found, timeutils.utcnow())
    return {
        'snapshots': [
            {'volume_id': volume_id, 'snapshot_id': snapshot_id}
            for volume_id, snapshot_id in outcome.snapshots.items()],
        'failures': [
            {'volume_id': volume_id, 'reason': reason}
            for volume_id, reason in outcome.failures.items()],
    }


def _weekdays(asked: Mapping[str, Any]) -> list[int]:
    return sorted(int(day) for day in asked.get('repeat_weekdays') or ())


def _hours(asked: Mapping[str, Any]) -> list[int]:
    return sorted(int(hour) for hour in asked['time_points'])


def _check_days(found: models.SnapshotPolicy) -> None:
    if bool(found.repeat_weekdays) == bool(found.repeat_interval_days):
        raise exception.Refused(
            'snapshot_policy: needs either repeat_weekdays or '
            'repeat_interval_days')


def _get(context: cinder_context.RequestContext, policy_id: str
         ) -> models.SnapshotPolicy:
    found = db.find(context, policy_id)
    if not found:
        raise exception.Refused(
            'Snapshot policy %s could not be found.' % policy_id,
            status=HTTPStatus.NOT_FOUND)
    return found[0]


def _find(request: route.Request) -> list[dict[str, Any]]:
    """What a query asks for, as EVS shows it."""
    query = request.query
    if not scope.matches(query):
        return []
    wanted = resource_tags.asked(query)
    return [
        each for each in _show(
            request.context, db.find(request.context, query.get('id')))
        if query.get('name') in (None, each['name'])
        and resource_tags.matches(wanted, each['tags'])]


def _answer(context: cinder_context.RequestContext, policy_id: str
            ) -> dict[str, Any]:
    shown, = _show(context, [_get(context, policy_id)])
    return {'snapshot_policy': shown}


def _show(context: cinder_context.RequestContext,
          policies: Sequence[models.SnapshotPolicy]) -> list[dict[str, Any]]:
    """Policies as EVS shows them."""
    tags = tags_db.get(context, db.TAGS, [each.id for each in policies])
    return [{
        'id': each.id,
        'name': each.name,
        'repeat_weekdays': [str(day) for day in each.repeat_weekdays],
        'repeat_interval_days': each.repeat_interval_days,
        'time_points': [str(hour) for hour in each.time_points],
        'retention_days': each.retention_days,
        'created_at': fields.time(each.created_at),
        'updated_at': fields.time(each.updated_at),
        'tags': tags[each.id],
        'enterprise_project_id': scope.ENTERPRISE_PROJECT,
    } for each in policies]


_ALL = '/{project_id}/snapshot-policies'
_ONE = _ALL + '/{snapshot_policy_id}'

ROUTES = (
    route.Route('POST', 'v5', _ALL, policy.CREATE, create, body=_CREATE),
    route.Route('GET', 'v5', _ALL, policy.LIST, list_all, query=_LIST),
    route.Route('GET', 'v5', _ALL + '/count', policy.COUNT, count,
                query=_COUNT),
    route.Route('GET', 'v5', _ONE, policy.SHOW, show),
    route.Route('PUT', 'v5', _ONE, policy.UPDATE, update, body=_UPDATE),
    route.Route('DELETE', 'v5', _ONE, policy.DELETE, delete,
                HTTPStatus.NO_CONTENT),
    route.Route('POST', 'v5', _ONE + '/associate', policy.ASSOCIATE,
                associate, HTTPStatus.NO_CONTENT, body=_VOLUMES),
    route.Route('POST', 'v5', _ONE + '/disassociate', policy.DISASSOCIATE,
                disassociate, HTTPStatus.NO_CONTENT, body=_VOLUMES),
    route.Route(
        'POST', 'v5',
        '/{project_id}/evs-fake/snapshot-policies/{snapshot_policy_id}/run',
        policy.RUN, run, HTTPStatus.ACCEPTED),
)
