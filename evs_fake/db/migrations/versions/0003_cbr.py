# SPDX-License-Identifier: Apache-2.0
"""CBR: vaults, checkpoints, backups, policies, operation logs."""

import sqlalchemy as sa
from alembic import op
from oslo_db.sqlalchemy import types

revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    op.create_table(
        'evs_fake_cbr_vaults',
        sa.Column('id', sa.String(36), primary_key=True),
        sa.Column('project_id', sa.String(255), nullable=False, index=True),
        sa.Column('user_id', sa.String(255)),
        sa.Column('name', sa.String(255), nullable=False),
        sa.Column('description', sa.String(255)),
        sa.Column('object_type', sa.String(32), nullable=False),
        sa.Column('size', sa.Integer, nullable=False),
        sa.Column('settings', types.JsonEncodedDict(), nullable=False),
        sa.Column('created_at', sa.DateTime, nullable=False),
        sa.Column('updated_at', sa.DateTime))
    op.create_table(
        'evs_fake_cbr_vault_resources',
        sa.Column('id', sa.String(36), primary_key=True),
        sa.Column('vault_id', sa.String(36), nullable=False, index=True),
        sa.Column('project_id', sa.String(255), nullable=False, index=True),
        sa.Column('name', sa.String(255)),
        sa.Column('extra_info', types.JsonEncodedDict(), nullable=False),
        sa.Column('auto_protect', sa.Boolean, nullable=False),
        sa.Column('created_at', sa.DateTime, nullable=False))
    op.create_table(
        'evs_fake_cbr_checkpoints',
        sa.Column('id', sa.String(36), primary_key=True),
        sa.Column('project_id', sa.String(255), nullable=False, index=True),
        sa.Column('vault_id', sa.String(36), nullable=False),
        sa.Column('vault_name', sa.String(255), nullable=False),
        sa.Column('name', sa.String(255), nullable=False),
        sa.Column('description', sa.String(255)),
        sa.Column('retention_days', sa.Integer, nullable=False),
        sa.Column('resources', types.JsonEncodedList(), nullable=False),
        sa.Column('skipped', types.JsonEncodedList(), nullable=False),
        sa.Column('created_at', sa.DateTime, nullable=False))
    op.create_table(
        'evs_fake_cbr_backups',
        sa.Column('id', sa.String(36), primary_key=True),
        sa.Column('project_id', sa.String(255), nullable=False, index=True),
        sa.Column('vault_id', sa.String(36), nullable=False, index=True),
        sa.Column('checkpoint_id', sa.String(36), nullable=False, index=True),
        sa.Column('policy_id', sa.String(36)),
        sa.Column('auto_trigger', sa.Boolean, nullable=False),
        sa.Column('resource_name', sa.String(255)),
        sa.Column('resource_az', sa.String(255)),
        sa.Column('bootable', sa.Boolean, nullable=False),
        sa.Column('expired_at', sa.DateTime),
        sa.Column('delete_requested', sa.Boolean, nullable=False))
    op.create_table(
        'evs_fake_cbr_policies',
        sa.Column('id', sa.String(36), primary_key=True),
        sa.Column('project_id', sa.String(255), nullable=False, index=True),
        sa.Column('user_id', sa.String(255)),
        sa.Column('name', sa.String(255), nullable=False),
        sa.Column('enabled', sa.Boolean, nullable=False),
        sa.Column('definition', types.JsonEncodedDict(), nullable=False),
        sa.Column('pattern', types.JsonEncodedList(), nullable=False),
        sa.Column('trigger_id', sa.String(36), nullable=False),
        sa.Column('start_time', sa.DateTime, nullable=False),
        sa.Column('last_run', sa.DateTime))
    op.create_table(
        'evs_fake_cbr_vault_policies',
        sa.Column('vault_id', sa.String(36), primary_key=True),
        sa.Column('policy_id', sa.String(36), primary_key=True),
        sa.Column('project_id', sa.String(255), nullable=False, index=True))
    op.create_table(
        'evs_fake_cbr_operation_logs',
        sa.Column('id', sa.String(36), primary_key=True),
        sa.Column('project_id', sa.String(255), nullable=False, index=True),
        sa.Column('operation_type', sa.String(32), nullable=False),
        sa.Column('status', sa.String(16), nullable=False, index=True),
        sa.Column('vault_id', sa.String(36)),
        sa.Column('vault_name', sa.String(255)),
        sa.Column('policy_id', sa.String(36)),
        sa.Column('checkpoint_id', sa.String(36)),
        sa.Column('resource_id', sa.String(36)),
        sa.Column('resource_name', sa.String(255)),
        sa.Column('request_id', sa.String(64)),
        sa.Column('backup_ids', types.JsonEncodedList(), nullable=False),
        sa.Column('details', types.JsonEncodedDict(), nullable=False),
        sa.Column('error_code', sa.String(32)),
        sa.Column('error_message', sa.Text),
        sa.Column('failed', sa.Integer, nullable=False),
        sa.Column('created_at', sa.DateTime, nullable=False),
        sa.Column('ended_at', sa.DateTime))


def downgrade() -> None:
    op.drop_table('evs_fake_cbr_operation_logs')
    op.drop_table('evs_fake_cbr_vault_policies')
    op.drop_table('evs_fake_cbr_policies')
    op.drop_table('evs_fake_cbr_backups')
    op.drop_table('evs_fake_cbr_checkpoints')
    op.drop_table('evs_fake_cbr_vault_resources')
    op.drop_table('evs_fake_cbr_vaults')
