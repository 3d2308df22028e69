# SPDX-License-Identifier: Apache-2.0
"""Triggers on Cinder's tables, which write down every status.

Cinder writes statuses in many ways (objects, conditional updates, bulk
updates, three services): only the database sees them all. What a trigger
writes is of the same transaction, and goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

#: Cinder's tables -> what one row of each is.
_RESOURCES = {'snapshots': 'snapshot', 'volumes': 'volume',
              'backups': 'backup'}
_EVENTS = ('insert', 'update')

_INSERT = """
INSERT INTO evs_fake_history (
    resource_type, resource_id, project_id, old_status, new_status,
    occurred_at)
VALUES ({values}, {now})"""

_SQLITE_NOW = "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
_SQLITE = """
CREATE TRIGGER {name} AFTER {when} ON {table}
WHEN {old} IS NOT NEW.status
BEGIN {insert}; END"""

_MYSQL = """
CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW
BEGIN IF NOT ({old} <=> NEW.status) THEN {insert}; END IF; END"""

# A function for each: in one for both, OLD would not be there on INSERT.
_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$
BEGIN IF {old} IS DISTINCT FROM NEW.status THEN {insert}; END IF;
RETURN NULL; END $$ LANGUAGE plpgsql"""
_POSTGRESQL = """
CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW
EXECUTE FUNCTION {name}()"""

#: Names of the triggers that are there.
_LISTED = {
    'sqlite': "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    'mysql': 'SELECT trigger_name FROM information_schema.triggers '
             'WHERE trigger_schema = DATABASE()',
    'postgresql': 'SELECT tgname FROM pg_trigger t JOIN pg_class c '
                  'ON c.oid = t.tgrelid JOIN pg_namespace n '
                  'ON n.oid = c.relnamespace '
                  'WHERE n.nspname = current_schema()',
}


def create(connection: sa.Connection) -> None:
    """Create the triggers that are not there.

    A migration of Cinder's that copies a table, as they do on SQLite, takes
    its triggers away.
    """
    found = _found(connection)
    for name, table, event in _all():
        if name not in found:
            for statement in _statements(connection.dialect.name, name,
                                         table, event):
                connection.exec_driver_sql(statement)


def drop(connection: sa.Connection) -> None:
    """Drop all of them."""
    found = _found(connection)
    for name, table, _event in _all():
        if name in found:
            of = (' ON ' + table
                  if connection.dialect.name == 'postgresql' else '')
            connection.exec_driver_sql('DROP TRIGGER %s%s' % (name, of))
        if connection.dialect.name == 'postgresql':
            connection.exec_driver_sql('DROP FUNCTION IF EXISTS %s' % name)


def _all() -> Iterable[tuple[str, str, str]]:
    for table in _RESOURCES:
        for event in _EVENTS:
            yield 'evs_fake_history_%s_%s' % (table, event), table, event


def _found(connection: sa.Connection) -> set[str]:
    return set(connection.exec_driver_sql(
        _LISTED[connection.dialect.name]).scalars())


def _statements(dialect: str, name: str, table: str, event: str
                ) -> Iterable[str]:
    old = 'OLD.status' if event == 'update' else 'NULL'
    now = {
        'sqlite': _SQLITE_NOW, 'mysql': 'UTC_TIMESTAMP(6)',
        'postgresql': "clock_timestamp() AT TIME ZONE 'UTC'",
    }[dialect]
    words = {
        'name': name, 'table': table, 'event': event.upper(), 'old': old,
        'when': 'UPDATE OF status' if event == 'update' else 'INSERT',
        'insert': _INSERT.format(now=now, values=', '.join((
            "'%s'" % _RESOURCES[table], 'NEW.id', 'NEW.project_id', old,
            'NEW.status'))),
    }
    match dialect:
        case 'sqlite':
            yield _SQLITE.format(**words)
        case 'mysql':
            yield _MYSQL.format(**words)
        case 'postgresql':
            yield _POSTGRESQL_FUNCTION.format(**words)
            yield _POSTGRESQL.format(**words)
