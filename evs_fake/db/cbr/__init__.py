# SPDX-License-Identifier: Apache-2.0
"""CBR's tables, and functions on them.

What Cinder knows of a volume or a backup is read from Cinder's own tables at
every look, never copied: CBR's states are right after a crash, and whatever
was done through Cinder's own API.
"""

try:
    # Until Cinder 28.
    from cinder.db.sqlalchemy import models as cinder_models
except ImportError:
    from cinder.db import models as cinder_models

__all__ = ('cinder_models',)
