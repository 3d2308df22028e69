# SPDX-License-Identifier: Apache-2.0
"""Types of columns that MySQL and MariaDB do not have of themselves."""

import sqlalchemy as sa
from sqlalchemy import types
from sqlalchemy.dialects import mysql

#: SQLAlchemy's names of them.
MYSQL = ('mysql', 'mariadb')


def time() -> types.TypeEngine:
    """A time in UTC, to the microsecond, for MySQL counts whole seconds."""
    return sa.DateTime().with_variant(mysql.DATETIME(fsp=6), *MYSQL)


def exact_text(length: int) -> types.TypeEngine:
    """Text that differs by case, which MySQL takes for the same.

    :param length: at most, in characters.
    """
    return sa.String(length).with_variant(
        mysql.VARCHAR(length, charset='utf8mb4', collation='utf8mb4_bin'),
        *MYSQL)
