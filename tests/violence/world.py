# SPDX-License-Identifier: Apache-2.0
"""What a client knows of its resources: how they may be, and how not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from tests.violence import content as contents
from tests.violence import stored


@dataclasses.dataclass(frozen=True)
class Fate:
    """One way in which a resource may be.

    :ivar content: None is any.
    :ivar vault: of a backup the id of CBR's vault, if it is one of CBR's.
    """

    status: str
    size: int
    project: str
    content: contents.Content | None = contents.EMPTY
    note: str | None = None
    vault: str | None = None

    def but(self, status: str | None = None, **changes: Any) -> Fate:
        """The same with changes; in an error, with any content."""
        status = status or self.status
        if status.startswith('error') and status not in _KEEPS:
            changes.setdefault('content', None)
        return dataclasses.replace(self, status=status, **changes)


#: Errors in which the bytes are as they were.
_KEEPS = ('error_extending', 'error_rollbacking')
#: Another way: not to be there.
GONE = None


class Resource:
    """A volume, snapshot, backup, vault, rule or file of a client's.

    :ivar id: None until the client was told.
    :ivar fates: all ways in which it may be.
    :ivar busy: something was asked of it that has not ended.
    """

    def __init__(self, kind: str, name: str,
                 volume: Resource | None = None) -> None:
        self.kind = kind
        self.name = name
        self.volume = volume
        self.id: str | None = None
        self.fates: set[Fate | None] = {GONE}
        self.busy = False

    def __repr__(self) -> str:
        return '%s %s (%s)' % (self.kind, self.name, self.id)

    @property
    def fate(self) -> Fate | None:
        """How it is, at rest."""
        found, = self.fates
        return found

    def find(self, rows: Mapping[str, stored.Row],
             keyed: Mapping[Any, stored.Row]) -> stored.Row | None:
        """What there is of it."""
        if self.id is None:
            row = keyed.get(stored.key(
                self.kind, self.name, self.volume and self.volume.id))
            if row is not None:
                self.id = row.id
            return row
        return rows.get(self.id)


@dataclasses.dataclass
class Asked:
    """A request, and what becomes of resources by it.

    :ivar call: makes the request; if it returns a dict, then of ids by
        resource.
    :ivar ends: how each is once all is done.
    :ivar cut: how it may be besides, if the cloud dies meanwhile.
    :ivar refused: whether it is to be refused.
    """

    what: str
    call: Callable[[], Any]
    ends: Mapping[Resource, Fate | None]
    cut: Mapping[Resource, Iterable[Fate | None]] = dataclasses.field(
        default_factory=dict)
    refused: bool = False

    def __str__(self) -> str:
        return '%s of %s' % (self.what, ', '.join(map(str, self.ends)))

    def begin(self, lenient: bool = False) -> None:
        """From now on, anything may have happened.

        :param lenient: a deletion may fail, too.
        """
        if lenient:
            self.cut = {**self.cut, **{
                each: [*self.cut.get(each, ()),
                       each.fate.but('error_deleting')]
                for each, end in self.ends.items()
                if end is GONE and each.fate is not GONE
                and each.kind in ('volume', 'snapshot', 'backup')}}
        self._before = {each: set(each.fates) for each in self.ends}
        for each, end in self.ends.items():
            each.busy = True
            each.fates = each.fates | {end, *self.cut.get(each, ())}

    def accept(self, ids: Any) -> None:
        """It was acknowledged."""
        for each, end in self.ends.items():
            each.fates = {end, *self.cut.get(each, ())}
        if isinstance(ids, dict):
            for each, found in ids.items():
                each.id = found

    def refuse(self) -> None:
        """It was refused: nothing has changed."""
        for each, fates in self._before.items():
            each.fates = fates
            each.busy = False

    def end(self) -> None:
        """All was seen to have ended: as it should, or it is a fault."""
        for each, end in self.ends.items():
            each.fates = {end}
            each.busy = False


class Checker:
    """Compares what there is with what may be."""

    def __init__(self, place: stored.Stored,
                 rows: Mapping[str, stored.Row]) -> None:
        self._place = place
        self._rows = rows
        self._keyed = {row.key: row for row in rows.values()}
        self._seen: set[str] = set()

    def check(self, resource: Resource) -> str | None:
        """What is wrong with a resource; from now on, it is as it is."""
        row = resource.find(self._rows, self._keyed)
        if row is not None:
            self._seen.add(row.id)
        found = [fate for fate in resource.fates
                 if self._matches(fate, row)]
        if found:
            # The strictest, since some leave the content open.
            fate = max(found, key=lambda each: (
                each is not None and each.content is not None))
            resource.fates = {fate}
            return None
        return '%s: may be %s; is %s' % (
            resource, sorted(map(str, resource.fates)), row and (
                row.status, row.size, row.project, row.note, row.more))

    def strangers(self, names: str) -> list[str]:
        """What is there that nobody asked for.

        :param names: what the names of all begin with.
        """
        return ['nobody asked for %s %s (%s, %s)' % (
            row.kind, row.id, row.name, row.status)
            for row in self._rows.values()
            if (row.name or '').startswith(names)
            and row.id not in self._seen]

    def _matches(self, fate: Fate | None, row: stored.Row | None) -> bool:
        if fate is None or row is None:
            return fate is row
        if (fate.status, fate.size, fate.vault) != (
                row.status, row.size, row.more.get('vault')):
            return False
        if row.kind in ('volume', 'snapshot', 'backup') and (
                fate.project, fate.note) != (row.project, row.note):
            return False
        if fate.content is None or row.kind in ('vault', 'rule'):
            return True
        return self._read(row) == contents.pages(fate.content)

    def _read(self, row: stored.Row) -> contents.Pages | None:
        try:
            if row.kind != 'backup':
                return contents.read(self._place.path(row, self._rows))
            return contents.read_backup(
                self._place.backups, self._containers(row))
        except (AssertionError, OSError, ValueError):
            return None

    def _containers(self, row: stored.Row) -> list[str]:
        parent = row.more['parent_id']
        before = self._containers(self._rows[parent]) if parent else []
        return [*before, row.more['container']]
