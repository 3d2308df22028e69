# SPDX-License-Identifier: Apache-2.0
"""The recycle bin: deleted volumes that can still be brought back.

To Cinder, a volume in it has a status from which nothing can be done; our
table remembers the status that it had, and until when it
is kept.
"""

from __future__ import annotations

import datetime
from http import HTTPStatus
from typing import Any

from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects
from oslo_log import log as logging
from oslo_utils import excutils
from oslo_utils import timeutils

from evs_fake import states
from evs_fake.api import deletion
from evs_fake.api import periodic
from evs_fake.api.evs import fields
from evs_fake.api.evs import jobs
from evs_fake.api.evs import paging
from evs_fake.api.evs import scope
from evs_fake.api.evs.volumes import listing
from evs_fake.api.evs.volumes import view
from evs_fake.api.routing import route
from evs_fake.db import recycle_bin
from evs_fake.db import tags
from evs_fake.policies import recycle_bin as policy

LOG = logging.getLogger(__name__)

#: On the way out: one that Cinder deletes from.
_LEAVING = 'error'

#: What may go into the bin, as what may be deleted.
_RECYCLABLE = ('available', 'error', 'error_restoring', 'error_extending',
               states.VOLUME_ERROR_ROLLBACKING)

#: Days, where a project has made no settings.
_DAYS = 7

_POLICY = fields.closed({
    'switch': {'type': 'boolean'},
    'threshold_time': {'type': 'integer', 'minimum': 1, 'maximum': 1000},
    'keep_time': {'type': 'integer', 'minimum': 1, 'maximum': 365},
})

_FILTERS = {**fields.PAGE, **scope.FILTERS, 'name': fields.TEXT,
            'status': fields.TEXT, 'availability_zone': fields.TEXT}


def put(context: cinder_context.RequestContext, volume: objects.Volume
        ) -> bool:
    """Put a volume into the bin, if the project's settings say so.

    :returns: whether it is there now; if not, it is to be deleted.
    """
    policy_ = recycle_bin.policy(context)
    now = timeutils.utcnow()
    if policy_ is None or not policy_.switch or (
            volume.created_at.replace(tzinfo=None)
            + datetime.timedelta(days=policy_.threshold_time) > now):
        return False
    return volume.status in _RECYCLABLE and recycle_bin.put(
        context, volume.id, volume.status, now,
        now + datetime.timedelta(days=policy_.keep_time))


def list_detail(request: route.Request) -> dict[str, Any]:
    """List what is in the bin; ``count`` ignores the page."""
    recycled = recycle_bin.get_all(request.context)
    query = request.query
    volumes = []
    if recycled and scope.matches(query):
        volumes = [
            volume for volume in objects.VolumeList.get_all_by_project(
                request.context, request.context.project_id, None, None,
                filters={'status': recycle_bin.STATUS})
            if volume.id in recycled
            and query.get('name') in (None, volume.display_name)
            and query.get('status') in (None, volume.status)
            and query.get('availability_zone') in (
                None, volume.availability_zone)]
    return {'count': len(volumes), 'volumes': _show_all(
        request, paging.Page.of(query).cut(volumes), recycled)}


def show(request: route.Request) -> dict[str, Any]:
    """Show a volume of the bin.

    :raises VolumeNotFound: (404) it is not there.
    """
    volume, recycled = _get(request)
    shown, = _show_all(request, [volume], {volume.id: recycled})
    return {'volume': shown}


def delete(request: route.Request) -> dict[str, Any]:
    """Delete a volume of the bin for good.

    :raises VolumeNotFound: (404) it is not there.
    """
    volume, _recycled = _get(request)
    purge(request.context, volume)
    return {'job_id': jobs.start(
        request.context, 'deleteVolume', jobs.VOLUME, volume.id,
        goal={jobs.GONE: True},
        entities={'volume_id': volume.id, 'name': volume.display_name})}


def purge(context: cinder_context.RequestContext, volume: objects.Volume
          ) -> None:
    """Have Cinder delete a volume of the bin.

    :raises VolumeNotFound: (404) it was brought back meanwhile.
    """
    if volume.status == recycle_bin.STATUS:
        if not volume.update_single_status_where(
                _LEAVING, recycle_bin.STATUS):
            raise cinder_exception.VolumeNotFound(volume_id=volume.id)
        volume.refresh()
    try:
        deletion.delete(context, volume, cascade=True)
    except Exception:
        with excutils.save_and_reraise_exception():
            volume.update_single_status_where(
                recycle_bin.STATUS, _LEAVING)
    tags.remove(context, view.TAGGED, volume.id)
    recycle_bin.take(context, volume.id)


def purge_overdue(context: cinder_context.RequestContext,
                  now: datetime.datetime) -> None:
    """Delete what all projects' bins are to keep no longer.

    What cannot be deleted now is tried again at the next run.
    """
    for project_id, volume_id in recycle_bin.overdue(context, now):
        try:
            _purge_overdue(periodic.tenant(project_id), volume_id)
        except cinder_exception.CinderException as error:
            LOG.info('Volume %(volume)s is to be kept in the recycle bin no '
                     'longer, but cannot be deleted: %(reason)s',
                     {'volume': volume_id, 'reason': error})


def _purge_overdue(context, volume_id) -> None:
    try:
        volume = objects.Volume.get_by_id(context, volume_id)
    except cinder_exception.VolumeNotFound:
        volume = None
    # A crash may have come in between.
    if volume is not None and volume.status in (
            recycle_bin.STATUS, _LEAVING):
        purge(context, volume)
    else:
        recycle_bin.take(context, volume_id)


def revert(request: route.Request) -> None:
    """Bring a volume back from the bin, as it was.

    :raises VolumeNotFound: (404) it is not there.
    """
    volume, recycled = _get(request)
    if not recycle_bin.bring_back(
            request.context, volume.id, recycled.status):
        raise cinder_exception.VolumeNotFound(volume_id=volume.id)


def show_policy(request: route.Request) -> dict[str, Any]:
    """Show the project's settings."""
    found = recycle_bin.policy(request.context)
    if found is None:
        return {'switch': False, 'threshold_time': _DAYS, 'keep_time': _DAYS}
    return {name: getattr(found, name)
            for name in ('switch', 'threshold_time', 'keep_time')}


def update_policy(request: route.Request) -> dict[str, Any]:
    """Change the project's settings; those not given stay."""
    recycle_bin.set_policy(
        request.context, **{**show_policy(request), **request.body})
    return show_policy(request)


def _get(request):
    recycled = recycle_bin.get(request.context, request.ids['volume_id'])
    volume = listing.get(request)
    if recycled is None or volume.status != recycle_bin.STATUS:
        raise cinder_exception.VolumeNotFound(volume_id=volume.id)
    return volume, recycled


def _show_all(request, volumes, recycled) -> list[dict[str, Any]]:
    return [{
        **shown,
        'pre_deleted_at': fields.time(recycled[shown['id']].pre_deleted_at),
        'plan_delete_at': fields.time(recycled[shown['id']].plan_delete_at),
    } for shown in view.show_all(request, volumes)]


_ALL = '/{project_id}/recycle-bin-volumes'
_ONE = _ALL + '/{volume_id}'

ROUTES = (
    route.Route('GET', 'v3', _ALL + '/detail', policy.LIST, list_detail,
                query=_FILTERS),
    route.Route('GET', 'v3', _ALL + '/policy', policy.SHOW_POLICY,
                show_policy),
    route.Route('PUT', 'v3', _ALL + '/policy', policy.UPDATE_POLICY,
                update_policy, body=_POLICY),
    route.Route('GET', 'v3', _ONE, policy.SHOW, show),
    route.Route('DELETE', 'v3', _ONE, policy.DELETE, delete),
    route.Route('POST', 'v3', _ONE + '/revert', policy.REVERT, revert,
                HTTPStatus.ACCEPTED),
)

TASKS = (periodic.Task('recycle-bin', 5, purge_overdue),)
