# SPDX-License-Identifier: Apache-2.0
"""Cinder's configuration and a database of its own for a unit test."""

import atexit
import contextlib
import functools
import pathlib
import tempfile
from collections.abc import Iterator

import fixtures
import sqlalchemy
from cinder import context as cinder_context
from cinder import objects
from cinder.db import migration
from oslo_concurrency import lockutils
from oslo_config import cfg
from oslo_config import fixture as config_fixture
from oslo_db.sqlalchemy import enginefacade

from evs_fake import db
from evs_fake.db import migration as our_migration

PROJECT = 'b1f5e0aa1c6e4cf2a6c5d3a4e7c8d9f0'
USER = 'd0c9b8a7f6e5d4c3b2a1f0e9d8c7b6a5'


def context(**kwargs) -> cinder_context.RequestContext:
    """A member of the project."""
    return cinder_context.RequestContext(**{
        'user_id': USER, 'project_id': PROJECT, 'is_admin': False,
        'roles': ['member', 'reader'], **kwargs})


class ConfigFixture(config_fixture.Config):
    """Cinder's options at their defaults, and a state directory.

    :ivar state: the state directory.
    """

    def setUp(self):
        super().setUp()
        self.conf([], project='cinder', default_config_files=[],
                  default_config_dirs=[])
        self.state = pathlib.Path(
            self.useFixture(fixtures.TempDir()).path)
        locks = str(self.state / 'lock')
        # The option is registered when a lock is first asked for.
        lockutils.set_defaults(locks)
        self.config(state_path=str(self.state), host='unit')
        self.config(lock_path=locks, group='oslo_concurrency')
        self.config(backend_url='file://' + locks, group='coordination')


class _Database:
    """A file of this process, and Cinder's transactions on it.

    One for all tests: SQLAlchemy keeps compiled statements by engine, and
    compiling Cinder's queries takes longer than all the rest.
    """

    def __init__(self) -> None:
        directory = tempfile.TemporaryDirectory()
        atexit.register(directory.cleanup)
        self.path = pathlib.Path(directory.name) / 'cinder.sqlite'
        self.url = 'sqlite:///%s' % self.path
        self.transactions = enginefacade.transaction_context()
        self.transactions.configure(
            connection=self.url, sqlite_synchronous=False, sqlite_fk=True)
        with self.entered():
            migration.db_sync()
            our_migration.db_sync()
        self._empty = self.path.read_bytes()

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        # Migrations take the URL from the configuration.
        cfg.CONF.set_override('connection', self.url, 'database')
        restore = db.main_context_manager.patch_factory(self.transactions)
        try:
            yield
        finally:
            restore()
            cfg.CONF.clear_override('connection', 'database')

    def empty(self) -> None:
        """Bring back the database as migrations left it."""
        # oslo.db keeps no connection to an SQLite file open.
        self.path.write_bytes(self._empty)


_database = functools.cache(_Database)


class DatabaseFixture(fixtures.Fixture):
    """An empty SQLite file with Cinder's schema, reached as Cinder does.

    :ivar conf: the :class:`ConfigFixture`.
    """

    def _setUp(self):
        self.conf = self.useFixture(ConfigFixture())
        database = _database()
        database.empty()
        entered = database.entered()
        entered.__enter__()
        self.addCleanup(entered.__exit__, None, None, None)


class StatementsFixture(fixtures.Fixture):
    """Sees what the database is asked, from now on.

    :ivar asked: each statement with its parameters.
    """

    def _setUp(self):
        self.asked: list[tuple[str, object]] = []
        engine = db.get_engine()
        sqlalchemy.event.listen(engine, 'before_cursor_execute', self._note)
        self.addCleanup(sqlalchemy.event.remove, engine,
                        'before_cursor_execute', self._note)

    def _note(self, _connection, _cursor, statement, parameters, *_more):
        self.asked.append((statement, parameters))


def volume_type_id() -> str:
    return objects.VolumeType.get_by_name_or_id(
        cinder_context.get_admin_context(), '__DEFAULT__').id


def create_volume(status='available', *, size=1, **kwargs) -> objects.Volume:
    """A volume in the database; it has no bytes."""
    project_id = kwargs.get('project_id', PROJECT)
    volume = objects.Volume(context(project_id=project_id), **{
        'size': size, 'status': status, 'user_id': USER,
        'project_id': PROJECT, 'attach_status': 'detached',
        'volume_type_id': volume_type_id(), 'display_name': 'volume',
        'availability_zone': 'nova', **kwargs})
    volume.create()
    return volume


def create_snapshot(volume: objects.Volume, status='available',
                    **kwargs) -> objects.Snapshot:
    """A snapshot in the database; it has no bytes."""
    snapshot = objects.Snapshot(context(), **{
        'volume_id': volume.id, 'volume_size': volume.size,
        'status': status, 'user_id': USER, 'project_id': PROJECT,
        'volume_type_id': volume.volume_type_id, 'progress': '0%',
        'display_name': 'snapshot', **kwargs})
    snapshot.create()
    return snapshot
