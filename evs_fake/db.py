# SPDX-License-Identifier: Apache-2.0
"""Transactions on Cinder's database, wherever its release keeps them."""

try:
    # Until Cinder 28.
    from cinder.db.sqlalchemy import api
except ImportError:
    from cinder.db import api

#: Cinder's own oslo.db enginefacade context: ``reader.using(context)``.
main_context_manager = api.main_context_manager
