# SPDX-License-Identifier: Apache-2.0
"""Our tables, in Cinder's database.

Their names begin with ``evs_fake_``. None has a foreign key to a table of
Cinder's: Cinder purges its deleted rows, and must be free to.
"""

import sqlalchemy as sa
from oslo_db.sqlalchemy import models
from oslo_db.sqlalchemy import types
from sqlalchemy import orm

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
    begin_time = sa.Column(sa.DateTime, nullable=False)
    end_time = sa.Column(sa.DateTime)
    error_code = sa.Column(sa.String(32))
    fail_reason = sa.Column(sa.Text)


class Tag(Base):
    """A tag of EVS's or CBR's, on a resource of any type."""

    __tablename__ = 'evs_fake_tags'

    resource_type = sa.Column(sa.String(64), primary_key=True)
    resource_id = sa.Column(sa.String(36), primary_key=True)
    key = sa.Column(sa.String(128), primary_key=True)
    value = sa.Column(sa.String(255), nullable=False)
    project_id = sa.Column(sa.String(255), nullable=False, index=True)


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
    pre_deleted_at = sa.Column(sa.DateTime, nullable=False)
    plan_delete_at = sa.Column(sa.DateTime, nullable=False)


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
    created_at = sa.Column(sa.DateTime, nullable=False)
