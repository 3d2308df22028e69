# SPDX-License-Identifier: Apache-2.0
"""The servers that a deployment shares with others of this machine.

Each gives it something of its own (a database, a vhost, a namespace), and
takes only that away again.
"""

import dataclasses
import subprocess
import urllib.parse

import sqlalchemy as sa

#: How a sample of each is reached, as Debian sets it up.
POSTGRESQL = 'postgresql+psycopg2://postgres@127.0.0.1:5432/postgres'
MARIADB = 'mysql+pymysql://root@127.0.0.1:3306/mysql'
RABBITMQ = 'rabbit://guest:guest@127.0.0.1:5672'
REDIS = 'redis://127.0.0.1:6379'

_END_CONNECTIONS = {
    'postgresql': 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity '
                  'WHERE datname = :name AND pid != pg_backend_pid()',
    'mysql': 'SELECT id FROM information_schema.processlist '
             'WHERE db = :name AND id != CONNECTION_ID()',
}


class Database:
    """A database of one deployment's own.

    :param server: URL, by SQLAlchemy, of some other database of the server,
        and of a user who may create more.
    """

    def __init__(self, server: str, name: str) -> None:
        self._server = sa.create_engine(
            server, isolation_level='AUTOCOMMIT', poolclass=sa.NullPool)
        self._name = name
        made = sa.make_url(server).set(database=name)
        if made.get_backend_name() == 'mysql':
            made = made.update_query_dict({'charset': 'utf8mb4'})
        self.url = made.render_as_string(hide_password=False)

    @property
    def kind(self) -> str:
        """``postgresql`` or ``mysql``."""
        return self._server.dialect.name

    def create(self) -> None:
        self._run('CREATE DATABASE ' + self._name)

    def drop(self) -> None:
        self.end_connections()
        self._run('DROP DATABASE IF EXISTS ' + self._name)

    def end_connections(self) -> int:
        """End all connections to it, as a restart of the server does.

        :returns: how many.
        """
        with self._server.connect() as connection:
            ids = connection.execute(
                sa.text(_END_CONNECTIONS[self.kind]),
                {'name': self._name}).scalars().all()
            if self.kind == 'mysql':
                for each in ids:
                    try:
                        connection.exec_driver_sql('KILL %d' % each)
                    except sa.exc.OperationalError:
                        # It ended by itself meanwhile.
                        continue
        return len(ids)

    def _run(self, statement: str) -> None:
        with self._server.connect() as connection:
            connection.exec_driver_sql(statement)


@dataclasses.dataclass(frozen=True)
class Broker:
    """A vhost of a RabbitMQ on this machine.

    :ivar server: ``rabbit://user:password@host:port``.
    """

    server: str
    vhost: str

    @property
    def url(self) -> str:
        """The ``transport_url``."""
        return '%s/%s' % (self.server, self.vhost)

    def create(self) -> None:
        _rabbitmqctl('add_vhost', self.vhost)
        user = urllib.parse.urlsplit(self.server).username
        _rabbitmqctl('set_permissions', '-p', self.vhost, user,
                     '.*', '.*', '.*')

    def delete(self) -> None:
        _rabbitmqctl('delete_vhost', self.vhost)

    def end_connections(self) -> None:
        """End all connections to the vhost, as a network failure does."""
        _rabbitmqctl('close_all_connections', '--vhost', self.vhost,
                     'closed by a test')

    @staticmethod
    def restart() -> None:
        """Restart the broker: every vhost's queues that do not last go."""
        _rabbitmqctl('stop_app')
        _rabbitmqctl('start_app')

    def others(self) -> list[str]:
        """Vhosts, but this, that somebody is connected to."""
        listed = _rabbitmqctl('list_connections', '--quiet', 'vhost')
        return sorted({line for line in listed.splitlines()[1:]
                       if line and line != self.vhost})


def _rabbitmqctl(*arguments: str) -> str:
    return subprocess.run(
        ['rabbitmqctl', *arguments], check=True, capture_output=True,
        text=True).stdout
