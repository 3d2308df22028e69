# SPDX-License-Identifier: Apache-2.0
"""Indexes by which a page of snapshots costs the same, however many there are.

Cinder's own find a project's snapshots; each page then sorts all of them.
These have them in the order that Cinder's lists have unless another is asked
for: of a project, of a volume, and of a name.
"""

from alembic import op

revision = '0009'
down_revision = '0008'

_ORDER = ('created_at', 'id')
_INDEXES = {
    'evs_fake_snapshots_of_project_idx': ('project_id', 'deleted'),
    'evs_fake_snapshots_of_volume_idx': ('volume_id', 'deleted',
                                         'project_id'),
    'evs_fake_snapshots_of_name_idx': ('project_id', 'deleted',
                                       'display_name'),
}


def upgrade() -> None:
    for name, columns in _INDEXES.items():
        op.create_index(name, 'snapshots', [*columns, *_ORDER])


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, 'snapshots')
