# SPDX-License-Identifier: Apache-2.0
"""What the amount of data costs: snapshots, copies, rollbacks.

``python -m benchmarks.content DIR`` measures evs-fake on the file system that
DIR is of.  Where files can share blocks (XFS and Btrfs), a snapshot of much
data is compared with one of little, and a rollback with the revert that Cinder
itself would do by copying.  Elsewhere the bytes of a snapshot per second are
compared with those of ``cp --sparse=always``, both until they are on disk.
"""

import argparse
import functools
import os
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable

from benchmarks import client as bench_client
from benchmarks import clouds
from benchmarks import operations
from benchmarks import report

_MIB = 1 << 20
_GIB = 1 << 30
#: The first microversion that has the revert.
_REVERT = '3.40'
#: Of a volume with little data.
_LITTLE = 10 * _MIB

_GENERIC = '\n'.join(
    '[%s]\nvolume_driver = benchmarks.generic_revert.Driver\n' % backend
    for backend in ('evs-1', 'evs-2'))

_SNAPSHOT = functools.partial(
    report.Row, 'snapshot of much data', 'of 10 MiB', 's', required=1.2,
    aim=1.05)
_ROLLBACK = functools.partial(
    report.Row, 'rollback', 'generic revert', 's', required=0.02, aim=0.005)
_COPY = functools.partial(
    report.Row, 'data of a snapshot', 'cp --sparse=always', 'MiB/s',
    required=0.9, aim=1.0, at_least=True)


class Volume:
    """A volume with data, of a cloud.

    :param url: the cloud's root
    :param size: bytes of data, a multiple of 1 MiB
    """

    def __init__(self, url: str, size: int) -> None:
        self.client = bench_client.Client(
            url, uuid.uuid4().hex, microversion=_REVERT)
        self.client.lift_quotas()
        self.size = size
        self.id, self.path = operations.attached(
            self.client, -(-size // _GIB))
        self.write()

    def write(self) -> None:
        """Write other data, until it is on the disk."""
        block = os.urandom(_MIB)
        with self.path.open('r+b') as device:
            for number in range(self.size // _MIB):
                # No two blocks are the same, and none costs much to make.
                device.write(number.to_bytes(8) + block[8:])
            device.flush()
            os.fsync(device.fileno())

    def timed_snapshot(self) -> float:
        """Seconds until a snapshot is available; it is deleted again."""
        taken, snapshot = operations.timed_create(self.client, self.id)
        operations.timed_delete(self.client, snapshot)
        return taken

    def timed_rollback(self) -> float:
        """Seconds from the request for a revert until it has ended."""
        _taken, snapshot = operations.timed_create(self.client, self.id)
        self.write()
        path = '/volumes/' + self.id
        start = time.perf_counter()
        self.client.insist('POST', path + '/action', {
            'revert': {'snapshot_id': snapshot}})
        status = None
        # It may be much longer than any other wait: Cinder copies.
        while status != 'available':
            time.sleep(bench_client.POLL_S)
            status = self.client.insist('GET', path)['volume']['status']
            if status.startswith('error'):
                raise bench_client.BenchmarkError(
                    'the volume is in "%s" after a revert' % status)
        taken = time.perf_counter() - start
        operations.timed_delete(self.client, snapshot)
        return taken

    def timed_copy(self, target: pathlib.Path) -> float:
        """Seconds until ``cp`` has copied it, and it is on the disk."""
        start = time.perf_counter()
        subprocess.run(['cp', '--sparse=always', '--reflink=never',
                        self.path, target], check=True)
        descriptor = os.open(target, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
        taken = time.perf_counter() - start
        target.unlink()
        return taken


def shares_blocks(directory: pathlib.Path) -> bool:
    """Whether files in a directory can share their blocks."""
    with tempfile.TemporaryDirectory(dir=directory) as temporary:
        source = pathlib.Path(temporary, 'source')
        source.write_bytes(bytes(_MIB))
        return subprocess.run(
            ['cp', '--reflink=always', source, source.with_name('target')],
            stderr=subprocess.DEVNULL, check=False).returncode == 0


def _in_turns(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """The median of each, after one that does not count."""
    samples = [[measure() for measure in measures]
               for _number in range(rounds + 1)][1:]
    return [statistics.median(column) for column in zip(
        *samples, strict=True)]


def measure(directory: pathlib.Path, size: int, rounds: int,
            progress: Callable[[str], None]) -> list[report.Row]:
    """What there is to be measured on a file system.

    :param size: bytes of much data, a multiple of 1 MiB
    :raises BenchmarkError: a cloud did not do what it was asked
    """
    command = clouds.evs_fake_command()
    with clouds.Cloud('evs-fake', command, directory / 'evs-fake') as ours:
        progress('writing data')
        much = Volume(ours.url, size)
        if not shares_blocks(directory):
            progress('snapshots and copies')
            seconds, copied = _in_turns(
                rounds, much.timed_snapshot,
                lambda: much.timed_copy(directory / 'copy'))
            return [_row(_COPY, size / _MIB / seconds, size / _MIB / copied)]
        progress('snapshots')
        little = Volume(ours.url, _LITTLE)
        rows = [_row(_SNAPSHOT, *_in_turns(
            rounds, much.timed_snapshot, little.timed_snapshot))]
        generic = directory / 'generic.conf'
        generic.write_text(_GENERIC)
        progress('rollbacks')
        with clouds.Cloud('generic', '%s --config-file %s' % (
                # Its driver is in this tree, which is where it is started.
                shlex.join((sys.executable, '-m', 'evs_fake.cmd.evs_fake',
                            *shlex.split(command)[1:])),
                shlex.quote(str(generic))), directory / 'generic') as theirs:
            rows.append(_row(_ROLLBACK, *_in_turns(
                rounds, much.timed_rollback,
                Volume(theirs.url, size).timed_rollback)))
    return rows


def _row(what: Callable[..., report.Row], ours: float, base: float
         ) -> report.Row:
    return what(base=base, ours=ours, ratio=ours / base)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks.content', description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        'directory', metavar='DIR', type=pathlib.Path,
        help='with room for six times as much data')
    parser.add_argument('--mib', metavar='N', type=int, default=10 * 1024,
                        help='of much data (default: %(default)s)')
    parser.add_argument('--rounds', metavar='N', type=int, default=3,
                        help='of which the median is taken '
                             '(default: %(default)s)')
    parser.add_argument('-f', '--format', choices=('table', 'json'),
                        default='table')
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(
            dir=arguments.directory, prefix='evs-fake-content-') as top:
        try:
            rows = measure(pathlib.Path(top), arguments.mib * _MIB,
                           arguments.rounds,
                           lambda text: print(text, file=sys.stderr))
        except bench_client.BenchmarkError as error:
            print('error: %s' % error, file=sys.stderr)
            return 1
    report.write_rows(rows, arguments.format)
    return 0


if __name__ == '__main__':
    sys.exit(main())
