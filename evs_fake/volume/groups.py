# SPDX-License-Identifier: Apache-2.0
"""Generic groups, and those whose snapshots are of one moment.

What happens to a group volume by volume is Cinder's own doing, which
NotImplementedError asks for. It is not asked about groups of a type with
``consistent_group_snapshot_enabled``: for these Cinder would make snapshots
of different moments, or look for a driver of consistency groups.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from cinder import objects
from cinder.objects import fields
from cinder.volume import volume_utils
from oslo_log import log as logging

from evs_fake import exception
from evs_fake.faults.operations import Moment
from evs_fake.faults.operations import Operation
from evs_fake.faults.resource import Resource
from evs_fake.storage import base
from evs_fake.volume import replication

LOG = logging.getLogger(__name__)


class Groups(replication.Replication):

    def create_group(self, context, group):
        self._enter_group(group, Operation.GROUP_CREATE)
        return {'status': fields.GroupStatus.AVAILABLE}

    def create_group_from_src(self, context, group, volumes,
                              group_snapshot=None, snapshots=None,
                              source_group=None, source_vols=None):
        self._enter_group(group, Operation.GROUP_CREATE)
        _require_consistent(group)
        if snapshots:
            for volume, snapshot in zip(volumes, snapshots, strict=True):
                self.create_volume_from_snapshot(volume, snapshot)
        elif source_vols:
            engine = self._common_engine([*volumes, *source_vols])
            engine.clone_volumes({
                volume.name_id: source.name_id for volume, source
                in zip(volumes, source_vols, strict=True)})
            for volume in volumes:
                self._begin_replication(volume)
        return None, None

    def update_group(self, context, group, add_volumes=None,
                     remove_volumes=None):
        """Nothing in the pool knows of a group."""
        self._enter_group(group, Operation.GROUP_UPDATE)
        return None, None, None

    def delete_group(self, context, group, volumes):
        self._enter_group(group, Operation.GROUP_DELETE)
        _require_consistent(group)
        return _each(self.delete_volume, volumes,
                     fields.GroupStatus.DELETED, 'error_deleting')

    def create_group_snapshot(self, context, group_snapshot, snapshots):
        """All of them as of one moment.

        An error if the members are in several pools, or clients write to
        them all the time.
        """
        return _or_error(self._create_group_snapshot, group_snapshot,
                         snapshots)

    def _create_group_snapshot(self, group_snapshot, snapshots):
        self._enter_group(group_snapshot, Operation.GROUP_SNAPSHOT_CREATE)
        _require_consistent(group_snapshot)
        engine = self._common_engine(
            [snapshot.volume for snapshot in snapshots])
        engine.create_snapshots({snapshot.id: snapshot.volume.name_id
                                 for snapshot in snapshots})
        for snapshot in snapshots:
            self._replicate_snapshot(snapshot)
        return None, None

    def delete_group_snapshot(self, context, group_snapshot, snapshots):
        return _or_error(self._delete_group_snapshot, group_snapshot,
                         snapshots)

    def _delete_group_snapshot(self, group_snapshot, snapshots):
        self._enter_group(group_snapshot, Operation.GROUP_SNAPSHOT_DELETE)
        _require_consistent(group_snapshot)
        return _each(self.delete_snapshot, snapshots,
                     fields.GroupSnapshotStatus.DELETED,
                     fields.SnapshotStatus.ERROR_DELETING)

    def _enter_group(self, item: objects.Group | objects.GroupSnapshot,
                     operation: Operation) -> None:
        self._gate.enter(Moment.BEFORE, Resource(item), operation)

    def _common_engine(self, volumes: Iterable[objects.Volume]
                       ) -> base.StorageEngine:
        engines = {id(engine): engine
                   for engine in map(self._engine, volumes)}
        if len(engines) != 1:
            raise exception.StorageError(
                data='the members of a group with consistent snapshots have '
                     'to be in one pool')
        return engines.popitem()[1]


def _require_consistent(item: objects.Group | objects.GroupSnapshot) -> None:
    if not volume_utils.is_group_a_cg_snapshot_type(item):
        raise NotImplementedError


def _or_error(change: Callable[..., Any],
              group_snapshot: objects.GroupSnapshot,
              snapshots: Iterable[objects.Snapshot]) -> Any:
    """Make a change, or have Cinder put all of it into error.

    Cinder's own answer to an exception is a statement that PostgreSQL does
    not take, and the snapshots would stay as they are.
    """
    try:
        return change(group_snapshot, snapshots)
    except NotImplementedError:
        raise
    except Exception:
        LOG.exception('Group snapshot %s failed.', group_snapshot.id)
        return {'status': fields.GroupSnapshotStatus.ERROR}, [
            {'id': snapshot.id, 'status': fields.SnapshotStatus.ERROR}
            for snapshot in snapshots]


def _each(delete: Callable[[Any], None],
          members: Iterable[objects.Volume | objects.Snapshot],
          deleted: str, failed: str
          ) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Delete members, as many as possible.

    :returns: the updates of the whole and of the members.
    """
    updates = []
    for member in members:
        try:
            delete(member)
        except Exception:
            LOG.exception('Cannot delete %s.', member.id)
            updates.append({'id': member.id, 'status': failed})
        else:
            updates.append({'id': member.id, 'status': deleted})
    all_deleted = all(update['status'] == deleted for update in updates)
    return {'status': deleted if all_deleted else failed}, updates
