# SPDX-License-Identifier: Apache-2.0
"""The database's schema and seeds, brought up to date where need be.

Running the migrations costs a new cloud a fifth of its start, and even
finding that there are none to run costs an old one as much: both import
alembic. So the outcome is remembered:

* beside the database, for which migrations and seeds it was brought up to
  date;
* in the user's cache, a new cloud's database, to copy from.
"""

import hashlib
import importlib.util
import pathlib
import sqlite3
from collections.abc import Collection
from collections.abc import Sequence

from evs_fake.cloud import exception
from evs_fake.cloud import seeds
from evs_fake.cloud import state_dir
from evs_fake.cloud import template


def bring_up_to_date(state: state_dir.StateDir) -> None:
    """Make the cloud's database, or migrate an older one.

    :raises CloudError: if there is one that cannot be used.
    """
    zones = seeds.zones()
    wanted = fingerprint(zones)
    # What is not sown again: an operator may have taken it away.
    text = '\n'.join([wanted, *seeds.TYPES])
    copied = kept(wanted)
    is_new = not state.database.exists()
    if is_new and template.is_sound(copied):
        template.copy(copied, state.database)
        state.write(state.schema, text)
        return
    if not is_new and not template.is_sound(state.database):
        raise exception.CloudError(
            'the database %s is damaged. Restore it, or start with another '
            '--state-dir.' % state.database)
    recorded = '' if is_new else _recorded(state)
    if recorded == text:
        return
    _migrate(state, zones, recorded.split('\n')[1:])
    state.write(state.schema, text)
    if is_new:
        template.keep(state.database, copied)


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


def kept(fingerprint: str) -> pathlib.Path:
    """Where a new cloud's database is kept, if it is."""
    return template.path('cinder-' + fingerprint)


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
