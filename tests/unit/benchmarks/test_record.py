# SPDX-License-Identifier: Apache-2.0
"""Tests of what is kept of a run of the benchmarks."""

import csv
import pathlib

import fixtures
import testtools

from benchmarks import record
from benchmarks import report


def _row(name, ratio, required=1.0):
    return report.Row(name, 'stock', 's', 1.0, ratio, ratio,
                      required=required, aim=0.5)


class AppendTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.path = pathlib.Path(
            self.useFixture(fixtures.TempDir()).path) / 'runs.csv'
        self.useFixture(fixtures.MonkeyPatch(
            'benchmarks.record._commit', lambda: 'abc1234'))

    def append(self, *rows):
        record.append(self.path, rows, 'full', 0.25)
        with self.path.open(newline='') as source:
            return list(csv.DictReader(source))

    def test_what_nothing_is_required_of_is_left_out(self):
        run, = self.append(_row('show', 0.5), _row('more', 0.5, None))
        run.pop('date')
        self.assertEqual(
            {'commit': 'abc1234', 'plan': 'full', 'load before': '0.2',
             'show / stock': '0.5'}, run)

    def test_what_was_not_measured(self):
        run, = self.append(_row('show', None))
        self.assertEqual('-', run['show / stock'])

    def test_former_runs_stay(self):
        self.append(_row('show', 0.5), _row('gone', 0.25))
        former, run = self.append(_row('show', 0.4), _row('list', 0.7))
        self.assertEqual(('0.5', '0.25', ''), tuple(
            former[f'{name} / stock'] for name in ('show', 'gone', 'list')))
        self.assertEqual(('0.4', '', '0.7'), tuple(
            run[f'{name} / stock'] for name in ('show', 'gone', 'list')))
