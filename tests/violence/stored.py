# SPDX-License-Identifier: Apache-2.0
"""A cloud as its database, its pools and its backup store have it."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import pathlib
import sqlite3
import threading
from collections.abc import Iterator
from typing import Any

from tests.functional import cloud

_COLUMNS = {
    'volume': ('volumes', 'display_name', 'size', 'host'),
    'snapshot': ('snapshots', 'display_name', 'volume_size', 'volume_id'),
    'backup': ('backups', 'display_name', 'size', 'volume_id'),
}
#: Statuses that a cloud at rest may have, by the kind of resource.
RESTING = {
    'volume': frozenset({
        'available', 'in-use', 'reserved', 'awaiting-transfer', 'error',
        'error_deleting', 'error_extending', 'error_managing',
        'error_restoring', 'error_rollbacking', 'error_unmanaging',
        'pre-deleted'}),
    'snapshot': frozenset({'available', 'error', 'error_deleting'}),
    'backup': frozenset({'available', 'error', 'error_deleting'}),
    'vault': frozenset({'available'}),
    'rule': frozenset({'available'}),
    'file': frozenset({'available'}),
}
#: Seconds in which a cloud comes to rest, on a busy machine.
_PATIENCE = 90
#: Seconds in which it ends what follows that, unless another time is said.
_AFTERWARDS = 10
#: What Cinder says of a migration that is not under way.
_MIGRATED = (None, 'success', 'error')
#: Finds work that no status tells of.
_UNDER_WAY = (
    # What a checkpoint made that was cut off, CBR deletes before long.
    'SELECT b.id FROM backups b JOIN backup_metadata m ON m.backup_id = b.id '
    "WHERE NOT b.deleted AND m.key = 'evs_fake:cbr-vault' AND b.id NOT IN ("
    'SELECT id FROM evs_fake_cbr_backups)',
    'SELECT b.id FROM backups b JOIN evs_fake_cbr_backups c ON c.id = b.id '
    'WHERE NOT b.deleted AND c.delete_requested')
#: Statuses of what has no bytes, or need not have them any more.
_WITHOUT_BYTES = frozenset({'error', 'error_deleting', 'error_managing',
                            'error_unmanaging'})


@dataclasses.dataclass(frozen=True)
class Row:
    """What is there: a resource of Cinder's, a vault, a rule, or a file.

    Of the last three, the status is always ``available``. A file is one of
    the pool's that is not managed; a rule's name is its description.

    :ivar at: of a volume its host, of a file its path; of snapshots and
        backups their volume's id.
    :ivar more: what only one kind has.
    """

    kind: str
    id: str
    name: str | None
    status: str
    size: int
    project: str
    note: str | None
    at: str | None
    more: dict[str, Any] = dataclasses.field(compare=False)

    @property
    def key(self) -> tuple[str, str | None, str | None]:
        """What tells resources apart that nobody was told the id of."""
        return key(self.kind, self.name, self.at)

    @property
    def resting(self) -> bool:
        return (self.status in RESTING[self.kind]
                and self.more.get('migration_status') in _MIGRATED)


def key(kind: str, name: str | None, volume_id: str | None
        ) -> tuple[str, str | None, str | None]:
    """As :attr:`Row.key`."""
    return kind, name, (
        volume_id if kind in ('snapshot', 'backup') else None)


class Stored:
    """Looks at a cloud without asking it."""

    def __init__(self, state_dir: pathlib.Path) -> None:
        self.state_dir = state_dir
        self._writing = threading.Lock()
        self._writable = True

    @contextlib.contextmanager
    def writing(self) -> Iterator[bool]:
        """Before clients write to volumes; whether they can."""
        with self._writing:
            yield self._writable

    @contextlib.contextmanager
    def unwritable(self) -> Iterator[None]:
        """While no client writes, since it would fail half-way."""
        with self._writing:
            self._writable = False
        try:
            yield
        finally:
            self._writable = True

    @contextlib.contextmanager
    def connected(self) -> Iterator[sqlite3.Connection]:
        """The database."""
        connection = sqlite3.connect(
            self.state_dir / 'cinder.sqlite', timeout=cloud.TIMEOUT,
            isolation_level=None)
        connection.row_factory = sqlite3.Row
        with contextlib.closing(connection):
            yield connection

    def query(self, query: str, *values: Any) -> list[sqlite3.Row]:
        with self.connected() as connection:
            return connection.execute(query, values).fetchall()

    def rows(self, connection: sqlite3.Connection) -> dict[str, Row]:
        """All that is there, by id."""
        found = {}
        for kind, (table, name, size, at) in _COLUMNS.items():
            for row in connection.execute(
                    'SELECT * FROM %s WHERE NOT deleted' % table):
                found[row['id']] = Row(
                    kind, row['id'], row[name], row['status'], row[size],
                    row['project_id'], row['display_description'], row[at],
                    dict(row))
        for volume, count in connection.execute(
                'SELECT volume_id, count(*) FROM volume_attachment '
                'WHERE NOT deleted GROUP BY volume_id'):
            if volume in found:
                found[volume].more['attachments'] = count
        for row in connection.execute(
                'SELECT id, vault_id FROM evs_fake_cbr_backups'):
            if row['id'] in found:
                found[row['id']].more['vault'] = row['vault_id']
        for row in connection.execute('SELECT * FROM evs_fake_cbr_vaults'):
            found[row['id']] = Row(
                'vault', row['id'], row['name'], 'available', row['size'],
                row['project_id'], row['description'], None, {})
        for row in connection.execute('SELECT * FROM evs_fake_rules'):
            found[row['id']] = Row(
                'rule', row['id'], row['description'], 'available', 0, '',
                None, None, {})
        for path in self.state_dir.glob('pools/*/unmanaged-*/*'):
            # It may be taken over by now.
            with contextlib.suppress(FileNotFoundError):
                found[path.name] = Row(
                    'file', path.name, path.name, 'available',
                    path.stat().st_size >> 30, '', None, str(path), {})
        return found

    def settle(self, *resting: str) -> dict[str, Row]:
        """Wait until nothing is on its way; all resources then.

        :param resting: more statuses that may last.
        :raises AssertionError: it does not come to rest.
        """
        def rest():
            with self.connected() as connection:
                found = self.rows(connection)
                moving.clear()
                moving.extend(row for row in found.values()
                              if not row.resting
                              and row.status not in resting)
                if not moving and not any(
                        connection.execute(query).fetchall()
                        for query in _UNDER_WAY):
                    return found or {'': None}
            return None

        moving: list[Row] = []
        try:
            found = cloud.until(rest, 'rest', timeout=_PATIENCE)
        except AssertionError:
            raise AssertionError('no rest: %s' % [
                (row.kind, row.id, row.status,
                 row.more.get('migration_status'))
                for row in moving]) from None
        found.pop('', None)
        return found

    # Bytes

    def pool_of(self, host: str) -> pathlib.Path:
        """The directory of a host's pool."""
        backend = host.partition('@')[2].partition('#')[0]
        return self.state_dir / 'pools' / backend

    def path(self, row: Row, rows: dict[str, Row]) -> pathlib.Path:
        """Where the bytes of a volume, snapshot or file belong."""
        if row.kind == 'file':
            return pathlib.Path(row.at)
        if row.kind == 'volume':
            return self.pool_of(row.at) / 'volumes' / (
                row.more['_name_id'] or row.id)
        return self.pool_of(rows[row.at].at) / 'snapshots' / row.id

    @property
    def backups(self) -> pathlib.Path:
        return self.state_dir / 'backups'


def violations(stored: Stored, *resting: str, settling: float = _AFTERWARDS
               ) -> tuple[list[str], dict[str, Row]]:
    """What is wrong with a cloud at rest, whatever was asked of it.

    Of what was done, quotas are told a moment after it is seen.

    :param resting: as :meth:`Stored.settle`.
    :param settling: seconds for which there may be something.
    :returns: that, and all resources.
    :raises AssertionError: it does not come to rest.
    """
    def none() -> bool:
        nonlocal rows
        rows = stored.settle(*resting)
        found[:] = _violations(stored, rows)
        return not found

    found: list[str] = []
    rows: dict[str, Row] = {}
    try:
        cloud.until(none, 'no violations', timeout=settling)
    except AssertionError:
        if not found:
            raise
    return found, rows


def _violations(stored: Stored, rows: dict[str, Row]) -> list[str]:
    found = [*_pools(stored, rows), *_backups(stored, rows)]
    with stored.connected() as connection:
        found += _quotas(connection, rows)
        found += _links(connection, rows)
    return found


def _pools(stored: Stored, rows: dict[str, Row]) -> Iterator[str]:
    """Pool = database."""
    expected = {}
    for row in rows.values():
        if row.kind == 'snapshot' and row.at not in rows:
            yield 'snapshot %s (%s) has no volume' % (row.id, row.status)
        elif row.kind == 'snapshot' or row.kind == 'volume' and row.at:
            expected[stored.path(row, rows)] = row
    there = {path for path in stored.state_dir.glob('pools/*/*/*')
             if path.parent.name in ('volumes', 'snapshots')}
    there |= set(stored.state_dir.glob('pools/*/tmp/*/*'))
    for path in sorted(there - expected.keys()):
        yield 'orphan in the pool: %s' % path.relative_to(stored.state_dir)
    for path, row in expected.items():
        if path in there:
            length = path.stat().st_size
            if length < row.size << 30 or length % (1 << 30):
                yield '%s %s (%s) of %d GiB has %d bytes' % (
                    row.kind, row.id, row.status, row.size, length)
        elif row.status not in _WITHOUT_BYTES:
            yield '%s %s (%s) has no bytes' % (row.kind, row.id, row.status)


def _backups(stored: Stored, rows: dict[str, Row]) -> Iterator[str]:
    """Store = database; what a backup depends on is there."""
    backups = {row.id: row for row in rows.values() if row.kind == 'backup'}
    there = {path.parent.name for path in stored.backups.glob('*/*/*/*')}
    for each in sorted(there - backups.keys()):
        yield 'orphan in the backup store: %s' % each
    children = collections.Counter(
        row.more['parent_id'] for row in backups.values())
    for row in backups.values():
        if row.status == 'available' and row.id not in there:
            yield 'backup %s has no bytes' % row.id
        if row.more['temp_snapshot_id'] or row.more['temp_volume_id']:
            yield 'backup %s (%s) keeps its temporary snapshot' % (
                row.id, row.status)
        counted = row.more['num_dependent_backups'] or 0
        # Cinder counts those that were once whole.
        if counted != sum(
                each.more['parent_id'] == row.id
                and each.status == 'available' for each in backups.values()):
            yield 'backup %s (%s) counts %d dependents, has %d' % (
                row.id, row.status, counted, children[row.id])
        parent = row.more['parent_id']
        if parent and parent not in backups:
            yield 'backup %s (%s) has lost its parent %s' % (
                row.id, row.status, parent)


def _quotas(connection: sqlite3.Connection, rows: dict[str, Row]
            ) -> Iterator[str]:
    """Usage equals what exists."""
    types = dict(connection.execute('SELECT id, name FROM volume_types')
                 .fetchall())
    expected: collections.Counter[tuple[str, str]] = collections.Counter()
    for row in rows.values():
        if (row.kind not in _COLUMNS
                or not row.more.get('use_quota', True)):
            continue
        names = {'volume': ('volumes', 'gigabytes'),
                 'snapshot': ('snapshots', 'gigabytes'),
                 'backup': ('backups', 'backup_gigabytes')}[row.kind]
        suffixes = [''] if row.kind == 'backup' else [
            '', '_' + types[row.more['volume_type_id']]]
        for suffix in suffixes:
            expected[row.project, names[0] + suffix] += 1
            expected[row.project, names[1] + suffix] += row.size
    used = {}
    for row in connection.execute(
            'SELECT project_id, resource, in_use, reserved '
            'FROM quota_usages WHERE NOT deleted'):
        used[row['project_id'], row['resource']] = row['in_use']
        if row['reserved']:
            yield 'quota of %s: %d %s reserved' % (
                row['project_id'], row['reserved'], row['resource'])
    for name in sorted(used.keys() | expected.keys()):
        if name[1].startswith('group'):
            continue
        if used.get(name, 0) != expected[name]:
            yield 'quota of %s: %d %s in use, %d exist' % (
                name[0], used.get(name, 0), name[1], expected[name])


def _links(connection: sqlite3.Connection, rows: dict[str, Row]
           ) -> Iterator[str]:
    """Attachments, transfers, migrations, system snapshots, CBR."""
    attached = collections.Counter(
        row['volume_id'] for row in connection.execute(
            'SELECT volume_id FROM volume_attachment WHERE NOT deleted'))
    offered = {row['volume_id'] for row in connection.execute(
        'SELECT volume_id FROM transfers WHERE NOT deleted')}
    for each in sorted((attached.keys() | offered) - rows.keys()):
        yield 'attachment or transfer of volume %s, which is gone' % each
    for row in rows.values():
        if row.kind == 'snapshot' and not row.more['use_quota']:
            yield 'system snapshot %s (%s) of volume %s' % (
                row.id, row.status, row.at)
        if row.kind != 'volume':
            continue
        if not row.more['use_quota']:
            yield 'temporary volume %s (%s)' % (row.id, row.status)
        if (row.status in ('in-use', 'reserved')) != bool(attached[row.id]):
            yield 'volume %s is %s with %d attachments' % (
                row.id, row.status, attached[row.id])
        if (row.status == 'awaiting-transfer') != (row.id in offered):
            yield 'volume %s is %s, its transfer %s' % (
                row.id, row.status,
                'there' if row.id in offered else 'not')
        if row.more['migration_status'] not in _MIGRATED:
            yield 'volume %s (%s): migration is %s' % (
                row.id, row.status, row.more['migration_status'])


def history(stored: Stored, after: int, last: dict[str, str],
            rows: dict[str, Row]) -> tuple[list[str], int]:
    """What is wrong with the history of statuses behind a cursor.

    :param last: the last status by resource: it is brought up to date.
    :returns: what is wrong, and the next cursor.
    """
    found = []
    for row in stored.query(
            'SELECT * FROM evs_fake_history WHERE number > ? '
            'ORDER BY number', after):
        resource = row['resource_id']
        if last.get(resource) != row['old_status']:
            found.append('history of %s %s: from %s to %s, but it was %s' % (
                row['resource_type'], resource, row['old_status'],
                row['new_status'], last.get(resource)))
        last[resource] = row['new_status']
        after = row['number']
    found += ['history ends with %s %s in %s; it is %s' % (
        row.kind, row.id, last.get(row.id), row.status)
        for row in rows.values()
        if row.kind in _COLUMNS and last.get(row.id) != row.status]
    return found, after
