# SPDX-License-Identifier: Apache-2.0
"""A database of a test's own on some server."""

import uuid

import fixtures
import sqlalchemy as sa


class ServerDatabase(fixtures.Fixture):
    """Made, and dropped in the end.

    :param url: SQLAlchemy's, of another database of the server, and of a
        user who may make more; without a database it is SQLite's, in memory.
    :ivar engine: of the new one.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = sa.make_url(url)

    def _setUp(self) -> None:
        url = self._url
        if url.database is not None:
            name = 'evs_fake_test_' + uuid.uuid4().hex
            server = sa.create_engine(url, isolation_level='AUTOCOMMIT')
            self.addCleanup(server.dispose)
            self._run(server, 'CREATE DATABASE ' + name)
            self.addCleanup(self._run, server, 'DROP DATABASE ' + name)
            url = url.set(database=name)
        self.engine = sa.create_engine(url, poolclass=sa.pool.StaticPool)
        self.addCleanup(self.engine.dispose)

    @staticmethod
    def _run(engine: sa.Engine, statement: str) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
