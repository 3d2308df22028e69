# SPDX-License-Identifier: Apache-2.0
"""Rules that hold, delay or fail operations."""

import sqlalchemy as sa
from alembic import op
from oslo_db.sqlalchemy import types

revision = '0005'
down_revision = '0004'


def upgrade() -> None:
    op.create_table(
        'evs_fake_rules',
        sa.Column('number', sa.Integer, primary_key=True),
        sa.Column('id', sa.String(36), nullable=False, unique=True),
        sa.Column('operation', sa.String(64), nullable=False),
        sa.Column('moment', sa.String(16), nullable=False),
        sa.Column('action', sa.String(16), nullable=False),
        sa.Column('match', types.JsonEncodedDict(), nullable=False),
        sa.Column('arguments', types.JsonEncodedDict(), nullable=False),
        sa.Column('times', sa.Integer),
        sa.Column('description', sa.String(255), nullable=False),
        sa.Column('expires_at', sa.DateTime),
        sa.Column('created_at', sa.DateTime, nullable=False),
        sa.Column('released_at', sa.DateTime),
        sa.Column('failure', sa.String(1024)),
        sa.Column('matched', sa.Integer, nullable=False),
        sa.Column('last_resource_id', sa.String(36)),
        sa.Column('last_matched_at', sa.DateTime))


def downgrade() -> None:
    op.drop_table('evs_fake_rules')
