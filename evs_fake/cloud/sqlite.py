# SPDX-License-Identifier: Apache-2.0
"""SQLite that holds under concurrent writers.

* A transaction that reads first and writes later fails at once when another
  one wrote in between, whatever the busy timeout: writers must begin as
  writers (``BEGIN IMMEDIATE``).
* Readers must not queue behind them: they have an engine of their own, by
  oslo.db's ``slave_connection``, and write-ahead logging.
* oslo.db opens a connection for every transaction on SQLite; a pool spares
  that, and keeps the log from being folded back at every last close.

Durability: ``synchronous=NORMAL`` with write-ahead logging. What was
committed survives the death of the process; after a power failure the
database is consistent, but may lack the last transactions.
"""

import pathlib
import time
import urllib.parse

import sqlalchemy
from oslo_db.sqlalchemy import enginefacade
from sqlalchemy import event
from sqlalchemy import pool

from evs_fake.cloud import work

#: Milliseconds that a writer waits for its turn.
BUSY_TIMEOUT = 60_000

_PRAGMAS = (
    'PRAGMA busy_timeout = %d' % BUSY_TIMEOUT,
    'PRAGMA journal_mode = WAL',
    'PRAGMA synchronous = NORMAL',
)

_READER_MODE = 'rw'
#: Connections that readers leave open.
_READERS = 8


def writer_url(path: pathlib.Path) -> str:
    """``[database] connection`` for a database file."""
    return _url(path, 'rwc')


def reader_url(path: pathlib.Path) -> str:
    """``[database] slave_connection`` for the same file.

    The mode is how :func:`_set_up` tells the engines apart; apart from that,
    it makes no file where there is none.
    """
    return _url(path, _READER_MODE)


def _url(path: pathlib.Path, mode: str) -> str:
    # Quoted for SQLite, which takes it for a URI, and by SQLAlchemy for
    # itself: its versions differ in what they unquote.
    return sqlalchemy.URL.create(
        'sqlite', database='file:' + urllib.parse.quote(str(path)),
        query={'mode': mode, 'uri': 'true'}).render_as_string()


def configure(manager: enginefacade._TransactionContextManager) -> None:
    """Set up a service's database access; before its first use.

    :param manager: the one of whose scopes the service makes use.
    """
    # A pause at every return of a connection is for eventlet's sake.
    manager.configure(synchronous_reader=False, thread_checkin=False)
    manager.append_on_engine_create(_set_up)


def _set_up(engine: sqlalchemy.Engine) -> None:
    if engine.dialect.name != 'sqlite':
        return
    is_reader = engine.url.query.get('mode') == _READER_MODE

    @event.listens_for(engine, 'connect')
    def connect(connection, _record):
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    if not is_reader:
        # oslo.db begins every transaction itself, by this statement.
        @event.listens_for(engine, 'before_cursor_execute', retval=True)
        def begin(_connection, _cursor, statement, parameters, _context,
                  _executemany):
            if statement == 'BEGIN':
                # Not into the world that comes after a reset.
                work.WORK.check()
                statement = 'BEGIN IMMEDIATE'
            return statement, parameters

    _use_pool(engine, is_reader)


class _Pool(pool.QueuePool):
    """Measures its patience by a clock that nobody sets.

    SQLAlchemy's looks at the time of day: after a laptop's sleep, whoever
    waits for a connection would have waited for too long.
    """

    def _do_get(self):
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                return super()._do_get()
            except sqlalchemy.exc.TimeoutError:
                if time.monotonic() >= deadline:
                    raise


def _use_pool(engine: sqlalchemy.Engine, is_reader: bool) -> None:
    """Keep connections open.

    One for writers: there is one at a time anyway, and waiting for the pool
    is fair and wakes at once, where SQLite would sleep and try again.
    """
    former = engine.pool
    engine.pool = _Pool(
        former._creator, pool_size=_READERS if is_reader else 1,
        max_overflow=-1 if is_reader else 0,
        timeout=BUSY_TIMEOUT / 1000, dialect=engine.dialect,
        _dispatch=former.dispatch)
    former.dispose()
