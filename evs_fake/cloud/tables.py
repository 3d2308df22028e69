# SPDX-License-Identifier: Apache-2.0
"""What is in the cloud's database, exchanged in one transaction.

Connections that others have open see either the old rows or the new ones.
Replacing the file would be no quicker (a few milliseconds either way), and
would need every connection closed.
"""

import contextlib
import pathlib
import sqlite3
import urllib.parse
from collections.abc import Iterator

from evs_fake.cloud import sqlite

#: Rows of the running processes and of the schema.
_KEPT = {'services', 'alembic_version', 'evs_fake_alembic_version'}
_HISTORY = 'evs_fake_history'

_SERVICE = """
UPDATE volumes SET service_uuid = (
    SELECT s.uuid FROM services s WHERE s.binary = 'cinder-volume'
    AND NOT s.deleted
    AND s.host = substr(volumes.host, 1, instr(volumes.host || '#', '#') - 1))
WHERE service_uuid IS NOT NULL"""


def replace(database: pathlib.Path, source: pathlib.Path, mark: int) -> None:
    """Have a database hold what another one of the same schema holds.

    Services stay. Numbers of the history go on: none is given twice.

    :param mark: what :func:`mark_of` tells from the same moment on.
    """
    with _opened(database) as connection:
        # Files are moved next, trusting that this is there for good.
        connection.execute('PRAGMA synchronous = FULL')
        connection.execute('ATTACH ? AS source', (
            _uri(source, 'mode=ro&immutable=1'),))
        connection.execute('BEGIN IMMEDIATE')
        try:
            for table in _tables(connection):
                _copy(connection, table)
            connection.execute(_SERVICE)
            connection.execute('PRAGMA main.user_version = %d' % mark)
            connection.execute('COMMIT')
        except BaseException:
            connection.execute('ROLLBACK')
            raise


def save(database: pathlib.Path, target: pathlib.Path) -> None:
    """Write a copy of a database into a file that is not there."""
    with _opened(database) as connection:
        connection.execute('VACUUM INTO ?', (str(target),))


def mark_of(database: pathlib.Path) -> int:
    """What the last :func:`replace` left; 0 if there was none."""
    with _opened(database) as connection:
        return connection.execute('PRAGMA user_version').fetchone()[0]


def counts(database: pathlib.Path) -> dict[str, int]:
    """Resources that a database has, by kind."""
    with _opened(database) as connection:
        return {table: connection.execute(
            # No text of anybody's.
            'SELECT count(*) FROM %s WHERE NOT deleted' % table  # noqa: S608 - the schema's own names  # nosec B608
        ).fetchone()[0] for table in ('volumes', 'snapshots', 'backups')}


@contextlib.contextmanager
def _opened(database: pathlib.Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(
        _uri(database, 'mode=rw'), uri=True, isolation_level=None,
        timeout=sqlite.BUSY_TIMEOUT / 1000)
    with contextlib.closing(connection):
        yield connection


def _uri(path: pathlib.Path, query: str) -> str:
    return 'file:%s?%s' % (urllib.parse.quote(str(path)), query)


def _tables(connection: sqlite3.Connection) -> list[str]:
    """All to exchange, the history last: triggers write to it meanwhile."""
    names = {name for name, in connection.execute(
        "SELECT name FROM main.sqlite_master WHERE type = 'table' "
        "AND name NOT LIKE 'sqlite!_%' ESCAPE '!'")} - _KEPT
    return sorted(names, key=lambda name: (name == _HISTORY, name))


def _copy(connection: sqlite3.Connection, table: str) -> None:
    columns = ', '.join('"%s"' % row[1] for row in connection.execute(
        'PRAGMA main.table_info("%s")' % table))
    connection.execute('DELETE FROM main."%s"' % table)  # noqa: S608 - the schema's own names  # nosec B608
    connection.execute(
        'INSERT INTO main."%s" (%s) SELECT %s FROM source."%s"' % (  # noqa: S608 - the schema's own names  # nosec B608
            table, columns, columns, table))
