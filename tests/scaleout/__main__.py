# SPDX-License-Identifier: Apache-2.0
"""Cinder with evs-fake, scaled out for real, and what is shown on it.

Needs PostgreSQL or MariaDB, RabbitMQ on this machine (rabbitmqctl) and Redis,
and what requirements.txt beside this file names.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import signal
import sys
import tempfile
import unittest
from types import FrameType
from typing import NoReturn

from tests.scaleout import deployment
from tests.scaleout import servers

_DATABASES = {'postgresql': servers.POSTGRESQL, 'mariadb': servers.MARIADB}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m tests.scaleout', description=__doc__)
    parser.add_argument(
        '--database', choices=sorted(_DATABASES), default='postgresql',
        help='kind of database (default: %(default)s)')
    parser.add_argument(
        '--database-url', metavar='URL',
        help='some database of a server on which a user may make more '
             '(default: as Debian sets them up here, %s)' % ', '.join(
                 _DATABASES.values()))
    parser.add_argument('--rabbitmq', metavar='URL',
                        default=servers.RABBITMQ,
                        help='(default: %(default)s)')
    parser.add_argument('--redis', metavar='URL', default=servers.REDIS,
                        help='(default: %(default)s)')
    parser.add_argument(
        '--prefix', metavar='DIR', type=pathlib.Path,
        default=pathlib.Path(sys.prefix),
        help='virtual environment whose Cinder, evs-fake and uwsgi run '
             '(default: this one)')
    parser.add_argument('--eventlet', action='store_true',
                        help='services on green threads')
    commands = parser.add_subparsers(metavar='COMMAND', required=True)
    serve = commands.add_parser(
        'serve', help='two of each service, until Ctrl-C')
    serve.set_defaults(run=_serve)
    suites = commands.add_parser(
        'suites', help='the functional tests on it')
    suites.add_argument('only', nargs='?', default='', metavar='REGEX',
                        help='of tests')
    suites.set_defaults(run=_suites)
    kills = commands.add_parser(
        'kills', help='kill services, and whoever they depend on, amid '
                      'operations')
    kills.add_argument('only', nargs='*', metavar='TEST',
                       help='such as test_scheduler')
    kills.set_defaults(run=_kills)
    tempest = commands.add_parser(
        'tempest', help='the tempest plugin\'s tests, with Keystone')
    tempest.add_argument('arguments', nargs=argparse.REMAINDER,
                         help='of "tempest run", in the place of its tests')
    tempest.set_defaults(run=_tempest)
    throughput = commands.add_parser(
        'throughput', help='one and two of each service')
    throughput.add_argument('--rounds', metavar='N', type=int, default=2,
                            help='(default: %(default)s)')
    throughput.set_defaults(run=_throughput)
    growth = commands.add_parser(
        'growth', help='benchmarks.growth on it')
    growth.add_argument('--sizes', metavar='N', type=int, nargs='+')
    growth.add_argument('--plot', metavar='FILE', type=pathlib.Path)
    growth.set_defaults(run=_growth)
    return parser


def _plan(parsed: argparse.Namespace, count: int = 2) -> deployment.Plan:
    return deployment.Plan(
        database=parsed.database_url or _DATABASES[parsed.database],
        rabbitmq=parsed.rabbitmq, redis=parsed.redis, count=count,
        eventlet=parsed.eventlet, prefix=parsed.prefix.absolute())


def _serve(parsed: argparse.Namespace) -> bool:
    with deployment.Deployment(_plan(parsed)) as running:
        print('%s: %s' % (running.top, running.urls['api']), flush=True)
        try:
            while True:
                signal.pause()
        except KeyboardInterrupt:
            return True


def _suites(parsed: argparse.Namespace) -> bool:
    from tests.scaleout import suites
    with deployment.Deployment(_plan(parsed)) as running:
        return suites.Suites(running.top, parsed.only).run()


def _kills(parsed: argparse.Namespace) -> bool:
    with deployment.Deployment(_plan(parsed)) as running:
        from tests.functional import deployed
        os.environ[deployed.VARIABLE] = str(running.top)
        from tests.scaleout import kills
        result = unittest.TextTestRunner(verbosity=2).run(
            kills.suite(running, parsed.only))
    return bool(result.testsRun) and result.wasSuccessful()


def _tempest(parsed: argparse.Namespace) -> bool:
    from tests.functional import deployed
    from tests.suites import tempest
    suite = tempest.PLUGIN
    if parsed.arguments:
        suite = dataclasses.replace(suite, arguments=parsed.arguments)
    plan = dataclasses.replace(_plan(parsed), keystone=True)
    with (deployment.Deployment(plan) as running,
          tempfile.TemporaryDirectory(prefix='evs-fake-tempest-') as name):
        ended = tempest.run(deployed.Deployed(running.top),
                            pathlib.Path(name), suite)
    if not ended.fine:
        print(ended.report)
    print(ended.summary('tempest, ' + parsed.database))
    return ended.fine


def _throughput(parsed: argparse.Namespace) -> bool:
    from tests.scaleout import throughput
    samples: dict[int, list] = {1: [], 2: []}
    for _round in range(parsed.rounds):
        for count, taken in samples.items():
            with deployment.Deployment(_plan(parsed, count)) as running:
                taken.append(throughput.measure(running))
    print(throughput.as_table(samples), end='')
    return True


def _growth(parsed: argparse.Namespace) -> bool:
    from benchmarks import growth
    with deployment.Deployment(_plan(parsed)) as running:
        endpoint = json.loads((running.top / 'endpoint.json').read_text())
        steps = growth.Growth(endpoint, endpoint['database']).run(
            parsed.sizes or growth.SIZES,
            lambda text: print(text, file=sys.stderr))
    print(growth.as_table(steps), end='')
    if parsed.plot:
        growth.plot(steps, parsed.plot)
    return True


def _end(signum: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + signum)


def main() -> int:
    """Run the command line.

    :returns: the exit code: 0 if all is as it should be.
    """
    parsed = _parser().parse_args()
    # Unwinding is what ends the services, and drops their database.
    signal.signal(signal.SIGTERM, _end)
    return 0 if parsed.run(parsed) else 1


if __name__ == '__main__':
    sys.exit(main())
