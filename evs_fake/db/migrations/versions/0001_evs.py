# SPDX-License-Identifier: Apache-2.0
"""Jobs, tags, performance of volumes, and the recycle bin."""

import sqlalchemy as sa
from alembic import op
from oslo_db.sqlalchemy import types

revision = '0001'
down_revision = None


def upgrade() -> None:
    op.create_table(
        'evs_fake_jobs',
        sa.Column('id', sa.String(36), primary_key=True),
        sa.Column('project_id', sa.String(255), nullable=False, index=True),
        sa.Column('parent_id', sa.String(36), index=True),
        sa.Column('job_type', sa.String(64), nullable=False),
        sa.Column('resource_type', sa.String(64)),
        sa.Column('resource_id', sa.String(36), index=True),
        sa.Column('goal', types.JsonEncodedDict(), nullable=False),
        sa.Column('entities', types.JsonEncodedDict(), nullable=False),
        sa.Column('status', sa.String(16), nullable=False),
        sa.Column('begin_time', sa.DateTime, nullable=False),
        sa.Column('end_time', sa.DateTime),
        sa.Column('error_code', sa.String(32)),
        sa.Column('fail_reason', sa.Text))
    op.create_table(
        'evs_fake_tags',
        sa.Column('resource_type', sa.String(64), primary_key=True),
        sa.Column('resource_id', sa.String(36), primary_key=True),
        sa.Column('key', sa.String(128), primary_key=True),
        sa.Column('value', sa.String(255), nullable=False),
        sa.Column('project_id', sa.String(255), nullable=False, index=True))
    op.create_table(
        'evs_fake_volume_performance',
        sa.Column('volume_id', sa.String(36), primary_key=True),
        sa.Column('project_id', sa.String(255), nullable=False, index=True),
        sa.Column('iops', sa.Integer),
        sa.Column('throughput', sa.Integer))
    op.create_table(
        'evs_fake_recycle_policies',
        sa.Column('project_id', sa.String(255), primary_key=True),
        sa.Column('switch', sa.Boolean, nullable=False),
        sa.Column('threshold_time', sa.Integer, nullable=False),
        sa.Column('keep_time', sa.Integer, nullable=False))
    op.create_table(
        'evs_fake_recycled_volumes',
        sa.Column('volume_id', sa.String(36), primary_key=True),
        sa.Column('project_id', sa.String(255), nullable=False, index=True),
        sa.Column('status', sa.String(255), nullable=False),
        sa.Column('pre_deleted_at', sa.DateTime, nullable=False),
        sa.Column('plan_delete_at', sa.DateTime, nullable=False))


def downgrade() -> None:
    op.drop_table('evs_fake_recycled_volumes')
    op.drop_table('evs_fake_recycle_policies')
    op.drop_table('evs_fake_volume_performance')
    op.drop_table('evs_fake_tags')
    op.drop_table('evs_fake_jobs')
