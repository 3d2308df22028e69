# SPDX-License-Identifier: Apache-2.0
"""Generic groups.

A fault's place; all the rest is Cinder's own doing, volume by volume, which
NotImplementedError asks for.
"""

from __future__ import annotations

from typing import NoReturn

from cinder import objects

from evs_fake.faults.operations import Moment
from evs_fake.faults.operations import Operation
from evs_fake.faults.resource import Resource
from evs_fake.volume import backend


class Groups(backend.Backend):

    def create_group(self, context, group):
        self._enter_group(group, Operation.GROUP_CREATE)

    def delete_group(self, context, group, volumes):
        self._enter_group(group, Operation.GROUP_DELETE)

    def create_group_snapshot(self, context, group_snapshot, snapshots):
        self._enter_group(group_snapshot, Operation.GROUP_SNAPSHOT_CREATE)

    def delete_group_snapshot(self, context, group_snapshot, snapshots):
        self._enter_group(group_snapshot, Operation.GROUP_SNAPSHOT_DELETE)

    def _enter_group(self, item: objects.Group | objects.GroupSnapshot,
                     operation: Operation) -> NoReturn:
        self._gate.enter(Moment.BEFORE, Resource(item), operation)
        raise NotImplementedError
