# SPDX-License-Identifier: Apache-2.0
"""Turn samples into ratios of medians, and those into a table or JSON."""

import dataclasses
import itertools
import json
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from importlib import metadata

from benchmarks import control
from benchmarks import measures
from benchmarks import operations

PASS = 'PASS'
MISS = 'MISS'

#: Clouds of which failures are told; moto's first one ends the run.
_CINDERS = (measures.STOCK, measures.OURS)


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the report.

    :param name: what was measured
    :param against: what it is compared with, None when with nothing
    :param unit: the unit of both values
    :param base: the value of what it is compared with
    :param ours: evs-fake's value; None, as base, when it was not measured
    :param ratio: ours over base
    :param spread: the smallest and the largest ratio of a turn, None when
        there was one turn
    :param required: the largest ratio the project allows, None when it does
        not say; with at_least, the smallest
    :param aim: the one it aims at
    :param at_least: whether more is better
    """

    name: str
    against: str | None
    unit: str
    base: float | None
    ours: float | None
    ratio: float | None
    spread: tuple[float, float] | None = None
    required: float | None = None
    aim: float | None = None
    at_least: bool = False

    @property
    def verdict(self) -> str | None:
        """PASS, MISS, or None for a row of which nothing is required.

        What was not measured is a MISS.
        """
        if self.required is None:
            return None
        if self.ratio is None:
            return MISS
        kept = (self.ratio >= self.required if self.at_least
                else self.ratio <= self.required)
        return PASS if kept else MISS


#: A measure's turns, and a name for them.
_Taken = tuple[str, Sequence[Sequence[float]]]


def rows(samples: measures.Samples) -> list[Row]:
    """Return the report's lines, in the order to show them."""
    found = [
        *_both(samples, 'ready_new_s', 'ready, new state directory', 's', 1,
               (0.7, None), (1.2, 0.8)),
        *_both(samples, 'ready_existing_s', 'ready, existing state directory',
               's', 1, (None, None), (1.0, 0.6)),
        _row(samples, 'first_volume_s', 'first volume available', 's')]
    used = max(samples.counts['snapshots_before_memory'].values())
    for kind, name in (('rss', 'VmRSS'), ('pss', 'PSS')):
        found += [
            _row(samples, f'{kind}_ready_kib', f'{name} when ready', 'MiB',
                 1 / 1024),
            _row(samples, f'{kind}_used_kib',
                 f'{name} after {used} snapshots', 'MiB', 1 / 1024)]
    found += [
        _row(samples, 'rss_many_kib', f'VmRSS with {measures.MANY} snapshots',
             'MiB', 1 / 1024, measures.MOTO, 1.0, 0.8),
        *_both(samples, 'create_s', 'create to available, p50', 'ms', 1000,
               (0.35, 0.2), (3, 2)),
        _row_p90(samples, 'create_s', 'create to available, p90'),
        _row(samples, 'delete_s', 'delete to gone, p50', 'ms', 1000),
        _row_p90(samples, 'delete_s', 'delete to gone, p90'),
        *_both(samples, 'show_s', 'show a snapshot, p50', 'ms', 1000,
               (0.9, 0.6), (1.2, 0.8)),
        *_both(samples, 'list_s', 'list 20 snapshots, p50', 'ms', 1000,
               (0.9, 0.6), (1.2, 0.8))]
    for measure in samples.turns:
        if measure.startswith('rate_'):
            clients = measure.split('_')[1]
            required, aim = (3, 6) if clients == '32' else (None, None)
            found.append(_row(
                samples, measure, f'good creates, {clients} clients', '1/s',
                required=required, aim=aim, at_least=True))
    found += [_api_row(samples, measure)
              for measure in ('show', 'list', 'create')]
    found.append(_sizes_row(samples))
    found.append(_history_row(samples))
    found.append(_row(samples, 'release_s', 'released to done, p50', 'ms',
                      1000, against=None))
    found.append(_reset_row(samples))
    return found


def _both(samples: measures.Samples, measure: str, name: str, unit: str,
          scale: float, of_stock: tuple[float | None, float | None],
          of_moto: tuple[float | None, float | None]) -> list[Row]:
    """Return the rows of one measure, against stock and against moto.

    :param of_stock: what is required, and the aim
    :param of_moto: the same
    """
    return [_row(samples, measure, name, unit, scale, against, *limits)
            for against, limits in ((measures.STOCK, of_stock),
                                    (measures.MOTO, of_moto))]


def _row(samples: measures.Samples, measure: str, name: str, unit: str,
         scale: float = 1, against: str | None = measures.STOCK,
         required: float | None = None, aim: float | None = None,
         at_least: bool = False) -> Row:
    turns = samples.turns.get(measure, {})
    return _compare(
        name, unit, scale, (measures.OURS, turns.get(measures.OURS, ())),
        (against, turns.get(against, ())), required, aim, at_least)


def _compare(name: str, unit: str, scale: float, ours: _Taken, base: _Taken,
             required: float | None = None, aim: float | None = None,
             at_least: bool = False) -> Row:
    """Return the row of what was taken in turns, by medians of all."""
    value, base_value = (
        statistics.median(itertools.chain(*taken)) * scale if taken else None
        for _, taken in (ours, base))
    return Row(name, base[0], unit, base_value, value,
               _ratio(value, base_value), _spread(ours[1], base[1]),
               required, aim, at_least)


def _row_p90(samples: measures.Samples, measure: str, name: str) -> Row:
    values = {
        cloud: statistics.quantiles(
            itertools.chain(*taken), n=10, method='inclusive')[-1] * 1000
        for cloud, taken in samples.turns[measure].items()}
    stock = values[measures.STOCK]
    ours = values[measures.OURS]
    return Row(name, measures.STOCK, 'ms', stock, ours, _ratio(ours, stock))


def _sizes_row(samples: measures.Samples) -> Row:
    """Return the row of a large volume against a small one."""
    small, large = (
        samples.turns.get(f'create_{size}_gib_s', {}).get(measures.OURS, ())
        for size in measures.SIZES_GIB)
    return _compare('create, volume of 1 TiB', 'ms', 1000,
                    (measures.OURS, large), ('1 GiB', small), 1.2)


def _api_row(samples: measures.Samples, measure: str) -> Row:
    """Return the row of EVS's API against the native one, both evs-fake's."""
    turns = samples.turns[f'api_{measure}_s']
    return _compare(f'{measure}, EVS API', 'ms', 1000,
                    (operations.EVS, turns[operations.EVS]),
                    ('native API', turns[operations.NATIVE]), 1.15)


def _history_row(samples: measures.Samples) -> Row:
    """Return the row of a change of status with a history, and without."""
    turns = samples.turns['history_s']
    return _compare('status change, history kept', 'ms', 1000,
                    (control.KEPT, turns[control.KEPT]),
                    (control.NOT_KEPT, turns[control.NOT_KEPT]), 1.05)


def _reset_row(samples: measures.Samples) -> Row:
    """Return the row of evs-fake's reset against its start."""
    resets, starts = (
        samples.turns.get(measure, {}).get(measures.OURS, ())
        for measure in ('reset_s', 'ready_new_s'))
    return _compare('reset between two tests', 'ms', 1000,
                    (measures.OURS, resets), ('new cloud', starts), 0.1, 0.03)


def _ratio(above: float | None, below: float | None) -> float | None:
    return above / below if above is not None and below else None


def _spread(above: Sequence[Sequence[float]],
            below: Sequence[Sequence[float]]) -> tuple[float, float] | None:
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


def as_dicts(lines: Sequence[Row]) -> list[dict[str, object]]:
    """Return lines of a report, with their verdicts, for programs."""
    return [dataclasses.asdict(row) | {'verdict': row.verdict}
            for row in lines]


def as_json(samples: measures.Samples) -> str:
    """Return the report with all samples, for programs."""
    return json.dumps({
        'environment': environment(samples),
        'rows': as_dicts(rows(samples)),
        'counts': samples.counts,
        'notes': samples.notes,
        'samples': samples.turns}, indent=2)


def as_table(samples: measures.Samples) -> str:
    """Return the report for people."""
    text = [*as_lines(rows(samples)), '',
            f'Failed requests of {"/".join(_CINDERS)}', *_failures(samples)]
    text += [f'Not measured: {note}' for note in samples.notes]
    text.append('')
    text.append(', '.join(
        f'{key} {value}' for key, value in environment(samples).items()))
    return '\n'.join(text)


def as_lines(found: Sequence[Row]) -> list[str]:
    """Return a heading and lines of a report, in columns, for people."""
    lines = [('', 'unit', measures.OURS, 'against', '', 'ratio',
              'ratios of rounds', 'required', 'aim', '')]
    for row in found:
        sign = '>=' if row.at_least else '<='
        lines.append((
            row.name, row.unit, _number(row.ours), row.against or '',
            _number(row.base), _number(row.ratio),
            '-'.join(map(_number, row.spread)) if row.spread else '',
            f'{sign} {row.required}' if row.required else '',
            f'{sign} {row.aim}' if row.aim else '', row.verdict or ''))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ['  '.join(
        cell.ljust(width) if index in (0, 1, 3, 9) else cell.rjust(width)
        for index, (cell, width) in enumerate(
            zip(line, widths, strict=True))).rstrip() for line in lines]


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
    return '/'.join(str(counts[cloud]) for cloud in _CINDERS)


def _number(value: float | None) -> str:
    if value is None:
        return '-'
    return f'{value:.0f}' if value >= 1000 else f'{value:.3g}'


def progress(text: str) -> None:
    """Say on stderr how far it is, if that is a terminal."""
    if sys.stderr.isatty():
        # Erase the line before, which may be longer.
        sys.stderr.write(f'\r\x1b[K{text}')
        sys.stderr.flush()


def write(text: str) -> None:
    """Write a report to stdout."""
    sys.stdout.write(text + '\n')


def write_rows(lines: Sequence[Row], format_name: str) -> None:
    """Write lines of a report to stdout.

    :param format_name: ``table`` or ``json``
    """
    write(json.dumps(as_dicts(lines), indent=2) if format_name == 'json'
          else '\n'.join(as_lines(lines)))
