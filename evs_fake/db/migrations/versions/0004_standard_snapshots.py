# SPDX-License-Identifier: Apache-2.0
"""Standard snapshots, snapshot groups and snapshot policies."""

import sqlalchemy as sa
from alembic import op
from oslo_db.sqlalchemy import types

revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    op.create_table(
        'evs_fake_standard_snapshots',
        sa.Column('snapshot_id', sa.String(36), primary_key=True),
        sa.Column('project_id', sa.String(255), nullable=False, index=True),
        sa.Column('snapshot_type', sa.String(16), nullable=False),
        sa.Column('instant_access', sa.Boolean, nullable=False),
        sa.Column('incremental', sa.Boolean, nullable=False),
        sa.Column('retention_at', sa.DateTime, index=True),
        sa.Column('group_id', sa.String(36), index=True),
        sa.Column('policy_id', sa.String(36)))
    op.create_table(
        'evs_fake_snapshot_groups',
        sa.Column('id', sa.String(36), primary_key=True),
        sa.Column('project_id', sa.String(255), nullable=False, index=True),
        sa.Column('name', sa.String(255)),
        sa.Column('description', sa.String(255)),
        sa.Column('server_id', sa.String(36)),
        sa.Column('is_deleting', sa.Boolean, nullable=False),
        sa.Column('created_at', sa.DateTime, nullable=False),
        sa.Column('updated_at', sa.DateTime))
    op.create_table(
        'evs_fake_snapshot_policies',
        sa.Column('id', sa.String(36), primary_key=True),
        sa.Column('project_id', sa.String(255), nullable=False, index=True),
        sa.Column('user_id', sa.String(255)),
        sa.Column('name', sa.String(255)),
        sa.Column('repeat_weekdays', types.JsonEncodedList(),
                  nullable=False),
        sa.Column('repeat_interval_days', sa.Integer),
        sa.Column('time_points', types.JsonEncodedList(), nullable=False),
        sa.Column('retention_days', sa.Integer, nullable=False),
        sa.Column('next_run_at', sa.DateTime, nullable=False, index=True),
        sa.Column('created_at', sa.DateTime, nullable=False),
        sa.Column('updated_at', sa.DateTime))
    op.create_table(
        'evs_fake_snapshot_policy_volumes',
        sa.Column('policy_id', sa.String(36), primary_key=True),
        sa.Column('volume_id', sa.String(36), primary_key=True))


def downgrade() -> None:
    op.drop_table('evs_fake_snapshot_policy_volumes')
    op.drop_table('evs_fake_snapshot_policies')
    op.drop_table('evs_fake_snapshot_groups')
    op.drop_table('evs_fake_standard_snapshots')
