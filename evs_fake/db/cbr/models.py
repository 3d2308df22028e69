# SPDX-License-Identifier: Apache-2.0
"""CBR's tables. Times are UTC; sizes are GiB."""

import sqlalchemy as sa
from oslo_db.sqlalchemy import types

from evs_fake.db import columns
from evs_fake.db import models


class Vault(models.Base):
    """What resources are put into to have them backed up.

    ``settings`` has what is only shown: auto_bind, threshold and the like.
    """

    __tablename__ = 'evs_fake_cbr_vaults'

    id = sa.Column(sa.String(36), primary_key=True)
    project_id = sa.Column(sa.String(255), nullable=False, index=True)
    user_id = sa.Column(sa.String(255))
    name = sa.Column(sa.String(255), nullable=False)
    description = sa.Column(sa.String(255))
    object_type = sa.Column(sa.String(32), nullable=False)
    size = sa.Column(sa.Integer, nullable=False)
    settings = sa.Column(types.JsonEncodedDict(), nullable=False)
    created_at = sa.Column(columns.time(), nullable=False)
    updated_at = sa.Column(columns.time())


class Resource(models.Base):
    """A volume in a vault; the key keeps it out of a second one."""

    __tablename__ = 'evs_fake_cbr_vault_resources'

    id = sa.Column(sa.String(36), primary_key=True)
    vault_id = sa.Column(sa.String(36), nullable=False, index=True)
    project_id = sa.Column(sa.String(255), nullable=False, index=True)
    name = sa.Column(sa.String(255))
    extra_info = sa.Column(types.JsonEncodedDict(), nullable=False)
    auto_protect = sa.Column(sa.Boolean, nullable=False)
    created_at = sa.Column(columns.time(), nullable=False)


class Checkpoint(models.Base):
    """One request to back up; ``resources`` as they were then."""

    __tablename__ = 'evs_fake_cbr_checkpoints'

    id = sa.Column(sa.String(36), primary_key=True)
    project_id = sa.Column(sa.String(255), nullable=False, index=True)
    vault_id = sa.Column(sa.String(36), nullable=False)
    vault_name = sa.Column(sa.String(255), nullable=False)
    name = sa.Column(sa.String(255), nullable=False)
    description = sa.Column(sa.String(255))
    retention_days = sa.Column(sa.Integer, nullable=False)
    resources = sa.Column(types.JsonEncodedList(), nullable=False)
    skipped = sa.Column(types.JsonEncodedList(), nullable=False)
    created_at = sa.Column(columns.time(), nullable=False)


class Backup(models.Base):
    """What CBR adds to a backup of Cinder's, which has the same id.

    The resource's name, zone and ``bootable`` are those at the time of the
    backup. ``delete_requested`` outlives a crash: whoever finds it set goes
    on with the deletion.
    """

    __tablename__ = 'evs_fake_cbr_backups'

    id = sa.Column(sa.String(36), primary_key=True)
    project_id = sa.Column(sa.String(255), nullable=False, index=True)
    vault_id = sa.Column(sa.String(36), nullable=False, index=True)
    checkpoint_id = sa.Column(sa.String(36), nullable=False, index=True)
    policy_id = sa.Column(sa.String(36))
    auto_trigger = sa.Column(sa.Boolean, nullable=False)
    resource_name = sa.Column(sa.String(255))
    resource_az = sa.Column(sa.String(255))
    bootable = sa.Column(sa.Boolean, nullable=False)
    expired_at = sa.Column(columns.time())
    delete_requested = sa.Column(sa.Boolean, nullable=False)


class Policy(models.Base):
    """When to back up, and what to keep.

    ``last_run`` is the time of the schedule that was executed last.
    """

    __tablename__ = 'evs_fake_cbr_policies'

    id = sa.Column(sa.String(36), primary_key=True)
    project_id = sa.Column(sa.String(255), nullable=False, index=True)
    user_id = sa.Column(sa.String(255))
    name = sa.Column(sa.String(255), nullable=False)
    enabled = sa.Column(sa.Boolean, nullable=False)
    definition = sa.Column(types.JsonEncodedDict(), nullable=False)
    pattern = sa.Column(types.JsonEncodedList(), nullable=False)
    trigger_id = sa.Column(sa.String(36), nullable=False)
    start_time = sa.Column(columns.time(), nullable=False)
    last_run = sa.Column(columns.time())


class VaultPolicy(models.Base):
    """That a policy holds for a vault."""

    __tablename__ = 'evs_fake_cbr_vault_policies'

    vault_id = sa.Column(sa.String(36), primary_key=True)
    policy_id = sa.Column(sa.String(36), primary_key=True)
    project_id = sa.Column(sa.String(255), nullable=False, index=True)


class OperationLog(models.Base):
    """What CBR did, or is doing.

    ``status`` is ``running`` until the end was seen; until then, the state
    of its backups says what it really is.
    """

    __tablename__ = 'evs_fake_cbr_operation_logs'

    id = sa.Column(sa.String(36), primary_key=True)
    project_id = sa.Column(sa.String(255), nullable=False, index=True)
    operation_type = sa.Column(sa.String(32), nullable=False)
    status = sa.Column(sa.String(16), nullable=False, index=True)
    vault_id = sa.Column(sa.String(36))
    vault_name = sa.Column(sa.String(255))
    policy_id = sa.Column(sa.String(36))
    checkpoint_id = sa.Column(sa.String(36))
    resource_id = sa.Column(sa.String(36))
    resource_name = sa.Column(sa.String(255))
    request_id = sa.Column(sa.String(64))
    backup_ids = sa.Column(types.JsonEncodedList(), nullable=False)
    details = sa.Column(types.JsonEncodedDict(), nullable=False)
    error_code = sa.Column(sa.String(32))
    error_message = sa.Column(sa.Text)
    failed = sa.Column(sa.Integer, nullable=False, default=0)
    created_at = sa.Column(columns.time(), nullable=False)
    ended_at = sa.Column(columns.time())
