# SPDX-License-Identifier: Apache-2.0
"""Cinder's tables, for queries that join ours with them.

What Cinder knows of a resource is read from there at every look, never
copied: our views are right after a crash, and whatever was done through
Cinder's own API. Cinder marks a row as deleted and keeps it.
"""

try:
    # Until Cinder 28.
    from cinder.db.sqlalchemy import models
except ImportError:
    from cinder.db import models

Backup = models.Backup
BackupMetadata = models.BackupMetadata
Message = models.Message
Quota = models.Quota
QuotaClass = models.QuotaClass
QuotaUsage = models.QuotaUsage
Reservation = models.Reservation
Snapshot = models.Snapshot
Volume = models.Volume
