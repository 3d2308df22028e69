# SPDX-License-Identifier: Apache-2.0
"""Our tables, in Cinder's database.

Their names begin with ``evs_fake_``. None has a foreign key to a table of
Cinder's: Cinder purges its deleted rows, and must be free to.
"""

import sqlalchemy as sa
from oslo_db.sqlalchemy import models
from oslo_db.sqlalchemy import types
from sqlalchemy import orm

from evs_fake.db import columns

#: Their own metadata: comparisons of Cinder's models with the database do
#: not see them.
Base = orm.declarative_base(cls=models.ModelBase)


class Job(Base):
    """What EVS answers ``job_id`` for.

    ``resource_id`` is None for a job that only has sub-jobs. ``goal`` is what
    the resource has once the job has succeeded, by attribute. ``end_time``,
    ``error_code`` and ``fail_reason`` are None until it has ended.
    """

    __tablename__ = 'evs_fake_jobs'

    id = sa.Column(sa.String(36), primary_key=True)
    project_id = sa.Column(sa.String(255), nullable=False, index=True)
    parent_id = sa.Column(sa.String(36), index=True)
    job_type = sa.Column(sa.String(64), nullable=False)
    resource_type = sa.Column(sa.String(64))
    resource_id = sa.Column(sa.String(36), index=True)
    goal = sa.Column(types.JsonEncodedDict(), nullable=False)
    entities = sa.Column(types.JsonEncodedDict(), nullable=False)
    status = sa.Column(sa.String(16), nullable=False)
    begin_time = sa.Column(columns.time(), nullable=False)
    end_time = sa.Column(columns.time())
    error_code = sa.Column(sa.String(32))
    fail_reason = sa.Column(sa.Text)


class Tag(Base):
    """A tag of EVS's or CBR's, on a resource of any type."""

    __tablename__ = 'evs_fake_tags'

    resource_type = sa.Column(sa.String(64), primary_key=True)
    resource_id = sa.Column(sa.String(36), primary_key=True)
    key = sa.Column(columns.exact_text(128), primary_key=True)
    value = sa.Column(columns.exact_text(255), nullable=False)
    project_id = sa.Column(sa.String(255), nullable=False, index=True)


class StandardSnapshot(Base):
    """What EVS's v5 knows of a snapshot beyond Cinder; may be absent.

    ``group_id`` and ``policy_id`` are of the snapshot group that it is a
    member of, and of the policy that made it. ``retention_at`` is when it is
    deleted by itself.
    """

    __tablename__ = 'evs_fake_standard_snapshots'

    snapshot_id = sa.Column(sa.String(36), primary_key=True)
    project_id = sa.Column(sa.String(255), nullable=False, index=True)
    snapshot_type = sa.Column(sa.String(16), nullable=False)
    instant_access = sa.Column(sa.Boolean, nullable=False)
    incremental = sa.Column(sa.Boolean, nullable=False)
    retention_at = sa.Column(columns.time(), index=True)
    group_id = sa.Column(sa.String(36), index=True)
    policy_id = sa.Column(sa.String(36))


class SnapshotGroup(Base):
    """Snapshots of several volumes, asked for together.

    Its members' rows name it; with the last of them it is gone.
    ``is_deleting``: somebody asked for its end.
    """

    __tablename__ = 'evs_fake_snapshot_groups'

    id = sa.Column(sa.String(36), primary_key=True)
    project_id = sa.Column(sa.String(255), nullable=False, index=True)
    name = sa.Column(sa.String(255))
    description = sa.Column(sa.String(255))
    server_id = sa.Column(sa.String(36))
    is_deleting = sa.Column(sa.Boolean, nullable=False)
    created_at = sa.Column(columns.time(), nullable=False)
    updated_at = sa.Column(columns.time())


class SnapshotPolicy(Base):
    """When snapshots of some volumes are made by themselves.

    Either ``repeat_weekdays`` (1 is Monday) is empty or
    ``repeat_interval_days`` is None. ``time_points`` are hours in UTC+8;
    ``next_run_at`` is in UTC, as all times. It makes snapshots in the name
    of the user who made it.
    """

    __tablename__ = 'evs_fake_snapshot_policies'

    id = sa.Column(sa.String(36), primary_key=True)
    project_id = sa.Column(sa.String(255), nullable=False, index=True)
    user_id = sa.Column(sa.String(255))
    name = sa.Column(sa.String(255))
    repeat_weekdays = sa.Column(types.JsonEncodedList(), nullable=False)
    repeat_interval_days = sa.Column(sa.Integer)
    time_points = sa.Column(types.JsonEncodedList(), nullable=False)
    retention_days = sa.Column(sa.Integer, nullable=False)
    next_run_at = sa.Column(columns.time(), nullable=False, index=True)
    created_at = sa.Column(columns.time(), nullable=False)
    updated_at = sa.Column(columns.time())


class SnapshotPolicyVolume(Base):
    """A volume that a snapshot policy is for."""

    __tablename__ = 'evs_fake_snapshot_policy_volumes'

    policy_id = sa.Column(sa.String(36), primary_key=True)
    volume_id = sa.Column(sa.String(36), primary_key=True)


class VolumePerformance(Base):
    """What a volume of a type with performance of its own was given."""

    __tablename__ = 'evs_fake_volume_performance'

    volume_id = sa.Column(sa.String(36), primary_key=True)
    project_id = sa.Column(sa.String(255), nullable=False, index=True)
    iops = sa.Column(sa.Integer)
    throughput = sa.Column(sa.Integer)


class RecyclePolicy(Base):
    """Whether a project's deleted volumes go to the recycle bin.

    Volumes that are younger than ``threshold_time`` days do not; others stay
    there for ``keep_time`` days.
    """

    __tablename__ = 'evs_fake_recycle_policies'

    project_id = sa.Column(sa.String(255), primary_key=True)
    switch = sa.Column(sa.Boolean, nullable=False)
    threshold_time = sa.Column(sa.Integer, nullable=False)
    keep_time = sa.Column(sa.Integer, nullable=False)


class RecycledVolume(Base):
    """A volume in the recycle bin, with the status to bring it back to."""

    __tablename__ = 'evs_fake_recycled_volumes'

    volume_id = sa.Column(sa.String(36), primary_key=True)
    project_id = sa.Column(sa.String(255), nullable=False, index=True)
    status = sa.Column(sa.String(255), nullable=False)
    pre_deleted_at = sa.Column(columns.time(), nullable=False)
    plan_delete_at = sa.Column(columns.time(), nullable=False)


class Credential(Base):
    """An access key of a user in a project, and the secret key to it.

    The secret is kept as it is: who verifies a signature makes it anew. So
    whoever reads this table can sign.
    """

    __tablename__ = 'evs_fake_credentials'

    access_key = sa.Column(sa.String(64), primary_key=True)
    secret_key = sa.Column(sa.String(64), nullable=False)
    user_id = sa.Column(sa.String(255), nullable=False)
    project_id = sa.Column(sa.String(255), nullable=False, index=True)
    roles = sa.Column(types.JsonEncodedList(), nullable=False)
    description = sa.Column(sa.String(255), nullable=False)
    created_at = sa.Column(columns.time(), nullable=False)


class Rule(Base):
    """What is to happen to operations of the driver, see `faults.rules`.

    ``number`` is the order of creation. ``arguments`` are the action's own.
    ``times`` of None is without end. A rule that has been released matches
    no more; ``failure`` is what the operations that it held then fail with,
    None if they go on.
    """

    __tablename__ = 'evs_fake_rules'

    number = sa.Column(sa.Integer, primary_key=True)
    id = sa.Column(sa.String(36), nullable=False, unique=True)
    operation = sa.Column(sa.String(64), nullable=False)
    moment = sa.Column(sa.String(16), nullable=False)
    action = sa.Column(sa.String(16), nullable=False)
    match = sa.Column(types.JsonEncodedDict(), nullable=False)
    arguments = sa.Column(types.JsonEncodedDict(), nullable=False)
    times = sa.Column(sa.Integer)
    description = sa.Column(sa.String(255), nullable=False)
    expires_at = sa.Column(columns.time())
    created_at = sa.Column(columns.time(), nullable=False)
    released_at = sa.Column(columns.time())
    failure = sa.Column(sa.String(1024))
    matched = sa.Column(sa.Integer, nullable=False)
    last_resource_id = sa.Column(sa.String(36))
    last_matched_at = sa.Column(columns.time())


class StatusChange(Base):
    """A status that a resource of Cinder's was committed with.

    Written by triggers (:mod:`evs_fake.db.triggers`), in Cinder's words.
    ``occurred_at`` is UTC, to the microsecond; on SQLite, which knows no
    smaller unit, to the millisecond.
    """

    __tablename__ = 'evs_fake_history'
    __table_args__ = {'sqlite_autoincrement': True}

    number = sa.Column(sa.BigInteger().with_variant(sa.Integer, 'sqlite'),
                       primary_key=True)
    resource_type = sa.Column(sa.String(16), nullable=False)
    resource_id = sa.Column(sa.String(36), nullable=False, index=True)
    project_id = sa.Column(sa.String(255), index=True)
    old_status = sa.Column(sa.String(255))
    new_status = sa.Column(sa.String(255))
    occurred_at = sa.Column(columns.time(), nullable=False, index=True)


class ClientToken(Base):
    """What a client calls a request that is to be done once.

    ``fingerprint`` is the request's; ``answer`` is empty until there is one.
    """

    __tablename__ = 'evs_fake_client_tokens'

    project_id = sa.Column(sa.String(255), primary_key=True)
    token = sa.Column(columns.exact_text(36), primary_key=True)
    fingerprint = sa.Column(sa.String(64), nullable=False)
    answer = sa.Column(types.JsonEncodedDict(), nullable=False)
    created_at = sa.Column(columns.time(), nullable=False, index=True)
