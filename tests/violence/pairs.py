# SPDX-License-Identifier: Apache-2.0
"""Operations on one volume and one snapshot of it, to be done two at once."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable
from collections.abc import Sequence

from tests.violence import clients
from tests.violence import content as contents
from tests.violence import stored

#: What was in the volume when it was snapshot, and what is in it now.
OLD = frozenset({(contents.PLACES[0], 1), (contents.PLACES[2], 1)})
NEW = contents.changed(OLD, contents.PLACES[0], 2)
_LABELS = {'old': OLD, 'new': NEW}


@dataclasses.dataclass
class Bench:
    """What a race is about.

    :ivar name: what the names of all that is made begin with.
    """

    name: str
    volume: str
    snapshot: str
    unmanaged: str


#: Makes a request.
Call = Callable[[clients.Clients, Bench], None]


@dataclasses.dataclass(frozen=True)
class Operation:
    """One of the two.

    :ivar calls: requests that have the same rules, through several APIs.
    :ivar held: the driver's operation by which a rule holds it; None if it
        is over when it is answered, or cannot be held.
    :ivar passing: whether it passes through a status in which others are
        refused, and cannot be held there.
    """

    name: str
    calls: Sequence[Call]
    held: str | None = None
    passing: bool = False


def _native(method: Callable, **options) -> Call:
    def call(ask: clients.Clients, bench: Bench) -> None:
        method(ask.cinder, bench, **options)
    return call


def _made(bench: Bench) -> str:
    return '%s-%s' % (bench.name, uuid.uuid4().hex[:8])


def _evs(method: str, of_volume: bool = False, **body) -> Call:
    """A method of EVS's SDK about the snapshot or the volume."""
    def call(ask: clients.Clients, bench: Bench) -> None:
        about = {'volume_id': bench.volume} if of_volume else {
            'snapshot_id': bench.snapshot}
        if body:
            about['body'] = {
                name: {'volume_id': bench.volume} for name in body}
        ask.evs.works(method, **about)
    return call


def _evs_create(method: str) -> Call:
    def call(ask: clients.Clients, bench: Bench) -> None:
        ask.evs.works(method, body={'snapshot': {
            'volume_id': bench.volume, 'name': _made(bench)}})
    return call


def _each(cinder, bench, what: str) -> None:
    """The native request of a name."""
    volume, snapshot = bench.volume, bench.snapshot
    match what:
        case 'create':
            cinder.volume_snapshots.create(volume, name=_made(bench))
        case 'delete':
            cinder.volume_snapshots.delete(snapshot)
        case 'revert':
            cinder.volumes.revert_to_snapshot(volume, snapshot)
        case 'delete volume':
            cinder.volumes.delete(volume)
        case 'cascade':
            cinder.volumes.delete(volume, cascade=True)
        case 'backup':
            cinder.backups.create(volume, name=_made(bench))
        case 'backup of snapshot':
            cinder.backups.create(
                volume, name=_made(bench), snapshot_id=snapshot)
        case 'clone':
            cinder.volumes.create(1, name=_made(bench), source_volid=volume)
        case 'from snapshot':
            cinder.volumes.create(1, name=_made(bench), snapshot_id=snapshot)
        case 'extend':
            cinder.volumes.extend(volume, 2)
        case 'reserve':
            cinder.volumes.reserve(volume)
        case 'os-attach':
            cinder.volumes.attach(volume, str(uuid.uuid4()), '/dev/vdb')
        case 'attachment':
            cinder.attachments.create(volume, {}, str(uuid.uuid4()))
        case 'transfer':
            cinder.transfers.create(volume, _made(bench))
        case 'retype':
            cinder.volumes.retype(volume, 'SSD', 'never')
        case 'manage':
            cinder.volume_snapshots.manage(
                volume, {'source-name': bench.unmanaged}, name=_made(bench))
        case 'unmanage':
            cinder.volumes.unmanage(volume)
        case 'unmanage snapshot':
            cinder.volume_snapshots.unmanage(snapshot)


def _of(what: str) -> tuple[Call]:
    return (_native(_each, what=what),)


#: All that is raced, each with each, and with itself.
OPERATIONS = (
    Operation('snapshot creation', (
        *_of('create'), _evs_create('create_snapshot'),
        _evs_create('create_standard_snapshot')), 'snapshot-create'),
    Operation('snapshot deletion', (
        *_of('delete'), _evs('delete_snapshot'),
        _evs('delete_standard_snapshot')), 'snapshot-delete'),
    Operation('native revert', _of('revert'), 'snapshot-rollback'),
    Operation('EVS v2 rollback', (
        _evs('rollback_snapshot', rollback=True),), 'snapshot-rollback'),
    Operation('EVS v5 rollback', (
        _evs('rollback_standard_snapshot', rollback=True),),
        'snapshot-rollback'),
    Operation('volume deletion', _of('delete volume'), 'volume-delete'),
    Operation('deletion with snapshots', (
        *_of('cascade'), _evs('delete_volume', of_volume=True)),
        'volume-delete'),
    Operation('backup', _of('backup'), 'backup-create'),
    Operation('backup of snapshot', _of('backup of snapshot'),
              'backup-create'),
    Operation('clone', _of('clone'), 'volume-clone'),
    Operation('volume from snapshot', _of('from snapshot'),
              'volume-create'),
    Operation('extension', _of('extend'), 'volume-extend'),
    Operation('reservation', _of('reserve')),
    Operation('os-attach', _of('os-attach'), passing=True),
    Operation('attachment', _of('attachment'), passing=True),
    Operation('transfer', _of('transfer')),
    Operation('retype', _of('retype'), passing=True),
    Operation('managing of a snapshot', _of('manage'), 'snapshot-manage'),
    Operation('unmanaging', _of('unmanage'), 'volume-unmanage'),
    Operation('unmanaging of snapshot', _of('unmanage snapshot'),
              'snapshot-unmanage'),
)


def outcome(place: stored.Stored, rows: dict[str, stored.Row], bench: Bench
            ) -> tuple[str, ...]:
    """All that there is of a bench at rest, in words that can be compared."""
    found = []
    for row in rows.values():
        if row.kind == 'file':
            if row.name in (bench.unmanaged, 'volume-' + bench.volume,
                            'snapshot-' + bench.snapshot):
                found.append('file ' + _label(
                    contents.read(place.path(row, rows))))
            continue
        if bench.volume not in (row.id, row.at) and not (
                row.name or '').startswith(bench.name + '-'):
            continue
        which = {bench.volume: 'the volume', bench.snapshot: 'the snapshot'
                 }.get(row.id, 'another ' + row.kind)
        words = [which, row.status, '%d GiB' % row.size]
        if row.kind == 'volume' and which == 'the volume':
            words += ['type %s' % row.more['volume_type_id'],
                      '%d attachments' % row.more.get('attachments', 0)]
        if not row.status.startswith('error'):
            words.append(_bytes(place, rows, row))
        found.append(', '.join(words))
    return tuple(sorted(found))


def _bytes(place: stored.Stored, rows: dict[str, stored.Row],
           row: stored.Row) -> str:
    try:
        if row.kind == 'backup':
            return _label(contents.read_backup(
                place.backups, [row.more['container']]))
        return _label(contents.read(place.path(row, rows)))
    except (AssertionError, OSError, KeyError) as error:
        return 'no bytes (%s)' % error


def _label(found: contents.Pages) -> str:
    for label, content in _LABELS.items():
        if found == contents.pages(content):
            return label + ' bytes'
    return 'mixed bytes'
