# SPDX-License-Identifier: Apache-2.0
"""Credentials."""

import sqlalchemy as sa
from alembic import op
from oslo_db.sqlalchemy import types

revision = '0002'
down_revision = '0001'


def upgrade() -> None:
    op.create_table(
        'evs_fake_credentials',
        sa.Column('access_key', sa.String(64), primary_key=True),
        sa.Column('secret_key', sa.String(64), nullable=False),
        sa.Column('user_id', sa.String(255), nullable=False),
        sa.Column('project_id', sa.String(255), nullable=False, index=True),
        sa.Column('roles', types.JsonEncodedList(), nullable=False),
        sa.Column('description', sa.String(255), nullable=False),
        sa.Column('created_at', sa.DateTime, nullable=False))


def downgrade() -> None:
    op.drop_table('evs_fake_credentials')
