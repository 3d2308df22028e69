# SPDX-License-Identifier: Apache-2.0
"""Snapshots of Cinder's own API with EVS's statuses and rules."""

from cinder import objects
from cinder.api.openstack import wsgi

from evs_fake import states
from evs_fake.api import system_snapshot
from evs_fake.api.native import status

#: Filters by the snapshot's volume, which Cinder takes out of a query once.
_OF_THE_VOLUME = ('host', 'cluster_name', 'availability_zone')


class StatusController(wsgi.Controller):
    """Shows, filters and accepts the document's status words."""

    @wsgi.extends
    def show(self, req, resp_obj, id):
        self._show([resp_obj.obj['snapshot']])

    @wsgi.extends
    def create(self, req, resp_obj, body):
        self._show([resp_obj.obj['snapshot']])

    @wsgi.extends
    def update(self, req, resp_obj, id, body):
        self._show([resp_obj.obj['snapshot']])

    @wsgi.extends
    def index(self, req):
        yield from self._list(req)

    @wsgi.extends
    def detail(self, req):
        yield from self._list(req)

    def _list(self, req):
        for name in _OF_THE_VOLUME:
            if len(req.GET.getall(name)) > 1:
                # To an empty one before another, Cinder (27 to 29) answers
                # 500. The last one counts, as of all other filters.
                req.GET[name] = req.GET[name]
        restore_links = status.rewrite_filter(
            req, states.cinder_snapshot_status)
        resp_obj = yield
        self._show(resp_obj.obj['snapshots'])
        restore_links(resp_obj.obj.get('snapshots_links', []))

    @staticmethod
    def _show(bodies):
        status.show(bodies, states.snapshot_status)

    @wsgi.extends(action='os-reset_status')
    def reset_status(self, req, id, body):
        """Let an administrator set any of the document's statuses."""
        status.accept(body, 'os-reset_status', states.cinder_snapshot_status)
        yield


class SystemSnapshotController(wsgi.Controller):
    """Refuses what a tenant asks of a snapshot of the system.

    Creating a volume or a backup from one needs no check of ours: Cinder
    wants it ``available``, which it never is.
    """

    @wsgi.extends
    def update(self, req, id, body):
        _refuse(req, id, 'update')
        yield

    @wsgi.extends
    def delete(self, req, id):
        _refuse(req, id, 'delete')
        yield

    @wsgi.extends(action='os-update_snapshot_status')
    def update_status(self, req, id, body):
        """Meant for whoever makes the snapshot; members may ask for it."""
        _refuse(req, id, 'status change')
        yield


class SystemSnapshotMetadataController(wsgi.Controller):
    """Refuses changes of the metadata of a snapshot of the system."""

    @wsgi.extends
    def create(self, req, snapshot_id, body):
        _refuse(req, snapshot_id, 'metadata change')
        yield

    @wsgi.extends
    def update(self, req, snapshot_id, id, body):
        _refuse(req, snapshot_id, 'metadata change')
        yield

    @wsgi.extends
    def update_all(self, req, snapshot_id, body):
        _refuse(req, snapshot_id, 'metadata change')
        yield

    @wsgi.extends
    def delete(self, req, snapshot_id, id):
        _refuse(req, snapshot_id, 'metadata change')
        yield


def _refuse(req, snapshot_id, operation):
    context = req.environ['cinder.context']
    snapshot = objects.Snapshot.get_by_id(context, snapshot_id)
    system_snapshot.refuse(context, snapshot, operation)
