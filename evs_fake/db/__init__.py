# SPDX-License-Identifier: Apache-2.0
"""Our tables in Cinder's database, and transactions on it."""

try:
    # Until Cinder 28.
    from cinder.db.sqlalchemy import api
except ImportError:
    from cinder.db import api

#: Cinder's own oslo.db enginefacade context: ``reader.using(context)``.
main_context_manager = api.main_context_manager

get_engine = api.get_engine
