# SPDX-License-Identifier: Apache-2.0
"""What a test costs where tests share a cloud, and where each has its own.

``python -m benchmarks.suite`` runs functional tests twice, one after the
other: all against one cloud, as the suite does, and each against a cloud that
``evs-fake serve`` starts for it.  Tests that have a cloud of their own anyway
are left out.  The start of the one cloud is part of the first figure.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import tempfile
import time
import unittest
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from unittest import mock

from benchmarks import client as bench_client
from benchmarks import report
from tests.functional import base
from tests.functional import cloud

#: Of the suite, those whose tests make a cloud's resources one by one.
MODULES = ('tests.functional.test_snapshot_states',
           'tests.functional.test_rollback',
           'tests.functional.test_system_snapshot',
           'tests.functional.test_evs',
           'tests.functional.test_bytes')


class Clouds:
    """What tests get for the one that the suite shares.

    :param each: whether every test has one of its own, else all share one
    """

    def __init__(self, top: pathlib.Path, each: bool) -> None:
        self._top = top
        self._each = each
        self._started: list[cloud.Cloud] = []

    def get(self) -> cloud.Cloud:
        """A cloud for a test that begins."""
        if self._each or not self._started:
            made = cloud.Cloud(self._top / str(time.monotonic_ns()) / 'state')
            made.state_dir.parent.mkdir()
            made.start()
            self._started.append(made)
        return self._started[-1]

    def test_ended(self) -> None:
        """Stop what no test will use any more."""
        if self._each:
            self.close()

    def close(self) -> None:
        """Stop all."""
        while self._started:
            self._started.pop().stop()


def tests_of(names: Iterable[str]) -> Iterator[unittest.TestCase]:
    """The tests of modules that take the cloud which the suite shares."""
    for test in _flat(unittest.defaultTestLoader.loadTestsFromNames(names)):
        if (isinstance(test, base.CloudTestCase) and type(test).make_cloud
                is base.CloudTestCase.make_cloud):
            yield test


def _flat(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _flat(test)
        else:
            yield test


def seconds(tests: Sequence[unittest.TestCase], each: bool,
            progress: Callable[[str], None]) -> float:
    """Seconds that one takes, on average, with its cloud's start and end.

    :raises BenchmarkError: one failed
    """
    with tempfile.TemporaryDirectory(prefix='evs-fake-suite-') as top:
        clouds = Clouds(pathlib.Path(top), each)
        start = time.perf_counter()
        try:
            with mock.patch.object(cloud, 'shared', clouds.get):
                for number, test in enumerate(tests):
                    progress('%d of %d' % (number, len(tests)))
                    result = unittest.TestResult()
                    test.run(result)
                    if not result.wasSuccessful():
                        (_test, said), *_ = result.failures + result.errors
                        raise bench_client.BenchmarkError(
                            '%s failed: %s' % (test.id(), said))
                    clouds.test_ended()
        finally:
            clouds.close()
        return (time.perf_counter() - start) / len(tests)


def measure(names: Sequence[str], progress: Callable[[str], None]
            ) -> report.Row:
    """The line of the report.

    :raises BenchmarkError: a test failed, or there is none
    """
    shared, own = (list(tests_of(names)) for _time in range(2))
    if not shared:
        raise bench_client.BenchmarkError('no test shares a cloud there')
    ours = seconds(shared, False, lambda text: progress('shared: ' + text))
    theirs = seconds(own, True, lambda text: progress('own: ' + text))
    return report.Row(
        'a test, of %d, that share a cloud' % len(shared),
        'a cloud for each', 's', base=theirs, ours=ours, ratio=ours / theirs,
        required=0.1)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks.suite', description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        'modules', nargs='*', metavar='MODULE', default=MODULES,
        help='of tests (default: %s)' % ' '.join(MODULES))
    parser.add_argument('-f', '--format', choices=('table', 'json'),
                        default='table')
    arguments = parser.parse_args()

    try:
        row = measure(arguments.modules, report.progress)
    except bench_client.BenchmarkError as error:
        report.progress('')
        print('error: %s' % error, file=sys.stderr)
        return 1
    report.progress('')
    report.write_rows([row], arguments.format)
    return 0


if __name__ == '__main__':
    sys.exit(main())
