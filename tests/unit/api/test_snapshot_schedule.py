# SPDX-License-Identifier: Apache-2.0
"""When automatic snapshot policies are due: hours and days of UTC+8."""

import datetime

import testtools

from evs_fake.api.evs import schedule


def utc(text):
    return datetime.datetime.fromisoformat(text)


class NextRunTest(testtools.TestCase):

    def assert_runs(self, expected, after, **policy):
        """Runs one after the other, from a moment on."""
        found, moment = [], utc(after)
        for _run in expected:
            moment = schedule.next_run(moment, **policy)
            found.append(moment)
        self.assertEqual([utc(text) for text in expected], found)

    def test_hours(self):
        # 00:00 in UTC+8 is 16:00 of the day before.
        self.assert_runs(
            ['2026-02-03T16:00', '2026-02-04T04:00', '2026-02-04T16:00'],
            '2026-02-03T04:00', hours=[12, 0], interval=1,
            first_day=utc('2026-01-01'))

    def test_moment_itself_is_over(self):
        for after, expected in (
                ('2026-02-03T03:59:59.999999', '2026-02-03T04:00'),
                ('2026-02-03T04:00', '2026-02-04T04:00'),
                ('2026-02-03T04:00:00.000001', '2026-02-04T04:00')):
            self.assert_runs([expected], after, hours=[12], interval=1,
                             first_day=utc('2026-01-01'))

    def test_weekdays(self):
        # 2026-02-02 is a Monday; in UTC+8, it begins on Sunday at 16:00.
        self.assert_runs(
            ['2026-02-01T16:00', '2026-02-03T16:00', '2026-02-07T16:00',
             '2026-02-08T16:00'],
            '2026-02-01T00:00', hours=[0], weekdays=[1, 3, 7])

    def test_interval(self):
        # The first day is the 2nd in UTC+8.
        policy = {'hours': [1], 'interval': 30,
                  'first_day': utc('2026-02-01T20:00')}
        self.assert_runs(['2026-03-03T17:00', '2026-04-02T17:00'],
                         '2026-02-01T20:00', **policy)
        self.assert_runs(['2026-02-01T17:00'], '2026-02-01T16:59', **policy)

    def test_day_of_the_creation_counts(self):
        self.assert_runs(
            ['2026-02-03T14:00', '2026-02-05T14:00'], '2026-02-03T10:00',
            hours=[22], interval=2, first_day=utc('2026-02-03T10:00'))
