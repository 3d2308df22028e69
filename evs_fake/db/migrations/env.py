# SPDX-License-Identifier: Apache-2.0
"""What alembic runs for every command."""

from alembic import context

from evs_fake.db import migration
from evs_fake.db import models
from evs_fake.db.cbr import models as _cbr  # noqa: F401 - adds its tables

context.configure(
    connection=context.config.attributes['connection'],
    target_metadata=models.Base.metadata,
    version_table=migration.VERSION_TABLE)
with context.begin_transaction():
    context.run_migrations()
