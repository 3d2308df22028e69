# SPDX-License-Identifier: Apache-2.0
"""A cloud that somebody else runs, for the same tests."""

import pathlib

import sqlalchemy as sa

from tests.functional import cloud

#: Names the directory of one that is to be used instead of an embedded one.
#: It has what a state directory has: an ``endpoint.json``, ``clouds``,
#: ``log/evs-fake.log`` and ``pools``. In ``endpoint.json`` there are, besides,
#: the URL of the database, by SQLAlchemy, all services (binaries and hosts, in
#: order), and the names of the pools, by back end.
VARIABLE = 'EVS_FAKE_TEST_CLOUD'


class Deployed(cloud.Cloud):
    """It runs already, on whichever database, and is not ours to end."""

    is_of_one_test = False

    def __init__(self, directory: pathlib.Path) -> None:
        super().__init__(directory)
        self.endpoint = self.read_endpoint()
        self._engine = sa.create_engine(
            self.endpoint['database'], poolclass=sa.NullPool)

    @property
    def running(self) -> bool:
        return True

    @property
    def services(self) -> list[tuple[str, str]]:
        return [tuple(each) for each in self.endpoint['services']]

    @property
    def pools(self) -> dict[str, str]:
        return self.endpoint['pools']

    def report(self) -> str:
        """None: its processes are not ours to ask."""
        return ''

    def stored(self, query: str, *values: str) -> list[tuple]:
        with self._engine.connect() as connection:
            return [tuple(row) for row in
                    connection.execute(*_bound(query, values))]

    def alter(self, statement: str, *values: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(*_bound(statement, values))


def _bound(statement: str, values: tuple[str, ...]
           ) -> tuple[sa.TextClause, dict[str, str]]:
    """With SQLite's question marks as this database has parameters."""
    parts = statement.split('?')
    names = ['value_%d' % number for number in range(len(parts) - 1)]
    text = parts[0] + ''.join(
        ':%s%s' % pair for pair in zip(names, parts[1:], strict=True))
    return sa.text(text), dict(zip(names, values, strict=True))
