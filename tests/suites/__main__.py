# SPDX-License-Identifier: Apache-2.0
"""Run a suite against a cloud of its own.

Prints what failed, how many tests passed, failed and were skipped, and why.
"""

import argparse
import contextlib
import dataclasses
import functools
import pathlib
import sys
import tempfile
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence

from tests.functional import cloud
from tests.suites import again
from tests.suites import clients
from tests.suites import clouds
from tests.suites import compliance
from tests.suites import result
from tests.suites import tempest

_TEMPEST = {
    'tempest': tempest.PLUGIN,
    'tempest-volume': tempest.VOLUME,
    'cinder-tempest-plugin': tempest.CINDER,
}

_CLIENTS = {
    'cinderclient': clients.CINDER,
    'openstackclient': clients.OPENSTACK,
    'openstacksdk': clients.SDK,
}

_AGAIN = 'tempest-volume-again'
_COMPLIANCE = 'compliance'


@contextlib.contextmanager
def _directory() -> Iterator[pathlib.Path]:
    with tempfile.TemporaryDirectory(prefix='evs-fake-suite-') as name:
        yield pathlib.Path(name)


def _chosen(suite: tempest.Suite | clients.Suite, arguments: Sequence[str]
            ) -> tempest.Suite | clients.Suite:
    """A suite with other tests of its kind, if there are arguments."""
    return (dataclasses.replace(suite, arguments=arguments) if arguments
            else suite)


def _volume_again(arguments: Sequence[str]) -> bool:
    suite = _chosen(tempest.VOLUME, arguments)

    def run(running: cloud.Cloud) -> result.Result:
        with _directory() as directory:
            return tempest.run(running, directory, suite)

    return again.run(run, functools.partial(print, flush=True))


def _against_a_cloud(
        name: str,
        run: Callable[[cloud.Cloud, pathlib.Path, object], result.Result],
        suite: tempest.Suite | clients.Suite) -> bool:
    with clouds.started() as running, _directory() as directory:
        return _report(name, run(running, directory, suite), suite.excluded)


def _report(name: str, ended: result.Result,
            excluded: pathlib.Path | None = None) -> bool:
    if not ended.fine:
        print(ended.report)
    print(ended.summary(name, excluded))
    return ended.fine


def main() -> int:
    parser = argparse.ArgumentParser(prog='python -m tests.suites',
                                     description=__doc__)
    parser.add_argument('suite',
                        choices=[*_TEMPEST, _AGAIN, *_CLIENTS, _COMPLIANCE])
    parser.add_argument(
        'arguments', nargs=argparse.REMAINDER,
        help='of "tempest run", or for the clients of "stestr run", by which '
             'they find other tests of the kind')
    parsed = parser.parse_args()
    if parsed.suite in _TEMPEST:
        fine = _against_a_cloud(
            parsed.suite, tempest.run,
            _chosen(_TEMPEST[parsed.suite], parsed.arguments))
    elif parsed.suite in _CLIENTS:
        fine = _against_a_cloud(
            parsed.suite, clients.run,
            _chosen(_CLIENTS[parsed.suite], parsed.arguments))
    elif parsed.suite == _AGAIN:
        fine = _volume_again(parsed.arguments)
    else:
        fine = _report(parsed.suite, compliance.run())
    return 0 if fine else 1


if __name__ == '__main__':
    sys.exit(main())
