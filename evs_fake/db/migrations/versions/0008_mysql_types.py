# SPDX-License-Identifier: Apache-2.0
"""Times to the microsecond and text that differs by case, on MySQL too.

Other databases have had both from the start.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy import types
from sqlalchemy.dialects import mysql

from evs_fake.db import columns

revision = '0008'
down_revision = '0007'

#: Text that users tell apart by case, and its length.
_EXACT = {('evs_fake_tags', 'key'): 128, ('evs_fake_tags', 'value'): 255,
          ('evs_fake_client_tokens', 'token'): 36}


def upgrade() -> None:
    for table, column in _columns():
        if _is_time(column):
            _alter(table, column, columns.time())
        elif (table, column['name']) in _EXACT:
            _alter(table, column, columns.exact_text(
                _EXACT[table, column['name']]))


def downgrade() -> None:
    for table, column in _columns():
        # Those of the history have been so since there is one.
        if _is_time(column) and table != 'evs_fake_history':
            _alter(table, column, sa.DateTime())
        elif (table, column['name']) in _EXACT:
            _alter(table, column, sa.String(_EXACT[table, column['name']]))


def _columns() -> Iterator[tuple[str, dict]]:
    """Tables and columns of ours, if this is MySQL."""
    if op.get_bind().dialect.name not in columns.MYSQL:
        return
    inspector = sa.inspect(op.get_bind())
    for table in inspector.get_table_names():
        if table.startswith('evs_fake_'):
            for column in inspector.get_columns(table):
                yield table, column


def _is_time(column: dict) -> bool:
    return isinstance(column['type'], mysql.DATETIME)


def _alter(table: str, column: dict, type_: types.TypeEngine) -> None:
    op.alter_column(table, column['name'], type_=type_,
                    existing_nullable=column['nullable'])
