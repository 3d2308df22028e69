# SPDX-License-Identifier: Apache-2.0
"""What an operation is on, as faults look at it."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from cinder import objects

from evs_fake.faults import metadata

#: What a rule may match by.
CRITERIA = ('resource_id', 'volume_id', 'name', 'project_id', 'volume_type',
            'host', 'metadata')


#: What no operation on a group can be matched by.
NOT_OF_GROUPS = frozenset({'volume_id', 'metadata'})


class Resource:
    """A volume, a snapshot, a group or a group snapshot.

    Reads no more of the database than what is asked for needs.
    """

    def __init__(self, item: (objects.Volume | objects.Snapshot
                              | objects.Group | objects.GroupSnapshot)
                 ) -> None:
        self._item = item

    @property
    def id(self) -> str:
        return self._item.id

    @property
    def subjects(self) -> Sequence[metadata.Subject]:
        """Whose metadata may carry a fault of it, the nearest first."""
        match self._item:
            case objects.Volume():
                return [metadata.Subject(metadata.Kind.VOLUME, self.id)]
            case objects.Snapshot():
                return [metadata.Subject(metadata.Kind.SNAPSHOT, self.id),
                        metadata.Subject(metadata.Kind.VOLUME,
                                         self._item.volume_id)]
        return []

    def matches(self, criteria: Mapping[str, Any]) -> bool:
        """Whether it is what all of a rule's criteria say.

        :param criteria: values by name, of :data:`CRITERIA`. ``name`` and
            ``host`` may have wildcards as file names have; ``host`` is as
            Cinder has it, with or without the pool.
        """
        return all(self._is(name, wanted)
                   for name, wanted in criteria.items())

    def _is(self, criterion: str, wanted: Any) -> bool:
        match criterion:
            case 'resource_id':
                return self.id == wanted
            case 'volume_id':
                return any(subject == (metadata.Kind.VOLUME, wanted)
                           for subject in self.subjects)
            case 'name':
                return fnmatch.fnmatchcase(self._name or '', wanted)
            case 'project_id':
                return self._item.project_id == wanted
            case 'volume_type':
                return any(wanted in (found.id, found.name)
                           for found in self._volume_types)
            case 'host':
                host = self._located.host or ''
                return any(fnmatch.fnmatchcase(each, wanted)
                           for each in (host, host.partition('#')[0]))
            case 'metadata':
                return bool(self.subjects) and (
                    wanted.items() <= dict(self._item.metadata).items())
        raise ValueError(criterion)

    @property
    def _name(self) -> str | None:
        # What Cinder calls the name of the first two is the back end's.
        return (self._item.display_name if self.subjects
                else self._item.name)

    @property
    def _volume_types(self) -> Iterable[objects.VolumeType]:
        located = self._located
        if isinstance(located, objects.Group):
            return located.volume_types
        return [] if located.volume_type is None else [located.volume_type]

    @property
    def _located(self) -> objects.Volume | objects.Group:
        """What is on a back end: the resource itself or its source."""
        match self._item:
            case objects.Snapshot():
                return self._item.volume
            case objects.GroupSnapshot():
                return self._item.group
        return self._item

    def __repr__(self) -> str:
        return '%s %s' % (self._item.obj_name(), self.id)
