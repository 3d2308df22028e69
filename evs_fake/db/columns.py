# SPDX-License-Identifier: Apache-2.0
"""What columns of MySQL and MariaDB need, and do not take."""

import sqlalchemy as sa
from sqlalchemy import types
from sqlalchemy.dialects import mysql

#: SQLAlchemy's names of them.
MYSQL = ('mysql', 'mariadb')

#: Their errors about a text with characters that a column cannot have: when
#: it is compared with one, two or more, when it is stored, and MySQL 8's of
#: the first.
_FOREIGN_TEXT = (1267, 1270, 1271, 1366, 3988)


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


def is_foreign_text(error: Exception) -> bool:
    """Whether it is about a text that a column can neither hold nor equal.

    Cinder's columns on MySQL have the first 65,536 characters of Unicode
    only: no emoji, for example.

    :param error: a driver's, as it is or as oslo.db or SQLAlchemy wraps it.
    """
    for wrapped in ('inner_exception', 'orig'):
        error = getattr(error, wrapped, error)
    return error.args[:1] in [(number,) for number in _FOREIGN_TEXT]
