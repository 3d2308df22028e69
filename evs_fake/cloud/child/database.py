# SPDX-License-Identifier: Apache-2.0
"""The database of a service that has its own command for migrations."""

import importlib.metadata
import pathlib
import subprocess
import sys
from collections.abc import Sequence

from evs_fake.cloud import exception
from evs_fake.cloud import template


def bring_up_to_date(package: str, database: pathlib.Path,
                     migrate: Sequence[str], log: pathlib.Path) -> None:
    """Make a database, or migrate an older one.

    :param package: whose; what it was migrated to is the version of that.
    :param migrate: arguments of Python that run the migrations.
    :param log: gets what they say.
    :raises CloudError: they failed, or the database is damaged.
    """
    version = importlib.metadata.version(package)
    kept = template.path('%s-%s' % (package, version))
    recorded = database.with_suffix('.version')
    is_new = not database.exists()
    if is_new and template.is_sound(kept):
        template.copy(kept, database)
        recorded.write_text(version)
        return
    if not is_new and not template.is_sound(database):
        raise exception.CloudError(
            'the database %s is damaged. Restore it, or start with another '
            '--state-dir.' % database)
    if not is_new and recorded.exists() and recorded.read_text() == version:
        return
    with log.open('ab') as output:
        ended = subprocess.run(  # noqa: S603 - modules that we name  # nosec B603
            [sys.executable, *migrate], stdin=subprocess.DEVNULL,
            stdout=output, stderr=output)
    if ended.returncode:
        raise exception.CloudError(
            'the database %s cannot be migrated; see the log, %s. Restore '
            'it, or start with another --state-dir.' % (database, log))
    recorded.write_text(version)
    if is_new:
        template.keep(database, kept)
