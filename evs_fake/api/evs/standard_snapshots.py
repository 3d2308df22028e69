# SPDX-License-Identifier: Apache-2.0
"""EVS's standard snapshots (v5), on Cinder's snapshots.

They are those of v2 and of Cinder's own API: whoever made a snapshot, it is
here, with v5's defaults for what its maker did not say.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import sqlalchemy as sa
from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects
from cinder import volume as volume_api
from oslo_utils import timeutils

from evs_fake import states
from evs_fake.api import system_snapshot
from evs_fake.api.evs import fields
from evs_fake.api.evs import paging
from evs_fake.api.evs import resource_tags
from evs_fake.api.evs import scope
from evs_fake.api.evs import snapshot_chains
from evs_fake.api.evs import snapshot_create
from evs_fake.api.evs import snapshot_jobs
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.api.routing import schema
from evs_fake.db import standard_snapshots as db
from evs_fake.db import tags as tags_db
from evs_fake.policies import standard_snapshots as policy

_CATEGORY = 'standard'
#: Ids that one query may ask for.
_MAX_IDS = 60

_CREATE = fields.wrapped('snapshot', {
    'volume_id': fields.UUID,
    'name': fields.NAME,
    'description': fields.DESCRIPTION,
    'tags': resource_tags.OF_NEW,
    'enterprise_project_id': fields.TEXT,
    'instant_access': {'type': 'boolean'},
    'incremental': {'type': 'boolean'},
    'retention_days': {'type': ['integer', 'null'], 'minimum': 1,
                       'maximum': 65536},
}, 'volume_id')

_UPDATE = fields.wrapped('snapshot', {
    'name': fields.NAME, 'description': fields.DESCRIPTION,
    'instant_access': {'type': 'boolean'}})

_ROLLBACK = fields.wrapped('rollback', {
    'volume_id': fields.UUID, 'name': fields.NAME}, 'volume_id')

_COUNT = {
    **resource_tags.FILTERS,
    **dict.fromkeys(
        ('volume_id', 'availability_zone', 'name', 'status', 'id',
         'snapshot_type', 'enterprise_project_id', 'snapshot_chain_id'),
        fields.TEXT),
}

_LIST = {
    **fields.PAGE, **_COUNT,
    'ids': {'type': 'string', 'maxLength': 4096},
    'snapshot_group_id': fields.TEXT,
    'sort_key': {'enum': list(db.SORT_KEYS), schema.CODE: 'EVS.1039'},
    'sort_dir': {'enum': ['desc', 'asc'], schema.CODE: 'EVS.1040'},
}


def create(request: route.Request) -> dict[str, Any]:
    """Snapshot a volume, attached or not.

    :raises VolumeNotFound: (404)
    :raises InvalidVolume: (400) the volume is in no status for it.
    :raises SnapshotLimitExceeded: (413)
    :raises Refused: (403) for an enterprise project.
    """
    asked = request.body['snapshot']
    context = request.context
    scope.check_new(asked)
    volume = objects.Volume.get_by_id(context, asked['volume_id'])
    snapshot = snapshot_create.one(
        context, volume, asked.get('name'), asked.get('description'),
        retention_at=retention(asked.get('retention_days')),
        **{name: asked[name] for name in ('instant_access', 'incremental')
           if name in asked})
    if asked.get('tags'):
        tags_db.replace(context, db.TAGS, snapshot.id, asked['tags'])
    return {
        'job_id': snapshot_jobs.created(context, snapshot),
        'snapshot_id': snapshot.id,
    }


def list_detail(request: route.Request) -> dict[str, Any]:
    """List snapshots, newest first where nothing else is asked for.

    :raises Refused: (400, EVS.1024) there is no such marker.
    """
    criteria = _criteria(request)
    if criteria is None:
        return {'snapshots': []}
    page = paging.Page.of(request.query)
    rows = db.find(
        request.context, criteria, **page.arguments(),
        sort_key=request.query.get('sort_key', 'created_at'),
        descending=request.query.get('sort_dir', 'desc') == 'desc')
    if rows is None:
        raise paging.no_marker(page.marker)
    return {'snapshots': _show(request.context, rows)}


def count(request: route.Request) -> dict[str, Any]:
    """Count snapshots."""
    criteria = _criteria(request)
    return {'count': 0 if criteria is None
            else db.count(request.context, criteria)}


def show(request: route.Request) -> dict[str, Any]:
    """Show a snapshot.

    :raises SnapshotNotFound: (404)
    """
    snapshot_id = request.ids['snapshot_id']
    rows = db.find(request.context, db.Criteria(ids=[snapshot_id]))
    if not rows:
        raise cinder_exception.SnapshotNotFound(snapshot_id=snapshot_id)
    snapshot, = _show(request.context, rows)
    return {'snapshot': snapshot}


def update(request: route.Request) -> dict[str, Any]:
    """Change name, description and instant access.

    :raises SnapshotNotFound: (404)
    :raises InvalidSnapshot: (400) it is one of the system's.
    """
    snapshot = _get(request)
    system_snapshot.refuse(request.context, snapshot, 'update')
    asked = dict(request.body['snapshot'])
    instant_access = asked.pop('instant_access', None)
    if asked:
        volume_api.API().update_snapshot(request.context, snapshot, {
            'display_' + name: value for name, value in asked.items()})
    if instant_access is not None:
        db.set_instant_access(request.context, snapshot.id, instant_access)
    return show(request)


def delete(request: route.Request) -> dict[str, Any]:
    """Delete a snapshot that is ``available`` or ``error``.

    :raises SnapshotNotFound: (404)
    :raises Refused: (400, EVS.1047) it is in another status.
    :raises InvalidSnapshot: (400) it is one of the system's.
    """
    snapshot = _get(request)
    return {'job_id': snapshot_jobs.delete(request.context, snapshot)}


def rollback(request: route.Request) -> dict[str, Any]:
    """Roll the snapshot's source volume back to it.

    :raises SnapshotNotFound: (404)
    :raises InvalidVolume: (400) see :func:`evs_fake.api.rollback.start`.
    :raises InvalidSnapshot: (400) likewise.
    """
    return {'job_id': snapshot_jobs.rollback(
        request.context, _get(request),
        request.body['rollback']['volume_id'])}


def create_tags(request: route.Request) -> None:
    """Add tags, or change their values.

    :raises SnapshotNotFound: (404)
    :raises InvalidSnapshot: (400) it is one of the system's.
    :raises Refused: (400, EVS.1061) it would have too many.
    """
    resource_tags.create(request.context, db.TAGS, _get_to_tag(request),
                         request.body)


def delete_tags(request: route.Request) -> None:
    """Take tags off; what it does not have is no error.

    :raises SnapshotNotFound: (404)
    :raises InvalidSnapshot: (400) it is one of the system's.
    """
    resource_tags.delete(request.context, db.TAGS, _get_to_tag(request),
                         request.body)


def list_tags(request: route.Request) -> dict[str, Any]:
    """List the tags of all snapshots, values by key."""
    return resource_tags.of_all(request.context, db.TAGS,
                                db.existing(request.context))


def retention(days: int | None) -> datetime.datetime | None:
    """When a snapshot made now, to be kept for days, is deleted."""
    if days is None:
        return None
    return timeutils.utcnow() + datetime.timedelta(days=days)


def _get(request: route.Request) -> objects.Snapshot:
    return objects.Snapshot.get_by_id(
        request.context, request.ids['snapshot_id'])


def _get_to_tag(request: route.Request) -> str:
    snapshot = _get(request)
    system_snapshot.refuse(request.context, snapshot, 'change of tags')
    return snapshot.id


def _criteria(request: route.Request) -> db.Criteria | None:
    """What a query asks for; None if there can be no such snapshot."""
    query = request.query
    if not scope.matches(query):
        return None
    volume_id = query.get('volume_id')
    if 'snapshot_chain_id' in query:
        chained = snapshot_chains.volume_of(
            request.context, query['snapshot_chain_id'])
        if chained is None or volume_id not in (None, chained):
            return None
        volume_id = chained
    ids = None
    if 'ids' in query:
        ids = _split(query['ids'])
    elif 'id' in query:
        ids = [query['id']]
    status = query.get('status')
    return db.Criteria(
        ids=ids, name=query.get('name'), volume_id=volume_id,
        status=(None if status is None
                else states.cinder_snapshot_status(status)),
        availability_zone=query.get('availability_zone'),
        snapshot_type=query.get('snapshot_type'),
        group_id=query.get('snapshot_group_id'),
        tags=resource_tags.asked(query))


def _split(ids: str) -> list[str]:
    """``a,b``, or a list literal: ``['a','b']``."""
    found = [each.strip(' \'"') for each in ids.strip(' []').split(',')]
    if len(found) > _MAX_IDS:
        raise exception.Refused('ids: more than %d' % _MAX_IDS, 'EVS.2228')
    return found


def _show(context: cinder_context.RequestContext, rows: Sequence[sa.Row]
          ) -> list[dict[str, Any]]:
    """Snapshots as EVS shows them."""
    tags = tags_db.get(context, db.TAGS, [row.id for row in rows])
    chains = {chain.volume_id: snapshot_chains.show_chain(context, chain)
              for chain in db.chains(context,
                                     {row.volume_id for row in rows})}
    return [{
        'id': row.id,
        'name': row.display_name,
        'description': row.display_description,
        'created_at': fields.time(row.created_at),
        'updated_at': fields.time(row.updated_at),
        'volume_id': row.volume_id,
        'size': row.volume_size,
        'status': states.snapshot_status(row.status),
        'project_id': row.project_id,
        'enterprise_project_id': scope.ENTERPRISE_PROJECT,
        'encrypted': row.encryption_key_id is not None,
        'cmk_id': row.encryption_key_id,
        'category': _CATEGORY,
        'availability_zone': row.availability_zone,
        'tags': tags[row.id],
        'instant_access': row.instant_access,
        'retention_at': fields.time(row.retention_at),
        'instant_access_retention_at': (
            fields.time(row.retention_at) if row.instant_access else None),
        'incremental': row.incremental,
        'snapshot_type': row.snapshot_type,
        'progress': row.progress,
        'encrypt_algorithm': None,
        'snapshot_chains': [chains[row.volume_id]]
        if row.volume_id in chains else [],
        'snapshot_group_id': row.group_id,
    } for row in rows]


_ALL = '/{project_id}/snapshots'
_ONE = _ALL + '/{snapshot_id}'

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
    route.Route('POST', 'v5', _ONE + '/rollback', policy.ROLLBACK, rollback,
                HTTPStatus.ACCEPTED, body=_ROLLBACK),
    route.Route('POST', 'v5', _ONE + '/tags/create', policy.CREATE_TAGS,
                create_tags, HTTPStatus.NO_CONTENT,
                body=resource_tags.CREATE),
    route.Route('POST', 'v5', _ONE + '/tags/delete', policy.DELETE_TAGS,
                delete_tags, HTTPStatus.NO_CONTENT,
                body=resource_tags.DELETE),
)
