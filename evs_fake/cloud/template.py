# SPDX-License-Identifier: Apache-2.0
"""Databases of new clouds in the user's cache, to copy from.

Running the migrations of a service takes longer than all the rest of its
start.
"""

import contextlib
import logging
import os
import pathlib
import shutil
import sqlite3
import tempfile

LOG = logging.getLogger(__name__)


def path(name: str) -> pathlib.Path:
    """Where a database is kept, if it is."""
    home = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    return pathlib.Path(home) / 'evs-fake' / (name + '.sqlite')


def is_sound(database: pathlib.Path) -> bool:
    """Whether a file is a database that has been migrated at all."""
    if not database.exists():
        return False
    try:
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute('SELECT version_num FROM alembic_version')
            return True
    except sqlite3.OperationalError as error:
        # Made, but no migration ran: that is for the migrations to mend.
        return 'no such table' in str(error)
    except sqlite3.DatabaseError:
        return False


def copy(template: pathlib.Path, database: pathlib.Path) -> None:
    """Make a new database, as a whole: half a one must not pass for it."""
    with tempfile.NamedTemporaryFile(
            dir=database.parent, prefix='.' + database.stem,
            delete=False) as temporary:
        with template.open('rb') as source:
            shutil.copyfileobj(source, temporary)
        os.fsync(temporary.fileno())
    os.rename(temporary.name, database)


def keep(database: pathlib.Path, template: pathlib.Path) -> None:
    """Keep a copy of a new database; that it cannot be kept harms nobody."""
    try:
        template.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=template.parent) as directory:
            temporary = os.path.join(directory, 'copy')
            with contextlib.closing(sqlite3.connect(database)) as source:
                source.execute('VACUUM INTO ?', (temporary,))
            os.rename(temporary, template)
    except (OSError, sqlite3.Error) as error:
        LOG.info('Cannot keep an empty database for the next cloud: %s',
                 error)
