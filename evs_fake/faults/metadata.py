# SPDX-License-Identifier: Apache-2.0
"""Faults that resources carry in their own metadata, read from the database.

Read at the moment of the operation rather than taken from the object that
came with the request: a key may have been set, changed or removed since.
"""

import enum
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from cinder import context as cinder_context

from evs_fake import db
from evs_fake.faults import directive
from evs_fake.faults.operations import Operation


class Kind(enum.StrEnum):
    SNAPSHOT = 'snapshot'
    VOLUME = 'volume'


class Subject(NamedTuple):
    """A resource whose metadata may carry a fault."""

    kind: Kind
    id: str


def _table(kind: Kind) -> sa.TableClause:
    # The schema is the contract here: Cinder moved its models' module
    # between the supported releases, but not these columns.
    return sa.table(
        kind.value + '_metadata', sa.column('key', sa.String),
        sa.column('value', sa.String), sa.column('deleted', sa.Boolean),
        sa.column(kind.value + '_id', sa.String))


_TABLES = {kind: _table(kind) for kind in Kind}


def find(context: cinder_context.RequestContext, operation: Operation,
         subjects: Sequence[Subject]) -> directive.Directive | None:
    """The fault of an operation: of the first subject that has one.

    :raises InvalidFault: when the stored value is of no known form.
    """
    if not subjects:
        return None
    key = directive.key(operation)
    # One query for all: each is paid for by every operation.
    values = sa.union_all(*(
        sa.select(sa.literal(number).label('number'), table.c.value).where(
            table.c[subject.kind.value + '_id'] == subject.id,
            table.c.key == key, table.c.deleted == sa.false())
        for number, subject in enumerate(subjects)
        for table in [_TABLES[subject.kind]])).subquery()
    with db.main_context_manager.reader.using(context) as session:
        value = session.execute(sa.select(values.c.value).order_by(
            values.c.number).limit(1)).scalar()
    return None if value is None else directive.parse(key, value)


def all_values() -> dict[tuple[Kind, str, str], str]:
    """Every fault's value by (kind, id, key), in one query a kind."""
    values = {}
    context = cinder_context.get_admin_context()
    with db.main_context_manager.reader.using(context) as session:
        for kind, table in _TABLES.items():
            rows = session.execute(
                sa.select(table.c[kind.value + '_id'], table.c.key,
                          table.c.value).where(
                    table.c.key.startswith(directive.PREFIX),
                    table.c.deleted == sa.false()))
            values.update(((kind, row[0], row[1]), row[2]) for row in rows)
    return values
