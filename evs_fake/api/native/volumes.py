# SPDX-License-Identifier: Apache-2.0
"""Volumes of Cinder's own API with EVS's statuses and rules."""

from http import HTTPStatus

import webob
from cinder import exception
from cinder import objects
from cinder.api.openstack import api_version_request
from cinder.api.openstack import wsgi
from cinder.i18n import _
from cinder.policies import volume_actions
from oslo_utils import strutils
from webob import exc

from evs_fake import states
from evs_fake.api import deletion
from evs_fake.api import rollback
from evs_fake.api import volumes
from evs_fake.api.native import status

#: The first microversion that has the action.
_REVERT_VERSION = api_version_request.APIVersionRequest('3.40')


class StatusController(wsgi.Controller):
    """Shows, filters and accepts the document's status words."""

    @wsgi.extends
    def show(self, req, resp_obj, id):
        self._show([resp_obj.obj['volume']])

    @wsgi.extends
    def create(self, req, resp_obj, body):
        self._show([resp_obj.obj['volume']])

    @wsgi.extends
    def update(self, req, resp_obj, id, body):
        self._show([resp_obj.obj['volume']])

    @wsgi.extends
    def index(self, req):
        yield from self._list(req)

    @wsgi.extends
    def detail(self, req):
        yield from self._list(req)

    def _list(self, req):
        restore_links = status.rewrite_filter(
            req, states.cinder_volume_status)
        resp_obj = yield
        self._show(resp_obj.obj['volumes'])
        restore_links(resp_obj.obj.get('volumes_links', []))

    @staticmethod
    def _show(bodies):
        status.show(bodies, states.volume_status)

    @wsgi.extends(action='os-reset_status')
    def reset_status(self, req, id, body):
        """Let an administrator set the statuses of a rollback too.

        Cinder's validation knows none of them: it is given ``error`` to
        set, which is then replaced.
        """
        wanted = []

        def translate(asked: str) -> str:
            if asked in states.VOLUME_MEANINGS:
                wanted.append(states.cinder_volume_status(asked))
                return 'error'
            return asked

        status.accept(body, 'os-reset_status', translate)
        yield
        if wanted:
            volume = objects.Volume.get_by_id(
                req.environ['cinder.context'], id)
            volume.update_single_status_where(wanted[0], 'error')


class RollbackController(wsgi.Controller):
    """Rollback of a volume, and what ``error_rollbacking`` allows."""

    @wsgi.extends(action='revert')
    def revert(self, req, id, body):
        """Revert to the newest snapshot, also after a rollback that failed.

        Cinder's own code does this from ``available`` only, and leaves the
        volume in ``reverting`` for ever if it is the snapshot that is busy.
        """
        context = req.environ['cinder.context']
        if req.api_version_request.matches(_REVERT_VERSION):
            volume = objects.Volume.get_by_id(context, id)
            # What is the newest stays so until the volume's status says that
            # it takes no other.
            with volumes.lock(volume.id):
                snapshot = self._newest_snapshot(volume, body)
                context.authorize(volume_actions.REVERT_POLICY,
                                  target_obj=volume)
                try:
                    rollback.start(context, snapshot, volume.id)
                except (exception.InvalidVolume,
                        exception.InvalidSnapshot) as error:
                    raise exc.HTTPConflict(
                        explanation=str(error)) from error
            yield webob.Response(status_int=HTTPStatus.ACCEPTED)
        yield

    @staticmethod
    def _newest_snapshot(volume, body):
        try:
            asked = body['revert'].get('snapshot_id')
        except AttributeError as error:
            raise exc.HTTPBadRequest(
                explanation=_('"revert" must be an object.')) from error
        try:
            newest = volume.get_latest_snapshot()
        except exception.VolumeSnapshotNotFound as error:
            raise exc.HTTPBadRequest(explanation=_(
                'Volume %s has no snapshot.') % volume.id) from error
        if asked != newest.id:
            raise exc.HTTPBadRequest(explanation=_(
                'snapshot_id must be that of the newest snapshot of volume '
                '%(volume)s, %(newest)s, not %(asked)s. EVS\'s own rollback '
                'takes any of them.') % {
                    'volume': volume.id, 'newest': newest.id,
                    'asked': asked})
        if volume.size != newest.volume_size:
            raise exc.HTTPBadRequest(explanation=_(
                'Volume %(volume)s has %(size)d GiB, its newest snapshot '
                '%(snapshot_size)d GiB: the sizes must be equal. EVS\'s own '
                'rollback keeps the volume\'s size.') % {
                    'volume': volume.id, 'size': volume.size,
                    'snapshot_size': newest.volume_size})
        return newest

    @wsgi.extends
    def delete(self, req, id):
        """Delete a volume whose last rollback failed."""
        context = req.environ['cinder.context']
        volume = objects.Volume.get_by_id(context, id)
        if (volume.status != states.VOLUME_ERROR_ROLLBACKING
                or strutils.bool_from_string(req.params.get('force'))):
            yield
            return
        deletion.delete(context, volume, cascade=strutils.bool_from_string(
            req.params.get('cascade')))
        yield webob.Response(status_int=HTTPStatus.ACCEPTED)
