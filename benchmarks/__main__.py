# SPDX-License-Identifier: Apache-2.0
"""Compare evs-fake with stock Cinder in one process, and with moto.

All run at the same time on this machine and are measured in turns by one
client process.  The figures that count are the ratios of medians, evs-fake
over the others.  The exit status is 0 when everything was measured, 1 when it
could not be.
"""

import argparse
import dataclasses
import pathlib
import signal
import sys
import tempfile
from types import FrameType
from typing import NoReturn

from benchmarks import client as bench_client
from benchmarks import clouds
from benchmarks import measures
from benchmarks import profiler
from benchmarks import record
from benchmarks import report

#: What the documentation shows, seen from the root of the repository.
RECORD = 'doc/source/contributor/benchmarks.csv'


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f'{text} is not positive')
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks', description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        '-f', '--format', choices=('table', 'json'), default='table',
        help='how the results are written to stdout (default: %(default)s)')
    parser.add_argument(
        '--quick', action='store_true',
        help='about a minute instead of about five, with more noise')
    parser.add_argument(
        '--rounds', type=_positive, metavar='N',
        help='rounds with one client of each cloud (default: '
             f'{measures.FULL.rounds}, quick {measures.QUICK.rounds})')
    parser.add_argument(
        '--work-dir', type=pathlib.Path, metavar='DIR',
        help='an existing directory for the state of the clouds; its file '
             'system is part of what is measured (default: that of '
             'temporary files)')
    parser.add_argument(
        '--stock', metavar='COMMAND', default=clouds.stock_command(),
        help='the command line that runs stock; {state_dir} in it becomes '
             'the state directory (default: %(default)s)')
    parser.add_argument(
        '--evs-fake', metavar='COMMAND', default=clouds.evs_fake_command(),
        help='the same for evs-fake (default: %(default)s)')
    parser.add_argument(
        '--moto', metavar='COMMAND', default=clouds.moto_command(),
        help='the same for moto, whose output is to name its URL; an empty '
             'one leaves moto out (default: %(default)s)')
    parser.add_argument(
        '--record', type=pathlib.Path, metavar='FILE',
        help='add the ratios to a file of CSV; that of the documentation is '
             f'{RECORD}')
    parser.add_argument(
        '--plot', type=pathlib.Path, metavar='FILE',
        help='draw the ratios (.svg, .png; needs matplotlib)')
    parser.add_argument(
        '--profile', type=pathlib.Path, metavar='FILE',
        help='afterwards, profile evs-fake with py-spy while snapshots are '
             'created, and write a flame graph (SVG) to FILE')
    return parser


def _end(signum: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + signum)


def main() -> int:
    """Run the benchmarks.

    :returns: the process's exit status
    """
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.profile and profiler.find() is None:
        parser.error('--profile needs py-spy, which is not installed')
    plan = measures.QUICK if arguments.quick else measures.FULL
    if arguments.rounds:
        plan = dataclasses.replace(plan, rounds=arguments.rounds)
    commands = {measures.STOCK: arguments.stock,
                measures.MOTO: arguments.moto,
                measures.OURS: arguments.evs_fake}
    if not arguments.moto:
        del commands[measures.MOTO]
    # Unwinding is what stops the clouds and removes their directories.
    signal.signal(signal.SIGTERM, _end)
    try:
        with tempfile.TemporaryDirectory(
                prefix='evs-fake-benchmarks-',
                dir=arguments.work_dir) as work_dir:
            benchmark = measures.Benchmark(
                commands, plan, pathlib.Path(work_dir).resolve(),
                report.progress)
            samples = benchmark.run(arguments.profile)
    except bench_client.BenchmarkError as exc:
        report.progress('')
        print(f'error: {exc}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    report.progress('')
    report.write(report.as_json(samples) if arguments.format == 'json'
                 else report.as_table(samples))
    rows = report.rows(samples)
    if arguments.record:
        record.append(arguments.record, rows,
                      'quick' if arguments.quick else 'full',
                      samples.load_before)
    if arguments.plot:
        record.plot(arguments.plot, rows)
    return 0


if __name__ == '__main__':
    sys.exit(main())
