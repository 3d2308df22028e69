# SPDX-License-Identifier: Apache-2.0
"""What an operation is on, as faults look at it."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from cinder import objects

from evs_fake.faults import metadata

#: What a rule may match by.
CRITERIA = ('resource_id', 'volume_id', 'name', 'project_id', 'volume_type',
            'host', 'metadata')


class Resource:
    """A volume, or a snapshot of one.

    Reads no more of the database than what is asked for needs.
    """

    def __init__(self, volume: objects.Volume | None = None,
                 snapshot: objects.Snapshot | None = None) -> None:
        self._volume = volume
        self._snapshot = snapshot
        self._nearest = snapshot if snapshot is not None else volume

    @property
    def id(self) -> str:
        return self._nearest.id

    @property
    def subjects(self) -> Sequence[metadata.Subject]:
        """Whose metadata may carry a fault of it, the nearest first."""
        volume = metadata.Subject(metadata.Kind.VOLUME, self._volume_id)
        if self._snapshot is None:
            return [volume]
        return [metadata.Subject(metadata.Kind.SNAPSHOT, self.id), volume]

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
                return self._volume_id == wanted
            case 'name':
                return fnmatch.fnmatchcase(
                    self._nearest.display_name or '', wanted)
            case 'project_id':
                return self._nearest.project_id == wanted
            case 'volume_type':
                found = self._of_volume.volume_type
                return found is not None and wanted in (found.id, found.name)
            case 'host':
                host = self._of_volume.host or ''
                return any(fnmatch.fnmatchcase(each, wanted)
                           for each in (host, host.partition('#')[0]))
            case 'metadata':
                return wanted.items() <= dict(self._nearest.metadata).items()
        raise ValueError(criterion)

    @property
    def _volume_id(self) -> str:
        return (self._volume.id if self._snapshot is None
                else self._snapshot.volume_id)

    @property
    def _of_volume(self) -> objects.Volume:
        return (self._volume if self._snapshot is None
                else self._snapshot.volume)

    def __repr__(self) -> str:
        return '%s %s' % (self.subjects[0].kind.value, self.id)
