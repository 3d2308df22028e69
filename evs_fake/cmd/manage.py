# SPDX-License-Identifier: Apache-2.0
"""The command ``evs-fake-manage``, for evs-fake in a Cinder of your own."""

import argparse
import sys
from collections.abc import Sequence

from evs_fake.cloud import exception


def parser() -> argparse.ArgumentParser:
    """The command line, for whoever reads or documents it."""
    made = argparse.ArgumentParser(
        prog='evs-fake-manage',
        description='Look after evs-fake in a Cinder of your own. ("evs-fake '
                    'serve" looks after itself.)')
    made.add_argument(
        '--config-file', metavar='F', action='append',
        help='cinder.conf; may be given several times (default: where '
             'Cinder\'s own commands look)')
    commands = made.add_subparsers(metavar='COMMAND', required=True)
    database = commands.add_parser('db', help='our tables in its database')
    of_database = database.add_subparsers(metavar='COMMAND', required=True)
    sync = of_database.add_parser(
        'sync', help='make our tables, or bring them up to date',
        description='Make our tables in Cinder\'s database, or bring them '
                    'up to date. Run "cinder-manage db sync" first.')
    sync.set_defaults(run=_sync)
    return made


def _sync() -> None:
    import sqlalchemy

    from evs_fake import db
    from evs_fake.db import migration
    if not sqlalchemy.inspect(db.get_engine()).has_table('snapshots'):
        raise exception.CloudError(
            'the database has no tables of Cinder\'s; run "cinder-manage db '
            'sync" first')
    migration.db_sync()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    :returns: the exit code: 0, or 1 after one line on stderr.
    """
    parsed = parser().parse_args(arguments)
    try:
        _configure(parsed.config_file)
        parsed.run()
    except exception.CloudError as error:
        print('evs-fake-manage: %s' % error, file=sys.stderr)
        return 1
    return 0


def _configure(config_files: Sequence[str] | None) -> None:
    # These register options, some of them too late once CONF is called.
    import cinder.common.config  # noqa: F401 - see above
    from oslo_config import cfg

    from evs_fake import db  # noqa: F401 - see above
    try:
        cfg.CONF([], project='cinder', default_config_files=config_files)
    except cfg.Error as error:
        raise exception.CloudError(str(error)) from error


if __name__ == '__main__':
    sys.exit(main())
