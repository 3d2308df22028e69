# SPDX-License-Identifier: Apache-2.0
"""The database's schema and seeds, brought up to date where need be.

Running the migrations costs a new cloud a fifth of its start, and even
finding that there are none to run costs an old one as much: both import
alembic. So the outcome is remembered:

* beside the database, for which migrations and seeds it was brought up to
  date;
* in the user's cache, a new cloud's database, to copy from.
"""

import contextlib
import hashlib
import importlib.util
import os
import pathlib
import shutil
import sqlite3
import tempfile
from collections.abc import Collection
from collections.abc import Sequence

from oslo_log import log as logging

from evs_fake.cloud import exception
from evs_fake.cloud import seeds
from evs_fake.cloud import state_dir

LOG = logging.getLogger(__name__)


def bring_up_to_date(state: state_dir.StateDir) -> None:
    """Make the cloud's database, or migrate an older one.

    :raises CloudError: if there is one that cannot be used.
    """
    zones = seeds.zones()
    wanted = fingerprint(zones)
    # What is not sown again: an operator may have taken it away.
    text = '\n'.join([wanted, *seeds.TYPES])
    copied = template(wanted)
    is_new = not state.database.exists()
    if is_new and is_sound(copied):
        # Into place as a whole: a half copy must not pass for a database.
        with tempfile.NamedTemporaryFile(
                dir=state.path, prefix='.cinder', delete=False) as copy:
            with copied.open('rb') as source:
                shutil.copyfileobj(source, copy)
            os.fsync(copy.fileno())
        os.rename(copy.name, state.database)
        state.write(state.schema, text)
        return
    if not is_new and not is_sound(state.database):
        raise exception.CloudError(
            'the database %s is damaged. Restore it, or start with another '
            '--state-dir.' % state.database)
    recorded = '' if is_new else _recorded(state)
    if recorded == text:
        return
    _migrate(state, zones, recorded.split('\n')[1:])
    state.write(state.schema, text)
    if is_new:
        _keep(state.database, copied)


def _migrate(state: state_dir.StateDir, zones: Sequence[str],
             sown: Collection[str]) -> None:
    from alembic import util
    from oslo_db import exception as db_exception
    try:
        make(zones, sown)
    except (db_exception.DBError, sqlite3.DatabaseError,
            # It is of a Cinder, or an evs-fake, newer than this one.
            util.CommandError) as error:
        raise exception.CloudError(
            'the database %s cannot be migrated: %s. Restore it, or start '
            'with another --state-dir.' % (
                state.database, str(error).splitlines()[0])) from error


def make(zones: Sequence[str], sown: Collection[str]) -> None:
    """Migrate the configured database, and sow what it has not had."""
    from cinder.db import migration

    from evs_fake.db import migration as our_migration
    migration.db_sync()
    our_migration.db_sync()
    seeds.sow(zones, sown)


def template(fingerprint: str) -> pathlib.Path:
    """Where a new cloud's database is kept, if it is."""
    return _cache() / ('cinder-%s.sqlite' % fingerprint)


def fingerprint(zones: Sequence[str]) -> str:
    """Names the migrations that Cinder and evs-fake have, and the seeds."""
    digest = hashlib.sha256(repr((seeds.TYPES, zones)).encode())
    for name in ('cinder', 'evs_fake'):
        package = importlib.util.find_spec(
            name).submodule_search_locations[0]
        versions = pathlib.Path(package) / 'db' / 'migrations' / 'versions'
        for path in sorted(versions.glob('*.py')):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _recorded(state: state_dir.StateDir) -> str:
    """A fingerprint, and below it what was sown, a line each."""
    try:
        return state.schema.read_text()
    except FileNotFoundError:
        return ''


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


def _cache() -> pathlib.Path:
    home = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    return pathlib.Path(home) / 'evs-fake'


def _keep(database: pathlib.Path, template: pathlib.Path) -> None:
    """Keep a copy of a new database; that it cannot be kept harms nobody."""
    try:
        template.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=template.parent) as directory:
            copy = os.path.join(directory, 'copy')
            with contextlib.closing(sqlite3.connect(database)) as source:
                source.execute('VACUUM INTO ?', (copy,))
            os.rename(copy, template)
    except (OSError, sqlite3.Error) as error:
        LOG.info('Cannot keep an empty database for the next cloud: %s',
                 error)
