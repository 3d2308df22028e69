# SPDX-License-Identifier: Apache-2.0
"""EVS's snapshot groups: snapshots of several volumes, asked for together.

They are not Cinder's group snapshots. Those are of all the volumes of a
group that was made before, of certain volume types on one back end, and a
volume is in one group at most; EVS takes any volumes at hand. So a group is
a row of ours, and its members are ordinary snapshots of Cinder's, one a
volume, each to be rolled back or deleted by itself as well.

The consistency that this gives: all members are accepted, against statuses
and quota, or none is; each is crash-consistent by itself. They are taken
one right after the other, not in one instant: an application that writes to
several volumes meanwhile may find a later write in one snapshot without an
earlier one in another. Stop its writes to be sure.

A group's status follows from its members', and with the last of them the
group is gone.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects
from oslo_utils import timeutils
from oslo_utils import uuidutils

from evs_fake import states
from evs_fake.api.evs import fields
from evs_fake.api.evs import jobs
from evs_fake.api.evs import paging
from evs_fake.api.evs import resource_tags
from evs_fake.api.evs import scope
from evs_fake.api.evs import snapshot_create
from evs_fake.api.evs import snapshot_jobs
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.api.routing import schema
from evs_fake.db import models
from evs_fake.db import snapshot_groups as db
from evs_fake.db import tags as tags_db
from evs_fake.policies import snapshot_groups as policy

#: Volumes of one group at most; EVS documents no number.
_MAX_VOLUMES = 60

_AVAILABLE = 'available'
_CREATING = 'creating'
_DELETING = 'deleting'
_ERROR = 'error'
_ERROR_DELETING = 'error_deleting'

_CREATE = fields.wrapped('snapshot_group', {
    'server_id': {'type': ['string', 'null'], 'format': 'uuid'},
    'volume_ids': {'type': ['array', 'null'], 'items': fields.UUID,
                   'maxItems': _MAX_VOLUMES},
    'instant_access': {'type': 'boolean'},
    'name': fields.NAME,
    'description': fields.DESCRIPTION,
    'tags': resource_tags.OF_NEW,
    'enterprise_project_id': fields.TEXT,
    'incremental': {'type': 'boolean'},
})

_UPDATE = fields.wrapped('snapshot_group', {
    'name': fields.NAME, 'description': fields.DESCRIPTION})

_COUNT = {
    **resource_tags.FILTERS,
    **dict.fromkeys(('id', 'name', 'status', 'enterprise_project_id'),
                    fields.TEXT),
}

_SORT_KEYS = ('id', 'status', 'created_at')

_LIST = {
    **fields.PAGE, **_COUNT,
    'server_id': fields.TEXT,
    'sort_key': {'enum': list(_SORT_KEYS), schema.CODE: 'EVS.1039'},
    'sort_dir': {'enum': ['desc', 'asc'], schema.CODE: 'EVS.1040'},
}


def create(request: route.Request) -> dict[str, Any]:
    """Snapshot several volumes, attached or not, or all of a server's.

    :raises VolumeNotFound: (404)
    :raises Refused: (400) no volumes, or not all are the server's; (403) for
        an enterprise project.
    :raises InvalidVolume: (400) a volume is in no status for it.
    :raises SnapshotLimitExceeded: (413)
    """
    asked = request.body['snapshot_group']
    context = request.context
    scope.check_new(asked)
    group = models.SnapshotGroup(
        id=uuidutils.generate_uuid(), project_id=context.project_id,
        name=asked.get('name'), description=asked.get('description'),
        server_id=asked.get('server_id'), is_deleting=False,
        created_at=timeutils.utcnow())
    # Before it is kept: afterwards it is the database's.
    group_id = group.id
    members = snapshot_create.together(
        context, _volumes(context, asked), group,
        **{name: asked[name] for name in ('instant_access', 'incremental')
           if name in asked})
    if asked.get('tags'):
        tags_db.replace(context, db.TAGS, group_id, asked['tags'])
    return {
        'job_id': jobs.start(
            context, 'createSnapshotGroup', None, None,
            sub_jobs=[snapshot_jobs.created(context, member)
                      for member in members]),
        'snapshot_group_id': group_id,
    }


def list_detail(request: route.Request) -> dict[str, Any]:
    """List groups, newest first where nothing else is asked for.

    :raises Refused: (400, EVS.1024) there is no such marker.
    """
    query = request.query
    groups = sorted(
        _find(request),
        key=operator.itemgetter(query.get('sort_key', 'created_at'), 'id'),
        reverse=query.get('sort_dir', 'desc') == 'desc')
    return {'snapshot_groups': paging.Page.of(query).cut(
        groups, operator.itemgetter('id'))}


def count(request: route.Request) -> dict[str, Any]:
    """Count groups."""
    return {'count': len(_find(request))}


def show(request: route.Request) -> dict[str, Any]:
    """Show a group.

    :raises Refused: (404)
    """
    group, = _show(request.context, [_get(request)])
    return {'snapshot_group': group}


def update(request: route.Request) -> dict[str, Any]:
    """Change name and description; the members keep theirs.

    :raises Refused: (404)
    """
    group = _get(request).group
    asked = request.body['snapshot_group']
    if asked:
        db.update(request.context, group.id, **asked)
    return show(request)


def delete(request: route.Request) -> dict[str, Any]:
    """Delete all snapshots of a group, and so the group.

    :raises Refused: (404); (400, EVS.1047) a member is neither available
        nor in error: nothing was deleted.
    """
    found = _get(request)
    context = request.context
    for snapshot_id, member in found.members.items():
        if member not in (_AVAILABLE, _ERROR):
            raise exception.Refused(
                'snapshot %s of the group is "%s"; a group can be deleted '
                'while each is available or error.' % (
                    snapshot_id, states.snapshot_status(member)), 'EVS.1047')
    db.update(context, found.group.id, is_deleting=True)
    return {'job_id': jobs.start(
        context, 'deleteSnapshotGroup', None, None,
        sub_jobs=[snapshot_jobs.delete(context, snapshot)
                  for snapshot in _members(context, found)])}


def create_tags(request: route.Request) -> None:
    """Add tags, or change their values.

    :raises Refused: (404); (400, EVS.1061) it would have too many.
    """
    resource_tags.create(request.context, db.TAGS, _get(request).group.id,
                         request.body)


def delete_tags(request: route.Request) -> None:
    """Take tags off; what it does not have is no error.

    :raises Refused: (404)
    """
    resource_tags.delete(request.context, db.TAGS, _get(request).group.id,
                         request.body)


def list_tags(request: route.Request) -> dict[str, Any]:
    """List the tags of all groups, values by key."""
    return resource_tags.of_all(
        request.context, db.TAGS,
        {found.group.id for found in db.find(request.context)})


def status(found: db.Group) -> str:
    """A group's status, from those of its members."""
    statuses = set(found.members.values())
    if _CREATING in statuses:
        return _CREATING
    if found.group.is_deleting:
        # What is neither gone nor going could not be deleted.
        return _DELETING if _DELETING in statuses else _ERROR_DELETING
    for each in (_ERROR, _ERROR_DELETING):
        if each in statuses:
            return each
    # A member that is rolled back, backed up or deleted by itself changes
    # nothing.
    return _AVAILABLE


def _volumes(context: cinder_context.RequestContext,
             asked: Mapping[str, Any]) -> list[objects.Volume]:
    """The volumes that a group is asked for."""
    ids = asked.get('volume_ids') or []
    server_id = asked.get('server_id')
    if server_id is not None:
        attached = {
            attachment.volume_id for attachment
            in objects.VolumeAttachmentList.get_all_by_project(
                context, context.project_id)
            if attachment.instance_uuid == server_id}
        for volume_id in ids:
            if volume_id not in attached:
                raise exception.Refused(
                    'volume_ids: %s is not attached to server %s' % (
                        volume_id, server_id))
        ids = ids or sorted(attached)
    if not ids:
        raise exception.Refused(
            'volume_ids: none given, nor a server_id with volumes attached')
    if len(set(ids)) < len(ids):
        raise exception.Refused('volume_ids: one is given twice')
    return [objects.Volume.get_by_id(context, each) for each in ids]


def _members(context: cinder_context.RequestContext, found: db.Group
             ) -> Iterator[objects.Snapshot]:
    for snapshot_id in found.members:
        try:
            yield objects.Snapshot.get_by_id(context, snapshot_id)
        except cinder_exception.SnapshotNotFound:
            # Somebody deleted it meanwhile.
            continue


def _get(request: route.Request) -> db.Group:
    found = db.find(request.context, request.ids['snapshot_group_id'])
    if not found:
        raise exception.Refused(
            'Snapshot group %s could not be found.'
            % request.ids['snapshot_group_id'], status=HTTPStatus.NOT_FOUND)
    return found[0]


def _find(request: route.Request) -> list[dict[str, Any]]:
    """What a query asks for, as EVS shows it."""
    query = request.query
    if not scope.matches(query):
        return []
    wanted = resource_tags.asked(query)
    return [
        group for group in _show(
            request.context, db.find(request.context, query.get('id')))
        if all(query.get(name) in (None, group[name])
               for name in ('name', 'status', 'server_id'))
        and resource_tags.matches(wanted, group['tags'])]


def _show(context: cinder_context.RequestContext, found: Sequence[db.Group]
          ) -> list[dict[str, Any]]:
    """Groups as EVS shows them."""
    tags = tags_db.get(context, db.TAGS, [each.group.id for each in found])
    return [{
        'id': each.group.id,
        'project_id': each.group.project_id,
        'created_at': fields.time(each.group.created_at),
        'updated_at': fields.time(each.group.updated_at),
        'status': status(each),
        'name': each.group.name,
        'description': each.group.description,
        'enterprise_project_id': scope.ENTERPRISE_PROJECT,
        'tags': tags[each.group.id],
        'server_id': each.group.server_id,
    } for each in found]


_ALL = '/{project_id}/snapshot-groups'
_ONE = _ALL + '/{snapshot_group_id}'

ROUTES = (
    route.Route('POST', 'v5', _ALL, policy.CREATE, create,
                HTTPStatus.ACCEPTED, body=_CREATE),
    route.Route('GET', 'v5', _ALL + '/detail', policy.LIST, list_detail,
                query=_LIST),
    route.Route('GET', 'v5', _ALL + '/count', policy.COUNT, count,
                query=_COUNT),
    route.Route('GET', 'v5', _ALL + '/tags', policy.LIST_TAGS, list_tags),
    route.Route('GET', 'v5', _ONE, policy.SHOW, show),
    route.Route('PUT', 'v5', _ONE, policy.UPDATE, update, body=_UPDATE),
    route.Route('DELETE', 'v5', _ONE, policy.DELETE, delete,
                HTTPStatus.ACCEPTED),
    route.Route('POST', 'v5', _ONE + '/tags/create', policy.CREATE_TAGS,
                create_tags, HTTPStatus.NO_CONTENT,
                body=resource_tags.CREATE),
    route.Route('POST', 'v5', _ONE + '/tags/delete', policy.DELETE_TAGS,
                delete_tags, HTTPStatus.NO_CONTENT,
                body=resource_tags.DELETE),
)
