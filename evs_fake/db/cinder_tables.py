# SPDX-License-Identifier: Apache-2.0
"""What our queries read of Cinder's tables.

The schema is the contract here: Cinder moved its models' module between the
supported releases, but not these columns. Cinder marks a row as deleted and
keeps it.
"""

import sqlalchemy as sa

SNAPSHOTS = sa.table(
    'snapshots',
    sa.column('id', sa.String), sa.column('deleted', sa.Boolean),
    sa.column('project_id', sa.String), sa.column('volume_id', sa.String),
    sa.column('status', sa.String), sa.column('progress', sa.String),
    sa.column('volume_size', sa.Integer),
    sa.column('display_name', sa.String),
    sa.column('display_description', sa.String),
    sa.column('encryption_key_id', sa.String),
    sa.column('created_at', sa.DateTime), sa.column('updated_at', sa.DateTime))

VOLUMES = sa.table(
    'volumes',
    sa.column('id', sa.String), sa.column('deleted', sa.Boolean),
    sa.column('availability_zone', sa.String))
