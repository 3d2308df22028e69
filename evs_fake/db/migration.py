# SPDX-License-Identifier: Apache-2.0
"""Bringing our tables up to date, beside Cinder's migrations of its own."""

import pathlib

import alembic.command
import alembic.config

from evs_fake import db
from evs_fake.db import triggers

#: Where alembic keeps our revision; ``alembic_version`` is Cinder's.
VERSION_TABLE = 'evs_fake_alembic_version'

DIRECTORY = pathlib.Path(__file__).parent / 'migrations'


def config() -> alembic.config.Config:
    """Alembic's configuration for our migrations."""
    made = alembic.config.Config()
    made.set_main_option('script_location',
                         str(DIRECTORY).replace('%', '%%'))
    return made


def db_sync(version: str = 'head') -> None:
    """Migrate to a revision; Cinder's own migrations must have run.

    :raises alembic.util.CommandError: the database has a revision that this
        version of evs-fake does not know.
    """
    _run(alembic.command.upgrade, version)
    if version == 'head':
        with db.get_engine().begin() as connection:
            triggers.create(connection)


def db_downgrade(version: str) -> None:
    """Take migrations back; ``base`` leaves nothing of ours."""
    _run(alembic.command.downgrade, version)


def _run(command, version: str) -> None:
    made = config()
    with db.get_engine().begin() as connection:
        made.attributes['connection'] = connection
        command(made, version)
