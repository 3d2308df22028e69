# SPDX-License-Identifier: Apache-2.0
"""Glance's process."""

import os
import pathlib
from collections.abc import Callable
from typing import Any

from evs_fake.cloud import sqlite
from evs_fake.cloud import state_dir
from evs_fake.cloud.child import database
from evs_fake.cloud.child import process


def make(settings: dict[str, Any]) -> Callable:
    """Glance's WSGI application.

    :param settings: ``state_dir``.
    """
    state = state_dir.StateDir(pathlib.Path(settings['state_dir']))
    conf = state.image_settings
    database.bring_up_to_date(
        'glance', state.image_database,
        ['-m', 'glance.cmd.manage', '--config-file', str(conf), 'db', 'sync'],
        state.image_log)
    for name in ('store', 'staging', 'tasks', 'cache'):
        (state.image / name).mkdir(mode=0o700, exist_ok=True)
    os.environ['OS_GLANCE_CONFIG_DIR'] = str(conf.parent)
    from glance.common import wsgi_app
    from glance.db.sqlalchemy import api
    # As with Keystone, there is no other way to it.
    sqlite.configure(api._get_main_context_manager())
    return wsgi_app.init_app()


if __name__ == '__main__':
    process.run(make)
