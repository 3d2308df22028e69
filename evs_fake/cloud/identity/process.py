# SPDX-License-Identifier: Apache-2.0
"""Keystone's process."""

import os
import pathlib
import sys
from collections.abc import Callable
from typing import Any

from evs_fake.cloud import sqlite
from evs_fake.cloud import state_dir
from evs_fake.cloud.child import database
from evs_fake.cloud.child import process


def make(settings: dict[str, Any]) -> Callable:
    """Keystone's WSGI application, with all that the cloud has in it.

    :param settings: ``state_dir``, and the arguments of ``bootstrap``.
    """
    state = state_dir.StateDir(pathlib.Path(settings['state_dir']))
    conf = str(state.identity_settings)
    database.bring_up_to_date(
        'keystone', state.identity_database,
        # The module of its command is none to be run.
        ['-c', 'from keystone.cmd import manage; manage.main()',
         '--config-file', conf, 'db_sync'],
        state.identity_log)
    # What it would read beside the file.
    sys.argv[1:] = []
    os.environ['OS_KEYSTONE_CONFIG_FILES'] = conf
    from keystone.common.sql import core
    from keystone.server import wsgi
    # Keystone has no other way to it: its own services configure databases
    # by options only.
    sqlite.configure(core._get_main_context_manager())
    _make_keys(state)
    app = wsgi.initialize_public_application()
    from evs_fake.cloud.identity import bootstrap
    bootstrap.bootstrap(settings['passwords'], settings['catalog'])
    return app


def _make_keys(state: state_dir.StateDir) -> None:
    """Make the keys of tokens and credentials, unless there are some."""
    from keystone.common import fernet_utils
    for repository in (state.token_keys, state.credential_keys):
        # Nobody rotates them: a key that is put aside is enough.
        keys = fernet_utils.FernetUtils(str(repository), 3, repository.name)
        keys.create_key_directory()
        keys.initialize_key_repository()


if __name__ == '__main__':
    process.run(make)
