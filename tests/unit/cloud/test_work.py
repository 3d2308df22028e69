# SPDX-License-Identifier: Apache-2.0
"""Counting work, stopping it, and the door in front of it."""

import logging
import threading

import fixtures
import testtools
import webob

from evs_fake.api.cbr import fault as cbr_fault
from evs_fake.cloud import guard
from evs_fake.cloud import work

TIMEOUT = 60


class WorkTestCase(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.work = work.Work()

    def start(self, function, *args):
        """Run in a thread; an event that is set at its end."""
        ended = threading.Event()

        def run():
            function(*args)
            ended.set()

        threading.Thread(target=run, daemon=True).start()
        return ended


class WorkTest(WorkTestCase):

    def test_rest(self):
        self.assertTrue(self.work.wait(0))
        self.work.begin()
        self.assertFalse(self.work.wait(0))
        self.assertTrue(self.work.wait(0, parked=lambda: 1))
        self.work.end()
        self.assertTrue(self.work.wait(0))

    def test_wait_ends_with_the_last_unit(self):
        self.work.begin()
        waited = self.start(
            lambda: self.assertTrue(self.work.wait(TIMEOUT)))
        self.assertFalse(waited.wait(0.05))
        self.work.end()
        self.assertTrue(waited.wait(TIMEOUT))

    def test_closed(self):
        with self.work.closed():
            self.assertFalse(self.work.admit(0))
            waiting = self.start(self.work.admit, TIMEOUT)
            self.assertFalse(waiting.wait(0.05))
        self.assertTrue(waiting.wait(TIMEOUT))
        self.assertTrue(self.work.admit(0))
        self.assertFalse(self.work.wait(0, parked=lambda: 1))

    def test_own_unit_does_not_count_while_closed(self):
        self.work.admit(0)
        with self.work.closed():
            self.assertTrue(self.work.wait(0))
        self.assertFalse(self.work.wait(0))
        self.work.leave()
        self.assertTrue(self.work.wait(0))

    def test_two_that_close(self):
        """One waits for its turn, and is not waited for."""
        turn = threading.Lock()

        def other():
            self.work.admit(TIMEOUT)
            with self.work.aside():
                turn.acquire()

        with turn:
            self.start(other)
            self.work.admit(TIMEOUT)
            with self.work.closed():
                self.assertTrue(self.work.wait(TIMEOUT))

    def test_cut(self):
        self.work.check()
        seen = []

        def unit():
            try:
                self.work.check()
            except work.Ended:
                seen.append('ended')

        with self.work.cut():
            # No unit.
            self.work.check()
            self.work.begin()
            self.work.run(unit)
        self.work.begin()
        self.work.run(unit)
        self.assertEqual(['ended'], seen)
        self.assertTrue(self.work.wait(0))

    def test_what_is_cut_off_is_not_logged(self):
        log = self.useFixture(fixtures.FakeLogger())
        with self.work.cut():
            self.work.begin()
            self.work.run(logging.error, 'of the unit')
            logging.error('of another')
        self.assertEqual('of another\n', log.output)

    def test_unit_that_fails(self):
        self.work.begin()
        self.assertRaises(ZeroDivisionError, self.work.run, lambda: 1 / 0)
        self.assertTrue(self.work.wait(0))


class GuardTest(WorkTestCase):

    def send(self, application, path='/v3/p/volumes', patience=0, **kwargs):
        return webob.Request.blank(path, **kwargs).get_response(guard.Guard(
            application, counted=self.work, patience=patience))

    @staticmethod
    def answering(status, during=lambda: None):
        def application(environ, start_response):
            during()
            start_response(status, [('X-Mine', 'yes')])
            return [b'body']

        return application

    def test_request(self):
        counted = []
        response = self.send(self.answering(
            '200 OK', lambda: counted.append(self.work.wait(0))))
        self.assertEqual((200, 'yes', b'body', [False]), (
            response.status_int, response.headers['X-Mine'], response.body,
            counted))
        self.assertTrue(self.work.wait(0))

    def test_request_that_fails(self):
        def fail(environ, start_response):
            raise ZeroDivisionError

        self.assertRaises(ZeroDivisionError, self.send, fail)
        self.assertTrue(self.work.wait(0))

    def test_door_that_stays_closed(self):
        with self.work.closed():
            for path, code in (('/v3/p/volumes', 503),
                               ('/v3/p/snapshots/detail', 503),
                               ('/v3/p/cloudsnapshots/s/rollback',
                                'EVS.5503'),
                               ('/v2/p/cloudvolumes', 'EVS.5503'),
                               ('/v2.1/p/cloudvolumes', 'EVS.5503')):
                response = self.send(self.answering('200 OK'), path)
                self.assertEqual((503, '1'), (
                    response.status_int, response.headers['Retry-After']))
                self.assertEqual(
                    code, response.json['serviceUnavailable']['code'])

    def test_shape(self):
        with self.work.closed():
            response = webob.Request.blank('/v3/p/vaults').get_response(
                guard.Guard(self.answering('200 OK'),
                            lambda _path: cbr_fault.body, self.work, 0))
        self.assertEqual({'error_code', 'error_msg'}, set(response.json))

    def test_who_only_looks_at_the_history(self):
        path = '/evs-fake/v1/history/all-projects'
        counted = []
        with self.work.closed():
            self.assertEqual(200, self.send(
                self.answering('200 OK', lambda: counted.append(
                    self.work.wait(0))), path).status_int)
            self.assertEqual(503, self.send(
                self.answering('200 OK'), path, method='POST').status_int)
        self.assertEqual([True], counted)

    def test_cut_off(self):
        def fail(environ, start_response):
            raise work.Ended

        with self.work.cut():
            for application, status in (
                    (fail, 503), (self.answering('500 Wrong'), 503),
                    (self.answering('202 Accepted'), 202),
                    (self.answering('404 Not Found'), 404)):
                response = self.send(application)
                self.assertEqual(status, response.status_int)
        self.assertTrue(self.work.wait(0))

    def test_refused_reset_says_when_to_come_again(self):
        response = self.send(self.answering('503 Service Unavailable'))
        self.assertEqual('1', response.headers['Retry-After'])
        self.assertEqual('yes', response.headers['X-Mine'])
