# SPDX-License-Identifier: Apache-2.0
"""What is kept of a run: a row of a file that the documentation shows, a plot.

Both have the ratios of which something is required.
"""

import csv
import datetime
import math
import pathlib
import subprocess
from collections.abc import Sequence

from benchmarks import clouds
from benchmarks import report

_RUN = ('date', 'commit', 'plan', 'load before')


def append(path: pathlib.Path, rows: Sequence[report.Row], plan: str,
           load_before: float) -> None:
    """Add a run to a file of CSV, whose first row names what is in a column.

    A figure that is new gets a column of its own, which former runs have
    empty.

    :param plan: how much was measured
    :param load_before: the machine's load average before the run
    """
    runs: list[dict[str, str]] = []
    columns = list(_RUN)
    if path.exists():
        with path.open(newline='') as source:
            reader = csv.DictReader(source)
            runs = list(reader)
            columns = list(reader.fieldnames or columns)
    figures = {
        f'{row.name} / {row.against}':
            '-' if row.ratio is None else f'{row.ratio:.3g}'
        for row in rows if row.required is not None}
    columns += [name for name in figures if name not in columns]
    runs.append(figures | dict(zip(_RUN, (
        datetime.datetime.now(datetime.UTC).date().isoformat(), _commit(),
        plan, f'{load_before:.1f}'), strict=True)))
    with path.open('w', newline='') as target:
        writer = csv.DictWriter(target, columns, restval='',
                                lineterminator='\n')
        writer.writeheader()
        writer.writerows(runs)


def _commit() -> str:
    """The commit of the code that was run, with a ``+`` if it was changed."""
    told = subprocess.run(
        ['git', 'describe', '--always', '--exclude=*', '--dirty=+'],
        cwd=clouds.ROOT, capture_output=True, text=True)
    return told.stdout.strip() or 'none'


def plot(path: pathlib.Path, rows: Sequence[report.Row]) -> None:
    """Draw each ratio as a part of what is required, on a scale of octaves.

    :param path: matplotlib makes of it what its suffix says
    """
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot
    shown = [row for row in reversed(rows)
             if row.required is not None and row.ratio]
    figure, axes = pyplot.subplots(
        figsize=(9, 1 + 0.3 * len(shown)), layout='constrained')
    # Of what is to be large, the other way round: left of 0 is a pass.
    bars = [math.log2(row.ratio / row.required) * (-1 if row.at_least else 1)
            for row in shown]
    axes.barh(
        [f'{row.name} / {row.against}' for row in shown], bars,
        color=['tab:green' if row.verdict == report.PASS else 'tab:red'
               for row in shown])
    for number, row in enumerate(shown):
        if row.aim is not None:
            axes.plot(math.log2(row.aim / row.required)
                      * (-1 if row.at_least else 1), number, 'k|', ms=12)
    axes.axvline(0, color='black')
    axes.set(xlabel='doublings beyond what is required; a mark is the aim')
    figure.savefig(path)
    pyplot.close(figure)
