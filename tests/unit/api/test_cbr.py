# SPDX-License-Identifier: Apache-2.0
"""CBR's pure parts: derived states, accounting, schedule, retention."""

import datetime

import testtools
import webob

from evs_fake.api.cbr import accounting
from evs_fake.api.cbr import fault
from evs_fake.api.cbr import retention
from evs_fake.api.cbr import schedule
from evs_fake.api.cbr import status
from evs_fake.api.cbr import versions
from evs_fake.api.routing import exception
from evs_fake.api.routing import faultwrap
from evs_fake.db.cbr import backups

NOON = datetime.datetime(2026, 11, 24, 12)


def make(state='available', *, number=0, created=NOON, **kwargs):
    return backups.Backup(**{
        **dict.fromkeys(field.name for field in
                        backups.dataclasses.fields(backups.Backup)),
        'id': str(number), 'status': state, 'size': 2, 'created_at': created,
        'delete_requested': False, **kwargs})


class StatusTest(testtools.TestCase):

    def test_backup(self):
        for cinder, shown in (
                ('creating', 'protecting'), ('available', 'available'),
                ('restoring', 'restoring'), ('deleting', 'deleting'),
                ('error', 'error'), ('error_deleting', 'error')):
            self.assertEqual(shown, status.backup_status(make(cinder)))

    def test_checkpoint(self):
        for found, shown in (
                ((), 'deleted'), (('available', 'restoring'), 'available'),
                (('available', 'error'), 'error'),
                (('creating', 'error'), 'protecting'),
                (('deleting', 'available'), 'deleting')):
            self.assertEqual(shown, status.checkpoint_status(
                [make(each) for each in found]))

    def test_kept_parent_is_hidden(self):
        kept = make(delete_requested=True)
        self.assertFalse(status.is_visible(kept))
        self.assertEqual('deleted', status.checkpoint_status([kept]))
        for state in ('deleting', 'error'):
            self.assertTrue(status.is_visible(
                make(state, delete_requested=True)))

    def test_resource(self):
        for found, shown in (
                ((), 'available'), (('error', 'available'), 'error'),
                (('available', 'error'), 'available'),
                (('error', 'creating'), 'protecting'),
                (('available', 'restoring'), 'restoring')):
            self.assertEqual(shown, status.protect_status(
                [make(each) for each in found]))

    def test_used(self):
        self.assertEqual(4096 * 2, accounting.used([
            make(), make('creating'), make('error'), make('deleting'),
            make('error', delete_requested=True),
            make(delete_requested=True)]))

    def test_outcomes(self):
        def state(word, reason=None):
            return backups.State(word, reason, False)

        for derive, given, outcome in (
                (status.creation, state('creating'), 'running'),
                (status.creation, state('error'), 'failed'),
                (status.creation, state(None, 'why'), 'failed'),
                (status.creation, state(None), 'success'),
                (status.deletion, state('deleting'), 'running'),
                (status.deletion, state('error'), 'failed'),
                (status.deletion, state(None), 'success')):
            self.assertEqual(outcome, derive(given))
        for volume, outcome in (
                ('restoring-backup', 'running'), ('available', 'success'),
                ('error_restoring', 'failed'), (None, 'failed')):
            self.assertEqual(outcome, status.restoration(
                state('available'), volume))


class ScheduleTest(testtools.TestCase):

    def due(self, pattern, after, until, start=NOON):
        return schedule.last_due([pattern], start, after, until)

    def test_daily(self):
        rule = 'FREQ=DAILY;INTERVAL=2;BYHOUR=02,14;BYMINUTE=30'
        at = datetime.datetime(2026, 11, 24, 14, 30)
        second = datetime.timedelta(seconds=1)
        self.assertEqual(at, self.due(rule, at - second, at))
        self.assertIsNone(self.due(rule, at, at + second))
        day = datetime.timedelta(days=1)
        self.assertIsNone(self.due(rule, at + day - second, at + day))
        self.assertEqual(at + 2 * day, self.due(
            rule, at + 2 * day - second, at + 2 * day))

    def test_weekly(self):
        # 2026-11-24 is a Tuesday.
        rule = 'FREQ=WEEKLY;BYDAY=WE,SU;BYHOUR=5;BYMINUTE=0'
        week = datetime.timedelta(days=7)
        self.assertEqual(datetime.datetime(2026, 11, 29, 5),
                         self.due(rule, NOON, NOON + week))

    def test_patterns(self):
        schedule.check(['FREQ=DAILY;INTERVAL=1;BYHOUR=14;BYMINUTE=00',
                        'FREQ=WEEKLY;BYDAY=MO,TU;BYHOUR=02,3;BYMINUTE=59'])
        for pattern in (
                '', 'FREQ=SECONDLY;BYHOUR=1;BYMINUTE=1',
                'FREQ=DAILY;BYHOUR=1', 'FREQ=DAILY;BYHOUR=24;BYMINUTE=0',
                'FREQ=DAILY;BYHOUR=1;BYMINUTE=60',
                'FREQ=DAILY;BYHOUR=1;BYMINUTE=0;COUNT=3',
                'FREQ=DAILY;BYHOUR=1;BYHOUR=2;BYMINUTE=0',
                'FREQ=DAILY;INTERVAL=100;BYHOUR=1;BYMINUTE=0',
                'FREQ=WEEKLY;BYDAY=XX;BYHOUR=1;BYMINUTE=0',
                'DTSTART:20260101;FREQ=DAILY', 'FREQ=DAILY;;'):
            self.assertRaises(exception.Refused, schedule.check, [pattern])


class RetentionTest(testtools.TestCase):

    def gone(self, hours, **definition):
        found = [make(number=hour, created=NOON - datetime.timedelta(
            hours=hour)) for hour in hours]
        return [int(each.id) for each
                in retention.superfluous(definition, found)]

    def test_max_backups(self):
        self.assertEqual([2, 3], self.gone(range(4), max_backups=2))
        for unlimited in ({}, {'max_backups': -1}):
            self.assertEqual([], self.gone(range(4), **unlimited))

    def test_days_by_time_zone(self):
        # Noon in UTC is 20:00 in UTC+08:00: 21 hours ago is yesterday.
        self.assertEqual([3, 22], self.gone(
            (0, 3, 21, 22), max_backups=1, day_backups=2,
            timezone='UTC+08:00'))

    def test_time_zones(self):
        self.assertEqual(datetime.timedelta(hours=-3, minutes=-30),
                         retention.offset('UTC-03:30'))
        for text in (None, '', 'UTC', 'UTC+99:00', 'Europe/Berlin'):
            self.assertIsNone(retention.offset(text))


class FaultTest(testtools.TestCase):

    def test_body(self):
        for code, expected in ((400, '9900'), (403, '8600'), (404, '6302'),
                               (500, '9910')):
            self.assertEqual({
                'error_code': 'BackupService.' + expected,
                'error_msg': 'why'}, fault.body(code, 'why'))

    def test_refusal_of_a_filter(self):
        @webob.dec.wsgify
        def refuse(request):
            raise webob.exc.HTTPBadRequest('no such id')

        @webob.dec.wsgify
        def fail(request):
            raise ValueError('secret')

        for app, code, text in ((refuse, 400, 'no such id'),
                                (fail, 500, 'Unexpected error')):
            response = webob.Request.blank('/').get_response(
                faultwrap.filter_factory(
            {}, 'evs_fake.api.cbr.fault:body')(app))
            self.assertEqual(code, response.status_int)
            self.assertIn(text, response.json['error_msg'])

    def test_versions(self):
        app = versions.app_factory({})
        for path in ('/', '/v3', '/v3/'):
            response = webob.Request.blank(path).get_response(app)
            self.assertEqual(300, response.status_int)
            self.assertEqual('v3', response.json['versions'][0]['id'])
        self.assertEqual(404, webob.Request.blank('/x').get_response(
            app).status_int)
