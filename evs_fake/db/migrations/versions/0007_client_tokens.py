# SPDX-License-Identifier: Apache-2.0
"""Tokens of requests that are to be done once."""

import sqlalchemy as sa
from alembic import op
from oslo_db.sqlalchemy import types

revision = '0007'
down_revision = '0006'


def upgrade() -> None:
    op.create_table(
        'evs_fake_client_tokens',
        sa.Column('project_id', sa.String(255), primary_key=True),
        sa.Column('token', sa.String(36), primary_key=True),
        sa.Column('fingerprint', sa.String(64), nullable=False),
        sa.Column('answer', types.JsonEncodedDict(), nullable=False),
        sa.Column('created_at', sa.DateTime, nullable=False, index=True))


def downgrade() -> None:
    op.drop_table('evs_fake_client_tokens')
