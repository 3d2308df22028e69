# SPDX-License-Identifier: Apache-2.0
"""How the cost of requests grows with the number of snapshots.

``python -m benchmarks.growth DIR`` measures a running cloud: DIR has its
``endpoint.json``, which names its database (that of ``evs-fake serve`` is in
DIR).  The snapshots of a project are put straight into the database, as copies
of one that was made; only their number differs from one step to the next.
"""

import argparse
import dataclasses
import datetime
import json
import pathlib
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

import sqlalchemy as sa

from benchmarks import client as bench_client

SIZES = (1_000, 10_000, 100_000)

#: Snapshots of one volume.
_OF_A_VOLUME = 100

#: Resources of one page.
PAGE = 20

#: Rows of one transaction.
_BATCH = 2_000

#: Requests of which the median is taken.
_REQUESTS = 30


@dataclasses.dataclass(frozen=True)
class Step:
    """What one number of snapshots costs.

    :ivar size: how many there are.
    :ivar medians: milliseconds, by what was measured.
    """

    size: int
    medians: Mapping[str, float]


class Filler:
    """Copies rows of a cloud's database.

    :param url: SQLAlchemy's.
    """

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url, poolclass=sa.NullPool)
        tables = sa.MetaData()
        tables.reflect(self._engine, only=('volumes', 'snapshots'))
        self._volumes = tables.tables['volumes']
        self._snapshots = tables.tables['snapshots']

    def fill(self, volume_id: str, snapshot_id: str, count: int) -> None:
        """Add copies of a snapshot, of new volumes that are copies, too."""
        with self._engine.connect() as connection:
            volume = self._row(connection, self._volumes, volume_id)
            snapshot = self._row(connection, self._snapshots, snapshot_id)
        owners = [str(uuid.uuid4())
                  for _number in range(-(-count // _OF_A_VOLUME))]
        self._insert(self._volumes, (
            volume | {'id': id_, 'display_name': 'copy'} for id_ in owners))
        self._insert(self._snapshots, (
            snapshot | {
                'id': str(uuid.uuid4()),
                'display_name': 'copy-%d' % number,
                'volume_id': owners[number // _OF_A_VOLUME],
                'created_at': snapshot['created_at'] - datetime.timedelta(
                    seconds=number + 1)}
            for number in range(count)))
        with self._engine.connect().execution_options(
                isolation_level='AUTOCOMMIT') as connection:
            # As servers do by themselves, some time after such a load.
            connection.exec_driver_sql(
                'ANALYZE TABLE snapshots, volumes'
                if self._engine.dialect.name == 'mysql' else 'ANALYZE')

    @staticmethod
    def _row(connection: sa.Connection, table: sa.Table, id_: str) -> dict:
        return dict(connection.execute(sa.select(table).where(
            table.c.id == id_)).mappings().one())

    def _insert(self, table: sa.Table, rows: Iterator[dict]) -> None:
        waiting: list[dict] = []
        for row in rows:
            waiting.append(row)
            if len(waiting) == _BATCH:
                self._commit(table, waiting)
                waiting = []
        if waiting:
            self._commit(table, waiting)

    def _commit(self, table: sa.Table, rows: Sequence[dict]) -> None:
        with self._engine.begin() as connection:
            connection.execute(sa.insert(table), rows)


class Growth:
    """The measurement of one cloud.

    :param endpoint: its ``endpoint.json``.
    :param database: SQLAlchemy's URL.
    """

    def __init__(self, endpoint: Mapping[str, str], database: str) -> None:
        # A project of its own: what else there is stays out of the lists.
        project = uuid.uuid4().hex
        self._native = bench_client.Client(endpoint['url'], project)
        self._evs = bench_client.Client(endpoint['url'], project, 'v2')
        self._control = bench_client.Client(
            endpoint['url'], project, 'evs-fake/v1', in_path=False)
        self._filler = Filler(database)

    def run(self, sizes: Sequence[int],
            progress: Callable[[str], None]) -> list[Step]:
        """Measure at each size, which go up.

        :raises BenchmarkError: the cloud does not do what is asked.
        """
        self._native.lift_quotas()
        volume = self._native.make_volume()
        snapshot = self._make(volume)
        steps, there = [], 1
        for size in sizes:
            progress('%d snapshots' % size)
            self._filler.fill(volume, snapshot, size - there)
            steps.append(Step(size, self._measure(volume, snapshot, size)))
            there = size + _REQUESTS
        return steps

    def _make(self, volume: str) -> str:
        made = self._native.insist('POST', '/snapshots', {
            'snapshot': {'volume_id': volume}})['snapshot']['id']
        if not self._native.wait_status(
                '/snapshots/' + made, 'snapshot', 'available'):
            raise bench_client.BenchmarkError('a snapshot is in "error"')
        return made

    def _measure(self, volume: str, snapshot: str, size: int
                 ) -> dict[str, float]:
        middle = self._native.insist(
            'GET', '/snapshots?limit=1&offset=%d' % (size // 2))[
                'snapshots'][0]['id']
        last = self._control.insist('GET', '/history?limit=1000')['cursor']
        details = '/snapshots/detail?limit=%d' % PAGE
        asked = {
            'show': (self._native, '/snapshots/' + snapshot),
            'list, first page': (self._native, details),
            'list, page in the middle': (
                self._native, details + '&marker=' + middle),
            'list by name': (self._native, details + '&name=copy-7'),
            'list of a volume': (
                self._native, details + '&volume_id=' + volume),
            'EVS list, first page': (
                self._evs, '/cloudsnapshots/detail?limit=%d' % PAGE),
            'history, first page': (
                self._control, '/history?limit=%d' % PAGE),
            'history, behind a cursor': (
                self._control, '/history?limit=%d&after=%d' % (PAGE, last)),
            'history of one': (
                self._control, '/history?resource_id=' + snapshot),
        }
        medians = {
            name: self._median(lambda of=of, path=path:
                               of.insist('GET', path))
            for name, (of, path) in asked.items()}
        medians['create to available'] = self._median(
            lambda: self._make(volume))
        return medians

    @staticmethod
    def _median(request: Callable[[], object]) -> float:
        taken = []
        for _number in range(_REQUESTS):
            begun = time.perf_counter()
            request()
            taken.append(time.perf_counter() - begun)
        return statistics.median(taken) * 1000


def as_table(steps: Sequence[Step]) -> str:
    """Milliseconds by number of snapshots, and the last over the first."""
    width = max(len(name) for name in steps[0].medians)
    lines = ['%-*s' % (width, 'ms (p50)') + ''.join(
        '%12s' % format(step.size, ',') for step in steps)
        + '%12s' % 'growth']
    for name, first in steps[0].medians.items():
        lines.append('%-*s' % (width, name) + ''.join(
            '%12.1f' % step.medians[name] for step in steps)
            + '%11.1fx' % (steps[-1].medians[name] / first))
    return '\n'.join(lines) + '\n'


def plot(steps: Sequence[Step], path: pathlib.Path) -> None:
    """Draw the same; matplotlib makes of it what the file's suffix says."""
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(8, 5), layout='constrained')
    for name in steps[0].medians:
        axes.plot([step.size for step in steps],
                  [step.medians[name] for step in steps],
                  marker='o', label=name)
    axes.set(xscale='log', yscale='log', xlabel='snapshots of the project',
             ylabel='ms (p50)')
    axes.grid(which='both', alpha=0.3)
    figure.legend(loc='outside right upper')
    figure.savefig(path)


def database_of(directory: pathlib.Path, endpoint: Mapping[str, str]) -> str:
    """SQLAlchemy's URL of the database of a cloud."""
    return endpoint.get('database') or 'sqlite:///%s' % (
        directory / 'cinder.sqlite').resolve()


def main() -> int:
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks.growth', description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('directory', metavar='DIR', type=pathlib.Path)
    parser.add_argument(
        '--sizes', metavar='N', type=int, nargs='+', default=SIZES,
        help='numbers of snapshots, going up (default: %s)' % ' '.join(
            map(str, SIZES)))
    parser.add_argument(
        '--plot', metavar='FILE', type=pathlib.Path,
        help='draw a plot, too (.svg, .png; needs matplotlib)')
    arguments = parser.parse_args()
    endpoint = json.loads(
        (arguments.directory / 'endpoint.json').read_text())
    growth = Growth(endpoint, database_of(arguments.directory, endpoint))
    try:
        steps = growth.run(arguments.sizes,
                           lambda text: print(text, file=sys.stderr))
    except bench_client.BenchmarkError as error:
        print('error: %s' % error, file=sys.stderr)
        return 1
    print(as_table(steps), end='')
    if arguments.plot:
        plot(steps, arguments.plot)
    return 0


if __name__ == '__main__':
    sys.exit(main())
