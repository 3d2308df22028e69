# SPDX-License-Identifier: Apache-2.0
"""All that a cloud has at a moment, to find what a suite left in it."""

import pathlib
from collections.abc import Hashable
from collections.abc import Mapping
from collections.abc import Set

from tests.functional import cloud
from tests.functional import target

#: What is in each table or, with a slash at its end, directory.
Contents = Mapping[str, Set[Hashable]]

#: Tables that tell of what was, and are meant to.
_OF_THE_PAST = {
    'evs_fake_history', 'evs_fake_jobs', 'sqlite_sequence',
    # Tempest sets limits of its projects and types, and removes those. Cinder
    # keeps the limits, and the counts of zero.
    'quotas', 'quota_classes', 'quota_usages'}

_COUNTED = ('SELECT project_id, resource, in_use, reserved FROM quota_usages '
            'WHERE NOT deleted AND (in_use OR reserved)')

#: Everybody's limits, less those of types.
_LIMITS = ("SELECT resource, hard_limit FROM quota_classes "
           "WHERE NOT deleted AND class_name = 'default' AND resource IN ("
           "'volumes', 'snapshots', 'gigabytes', 'per_volume_gigabytes', "
           "'backups', 'backup_gigabytes', 'groups')")


def of(running: cloud.Cloud, daemon: target.TargetDaemon | None = None
       ) -> Contents:
    """What a cloud has, once nothing is under way in it.

    :param daemon: what serves its volumes.
    """
    cloud.until(lambda: not running.unsettled(), 'a cloud at rest')
    found: dict[str, Set[Hashable]] = {
        table: set(_rows(running, table)) for table, in running.stored(
            "SELECT name FROM sqlite_master WHERE type = 'table'")
        if table not in _OF_THE_PAST}
    found['quota_usages'] = set(running.stored(_COUNTED))
    found['quota_classes'] = set(running.stored(_LIMITS))
    for name in ('pools', 'backups', 'volumes'):
        found[name + '/'] = _files(running.state_dir / name)
    if daemon is not None:
        found['targets'] = set(daemon.targets().splitlines())
    return found


def left(before: Contents, after: Contents) -> dict[str, list[Hashable]]:
    """What came and did not go, by where it is."""
    return {name: sorted(more, key=repr) for name in after
            if (more := after[name] - before.get(name, frozenset()))}


def _rows(running: cloud.Cloud, table: str) -> list[tuple]:
    """The primary keys of what is not deleted."""
    columns = running.stored('SELECT name, pk FROM pragma_table_info(?)',
                             table)
    keys = ['"%s"' % name for name, key in columns if key]
    where = (' WHERE NOT deleted' if 'deleted' in {
        name for name, _key in columns} else '')
    return running.stored('SELECT %s FROM "%s"%s' % (
        ', '.join(keys), table, where))


def _files(directory: pathlib.Path) -> set[Hashable]:
    return {str(path.relative_to(directory))
            for path in directory.glob('**/*') if path.is_file()}
