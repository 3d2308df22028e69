# SPDX-License-Identifier: Apache-2.0
"""The history of statuses, written by triggers on Cinder's tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from evs_fake.db import triggers

revision = '0006'
down_revision = '0005'


def upgrade() -> None:
    op.create_table(
        'evs_fake_history',
        sa.Column('number', sa.BigInteger().with_variant(
            sa.Integer, 'sqlite'), primary_key=True),
        sa.Column('resource_type', sa.String(16), nullable=False),
        sa.Column('resource_id', sa.String(36), nullable=False, index=True),
        sa.Column('project_id', sa.String(255), index=True),
        sa.Column('old_status', sa.String(255)),
        sa.Column('new_status', sa.String(255)),
        sa.Column('occurred_at', sa.DateTime().with_variant(
            mysql.DATETIME(fsp=6), 'mysql'), nullable=False, index=True),
        # A number is never used twice, also when the last rows are gone.
        sqlite_autoincrement=True)
    triggers.create(op.get_bind())


def downgrade() -> None:
    triggers.drop(op.get_bind())
    op.drop_table('evs_fake_history')
