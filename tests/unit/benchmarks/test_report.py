# SPDX-License-Identifier: Apache-2.0
"""Tests of the ratios and the verdicts of the benchmarks' report."""

import json

import testtools

from benchmarks import control
from benchmarks import measures
from benchmarks import operations
from benchmarks import report


def _samples(**ours: list[list[float]]) -> measures.Samples:
    """Return samples of stock and moto, all of 2 s, 2 s, 4 s, and of ours."""
    samples = measures.Samples()
    for measure in ('ready_new_s', 'ready_existing_s', 'first_volume_s',
                    'rss_ready_kib', 'rss_used_kib', 'create_s', 'delete_s',
                    'show_s', 'list_s', 'rate_4_per_s'):
        for turn in ([2.0], [2.0, 4.0]):
            samples.add(measure, measures.STOCK, turn)
            samples.add(measure, measures.MOTO, turn)
        for turn in ours.get(measure, [[0.5], [0.5, 0.5]]):
            samples.add(measure, measures.OURS, turn)
    for measure in ('show', 'list', 'create'):
        samples.add(f'api_{measure}_s', operations.NATIVE, [2.0])
        samples.add(f'api_{measure}_s', operations.EVS, [2.2])
    samples.add('history_s', control.KEPT, [2.08])
    samples.add('history_s', control.NOT_KEPT, [2.0])
    for cloud, failed in ((measures.STOCK, 7), (measures.OURS, 0)):
        samples.count('snapshots_before_memory', cloud, 80)
        samples.count('single_5xx', cloud, 0)
        samples.count('accepted_4', cloud, 30 + failed)
        samples.count('good_4', cloud, 30)
        samples.count('5xx_4', cloud, failed)
        samples.count('broken_4', cloud, 0)
    return samples


class ResetTest(testtools.TestCase):

    def row(self, samples):
        return report.rows(samples)[-1]

    def test_is_compared_with_a_start_of_our_own(self):
        samples = _samples(ready_new_s=[[4.0], [4.0, 4.0]])
        for seconds in (0.1, 0.2, 0.6):
            samples.add('reset_s', measures.OURS, [seconds])
        row = self.row(samples)
        self.assertEqual((4000.0, 200.0, 0.05, report.PASS), (
            row.base, row.ours, row.ratio, row.verdict))

    def test_not_measured(self):
        row = self.row(_samples())
        self.assertEqual((None, report.MISS), (row.ours, row.verdict))


class ReportTest(testtools.TestCase):

    def _row(self, samples: measures.Samples, name: str) -> report.Row:
        return next(row for row in report.rows(samples) if row.name == name)

    def test_ratio_is_of_the_medians_of_all_samples(self):
        row = self._row(_samples(create_s=[[0.5], [1.5, 9.0]]),
                        'create to available, p50')
        self.assertEqual((2000.0, 1500.0, 0.75),
                         (row.base, row.ours, row.ratio))

    def test_spread_is_of_the_ratios_of_turns(self):
        row = self._row(_samples(create_s=[[0.5], [1.5, 1.5]]),
                        'create to available, p50')
        self.assertEqual((0.25, 0.5), row.spread)

    def test_a_ratio_at_the_limit_passes(self):
        row = self._row(_samples(create_s=[[0.7], [0.7, 0.7]]),
                        'create to available, p50')
        self.assertEqual((0.35, report.PASS), (row.ratio, row.verdict))

    def test_a_ratio_above_the_limit_misses(self):
        row = self._row(_samples(show_s=[[2.2], [2.2, 2.2]]),
                        'show a snapshot, p50')
        self.assertEqual(report.MISS, row.verdict)

    def test_limits_are_those_of_what_it_is_compared_with(self):
        verdicts = {
            row.against: row.verdict
            for row in report.rows(_samples(show_s=[[2.2], [2.2, 2.2]]))
            if row.name == 'show a snapshot, p50'}
        self.assertEqual({measures.STOCK: report.MISS,
                          measures.MOTO: report.PASS}, verdicts)

    def test_of_a_rate_more_is_better(self):
        samples = _samples()
        for cloud, rate in ((measures.STOCK, 10.0), (measures.OURS, 29.0)):
            samples.add('rate_32_per_s', cloud, [rate])
        name = 'good creates, 32 clients'
        self.assertEqual(report.MISS, self._row(samples, name).verdict)
        samples.turns['rate_32_per_s'][measures.OURS] = [[30.0]]
        self.assertEqual(report.PASS, self._row(samples, name).verdict)

    def test_without_moto(self):
        samples = _samples()
        for taken in samples.turns.values():
            taken.pop(measures.MOTO, None)
        row = next(row for row in report.rows(samples)
                   if row.against == measures.MOTO)
        self.assertEqual((None, None, report.MISS), (
            row.base, row.ratio, row.verdict))

    def test_a_measure_without_a_limit_has_no_verdict(self):
        self.assertIsNone(
            self._row(_samples(), 'delete to gone, p50').verdict)

    def test_what_was_not_measured_misses_its_limit(self):
        row = self._row(_samples(), 'create, volume of 1 TiB')
        self.assertEqual((None, report.MISS), (row.ratio, row.verdict))

    def test_sizes_compare_evs_fake_with_itself(self):
        samples = _samples()
        for size, taken in zip(measures.SIZES_GIB, (0.10, 0.11),
                               strict=True):
            samples.add(f'create_{size}_gib_s', measures.OURS, [taken])
        row = self._row(samples, 'create, volume of 1 TiB')
        self.assertAlmostEqual(1.1, row.ratio)
        self.assertEqual(report.PASS, row.verdict)

    def test_apis_are_both_of_evs_fake(self):
        row = self._row(_samples(), 'list, EVS API')
        self.assertAlmostEqual(1.1, row.ratio)
        self.assertEqual(('native API', report.PASS), (
            row.against, row.verdict))

    def test_table_shows_verdicts_and_failures(self):
        table = report.as_table(_samples())
        self.assertIn('PASS', table)
        self.assertIn('4 clients, 5xx: 7/0, no answer: 0/0, accepted and '
                      'never available: 7/0 of 37/30', table)

    def test_json_has_rows_and_samples(self):
        found = json.loads(report.as_json(_samples()))
        self.assertEqual([[2.0], [2.0, 4.0]],
                         found['samples']['show_s'][measures.STOCK])
        self.assertEqual(
            {measures.STOCK: report.PASS, measures.MOTO: report.PASS},
            {row['against']: row['verdict'] for row in found['rows']
             if row['name'].startswith('show a')})
