# SPDX-License-Identifier: Apache-2.0
"""Turn samples into ratios of medians, and those into a table or JSON."""

import dataclasses
import itertools
import json
import os
import platform
import statistics
import sys
from importlib import metadata

from benchmarks import measures
from benchmarks import operations

PASS = 'PASS'
MISS = 'MISS'


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the report.

    :param name: what was measured
    :param unit: the unit of both values
    :param stock: stock's value, None when it has none
    :param ours: evs-fake's value, None when it was not measured
    :param ratio: ours over stock's
    :param spread: the smallest and the largest ratio of a turn, None when
        there was one turn
    :param limit: the largest ratio the project allows, None when it does not
        say
    """

    name: str
    unit: str
    stock: float | None
    ours: float | None
    ratio: float | None
    spread: tuple[float, float] | None = None
    limit: float | None = None

    @property
    def verdict(self) -> str | None:
        """PASS, MISS, or None for a row without a limit.

        What was not measured is a MISS.
        """
        if self.limit is None:
            return None
        kept = self.ratio is not None and self.ratio <= self.limit
        return PASS if kept else MISS


def rows(samples: measures.Samples) -> list[Row]:
    """Return the report's lines, in the order to show them."""
    used = max(samples.counts['snapshots_before_memory'].values())
    found = [
        _row(samples, 'ready_new_s', 'ready, new state directory', 's',
             limit=0.7),
        _row(samples, 'ready_existing_s', 'ready, existing state directory',
             's'),
        _row(samples, 'first_volume_s', 'first volume available', 's'),
        _row(samples, 'rss_ready_kib', 'VmRSS when ready', 'MiB', 1 / 1024),
        _row(samples, 'pss_ready_kib', 'PSS when ready', 'MiB', 1 / 1024),
        _row(samples, 'rss_used_kib', f'VmRSS after {used} snapshots', 'MiB',
             1 / 1024),
        _row(samples, 'pss_used_kib', f'PSS after {used} snapshots', 'MiB',
             1 / 1024),
        _row(samples, 'create_s', 'create to available, p50', 'ms', 1000,
             limit=0.5),
        _row_p90(samples, 'create_s', 'create to available, p90'),
        _row(samples, 'delete_s', 'delete to gone, p50', 'ms', 1000),
        _row_p90(samples, 'delete_s', 'delete to gone, p90'),
        _row(samples, 'show_s', 'show a snapshot, p50', 'ms', 1000,
             limit=1.05),
        _row(samples, 'list_s', 'list 20 snapshots, p50', 'ms', 1000,
             limit=1.05)]
    for measure in samples.turns:
        if measure.startswith('rate_'):
            clients = measure.split('_')[1]
            found.append(_row(
                samples, measure, f'good creates, {clients} clients', '1/s'))
    found += [_api_row(samples, measure)
              for measure in ('show', 'list', 'create')]
    found.append(_sizes_row(samples))
    found.append(_reset_row(samples))
    return found


def _row(samples: measures.Samples, measure: str, name: str, unit: str,
         scale: float = 1, limit: float | None = None) -> Row:
    turns = samples.turns.get(measure, {})
    values = {cloud: statistics.median(itertools.chain(*taken)) * scale
              for cloud, taken in turns.items()}
    stock = values.get(measures.STOCK)
    ours = values.get(measures.OURS)
    return Row(
        name, unit, stock, ours, _ratio(ours, stock),
        _spread(turns.get(measures.OURS, ()), turns.get(measures.STOCK, ())),
        limit)


def _row_p90(samples: measures.Samples, measure: str, name: str) -> Row:
    values = {
        cloud: statistics.quantiles(
            itertools.chain(*taken), n=10, method='inclusive')[-1] * 1000
        for cloud, taken in samples.turns[measure].items()}
    stock = values[measures.STOCK]
    ours = values[measures.OURS]
    return Row(name, 'ms', stock, ours, _ratio(ours, stock))


def _sizes_row(samples: measures.Samples) -> Row:
    """Return the row of evs-fake against itself: a large and a small volume.

    The value shown for evs-fake is the large volume's.
    """
    small, large = (
        samples.turns.get(f'create_{size}_gib_s', {}).get(measures.OURS, [])
        for size in measures.SIZES_GIB)
    name = 'create, 1 TiB volume over 1 GiB'
    if not small:
        return Row(name, 'ms', None, None, None, limit=1.2)
    values = [statistics.median(itertools.chain(*turns)) * 1000
              for turns in (small, large)]
    return Row(name, 'ms', None, values[1], _ratio(values[1], values[0]),
               _spread(large, small), limit=1.2)


def _api_row(samples: measures.Samples, measure: str) -> Row:
    """Return the row of EVS's API against the native one, both evs-fake's.

    The value shown for evs-fake is EVS's.
    """
    turns = samples.turns[f'api_{measure}_s']
    native, evs = (turns[api] for api in (operations.NATIVE, operations.EVS))
    values = [statistics.median(itertools.chain(*taken)) * 1000
              for taken in (native, evs)]
    return Row(f'{measure}, EVS over native API', 'ms', None, values[1],
               _ratio(values[1], values[0]), _spread(evs, native), limit=1.15)


def _reset_row(samples: measures.Samples) -> Row:
    """Return the row of evs-fake's reset against its start.

    The value shown for evs-fake is the reset's.
    """
    resets, starts = (
        samples.turns.get(measure, {}).get(measures.OURS, [])
        for measure in ('reset_s', 'ready_new_s'))
    values = [statistics.median(itertools.chain(*taken)) * 1000
              if taken else None for taken in (resets, starts)]
    return Row('reset between two tests, over a new cloud', 'ms', None,
               values[0], _ratio(*values), _spread(resets, starts),
               limit=0.1)


def _ratio(above: float | None, below: float | None) -> float | None:
    return above / below if above is not None and below else None


def _spread(above: list[list[float]],
            below: list[list[float]]) -> tuple[float, float] | None:
    ratios = [_ratio(statistics.median(first), statistics.median(second))
              for first, second in zip(above, below, strict=False)]
    known = [ratio for ratio in ratios if ratio is not None]
    return (min(known), max(known)) if len(known) > 1 else None


def environment(samples: measures.Samples) -> dict[str, object]:
    """Say on what it was measured."""
    return {
        'cinder': metadata.version('cinder'),
        'cpus': len(os.sched_getaffinity(0)),
        'load before': round(samples.load_before, 2),
        'machine': platform.machine(),
        'python': platform.python_version(),
        'system': f'{platform.system()} {platform.release()}'}


def as_json(samples: measures.Samples) -> str:
    """Return the report with all samples, for programs."""
    return json.dumps({
        'environment': environment(samples),
        'rows': [dataclasses.asdict(row) | {'verdict': row.verdict}
                 for row in rows(samples)],
        'counts': samples.counts,
        'notes': samples.notes,
        'samples': samples.turns}, indent=2)


def as_table(samples: measures.Samples) -> str:
    """Return the report for people."""
    lines = [('', 'unit', measures.STOCK, measures.OURS, 'ratio',
              'ratios of rounds', 'required', '')]
    for row in rows(samples):
        lines.append((
            row.name, row.unit, _number(row.stock), _number(row.ours),
            _number(row.ratio),
            '-'.join(map(_number, row.spread)) if row.spread else '',
            f'<= {row.limit}' if row.limit else '', row.verdict or ''))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = ['  '.join(
        cell.ljust(width) if index in (0, 1, 7) else cell.rjust(width)
        for index, (cell, width) in enumerate(
            zip(line, widths, strict=True))).rstrip() for line in lines]
    text += ['', 'Failed requests of', *_failures(samples)]
    text += [f'Not measured: {note}' for note in samples.notes]
    text.append('')
    text.append(', '.join(
        f'{key} {value}' for key, value in environment(samples).items()))
    return '\n'.join(text)


def _failures(samples: measures.Samples) -> list[str]:
    lines = []
    for what, counts in samples.counts.items():
        kind, _, clients = what.rpartition('_')
        if kind == 'single':
            lines.append(f'  one client, {clients}: {_by_cloud(counts)}')
        elif kind == 'accepted':
            failures = ', '.join(
                f'{failure}: {_by_cloud(samples.counts[f"{key}_{clients}"])}'
                for failure, key in (('5xx', '5xx'),
                                     ('no answer', 'broken')))
            lost = _by_cloud({
                cloud: counts[cloud] - good for cloud, good
                in samples.counts[f'good_{clients}'].items()})
            lines.append(
                f'  {clients} clients, {failures}, accepted and never '
                f'available: {lost} of {_by_cloud(counts)}')
    return lines


def _by_cloud(counts: dict[str, int]) -> str:
    return '/'.join(
        str(counts[cloud]) for cloud in (measures.STOCK, measures.OURS))


def _number(value: float | None) -> str:
    if value is None:
        return '-'
    return f'{value:.0f}' if value >= 1000 else f'{value:.3g}'


def write(text: str) -> None:
    """Write a report to stdout."""
    sys.stdout.write(text + '\n')
