# SPDX-License-Identifier: Apache-2.0
"""Clients that take their time take nobody else's."""

import queue
import socket
import threading

import testtools

from evs_fake.cloud import reception
from evs_fake.cloud import server
from tests.unit.cloud import test_server
from tests.unit.cloud.test_server import LAST
from tests.unit.cloud.test_server import request
from tests.unit.cloud.test_server import TIMEOUT

#: More than there are threads of any kind.
_MANY = 100

_MORE = 1 << 17


class ArrivalTest(testtools.TestCase):

    def come(self, *parts):
        """After which part it is due, and whether it is slow."""
        arrival, received = reception.Arrival(), bytearray()
        for number, part in enumerate(parts):
            received += part
            if arrival.is_due(received):
                return number, arrival.is_slow
        return None

    def test_whole(self):
        for sent in (request(method='GET'),
                     b'\r\n' + request(method='GET'),
                     request(body=b'abc', Content_Length=3),
                     request(body=b'abcde', content_length=3),
                     request(body=b'x' * _MORE, Content_Length=_MORE)):
            for place in (1, 5, len(sent) // 2, len(sent) - 1):
                if sent.endswith(b'de'):
                    place = min(place, len(sent) - 3)
                self.assertEqual(
                    (1, False), self.come(sent[:place], sent[place:]), sent)
            self.assertEqual((0, False), self.come(sent))

    def test_byte_for_byte(self):
        sent = request(body=b'abc', Content_Length=3)
        self.assertEqual((len(sent) - 1, False), self.come(
            *(sent[place:place + 1] for place in range(len(sent)))))

    def test_body_for_which_a_thread_waits(self):
        for headers in ({'Transfer_Encoding': 'chunked'},
                        {'transfer_encoding': 'chunked'},
                        {'Expect': '100-continue', 'Content_Length': 3},
                        {'Content_Length': _MORE + 1},
                        {'Content_Length': '-5'}, {'Content_Length': '5_0'},
                        {'Content_Length': '9' * 5000},
                        {'Content_Length': '\r\n 5'}):
            self.assertEqual(
                (0, True), self.come(request(**headers)), headers)

    def test_the_length_that_counts(self):
        """As to the server, the last one."""
        sent = request(Content_Length=5).replace(
            b'Content-Length', b'Content-Length: 2\r\n\x0bcontent-length ')
        self.assertEqual((2, False), self.come(sent, b'abc', b'de'))

    def test_request_that_lasts(self):
        for path in ('/evs-fake/v1/history?wait=60',
                     '/evs-fake/v1/%68istory/all-projects'):
            self.assertEqual((0, True), self.come(request(path, method='GET')))
        self.assertEqual((0, False), self.come(request('/v3/history')))

    def test_wrong(self):
        """Refused at once, not when all of it is there."""
        for sent in (b'hello\r\n', b'\x16\x03\x01\n', b'GET / HTTP/1.1\n',
                     b'GET /' + b'x' * server.MAX_HEADER_BYTES,
                     request(X='x' * server.MAX_HEADER_BYTES)[:-3]):
            self.assertEqual((0, False), self.come(sent), sent[:20])

    def test_half(self):
        for sent in (b'', b'\r\n', b'G', b'GET / HTTP/1.1\r\n',
                     request()[:-1], request(Content_Length=1)):
            self.assertIsNone(self.come(sent), sent)


class AnnexTest(testtools.TestCase):

    def test_more_than_it_has_room_for(self):
        begun, go_on = queue.Queue(), threading.Semaphore(0)

        def serve(number):
            begun.put(number)
            go_on.acquire()

        annex = reception.Annex(serve, 2)
        for number in range(4):
            annex.put(number)
        first = {begun.get(timeout=TIMEOUT) for _each in range(2)}
        self.assertEqual({0, 1}, first)
        self.assertTrue(begun.empty())
        go_on.release()
        self.assertEqual(2, begun.get(timeout=TIMEOUT))
        self.assertTrue(begun.empty())
        for _each in range(3):
            go_on.release()
        annex.wait_idle(TIMEOUT)
        self.assertEqual(3, begun.get(timeout=TIMEOUT))


class SlowTestCase(test_server.ServerTestCase):

    def setUp(self):
        super().setUp()
        self.end = threading.Event()
        self.addCleanup(self.end.set)
        self.gave_up = threading.Event()

    def application(self, environ, start_response):
        path = environ['PATH_INFO']
        if path == '/large':
            start_response('200 OK', [])
            return self.large()
        if path == '/history':
            self.end.wait(TIMEOUT)
        if path == '/read':
            while environ['wsgi.input'].read(100):
                pass
        return super().application(environ, start_response)

    def large(self):
        try:
            while True:
                yield b'x' * (1 << 20)
        finally:
            self.gave_up.set()

    def connect(self):
        connection = socket.socket()
        self.addCleanup(connection.close)
        connection.settimeout(TIMEOUT)
        connection.connect(('127.0.0.1', self.port))
        return connection

    def assert_others_are_served(self):
        self.assertEqual([200], self.statuses(LAST))


class SlowTest(SlowTestCase):

    patience = 10 * TIMEOUT

    def open(self, sent):
        found = []
        for _each in range(_MANY):
            found.append(self.connect())
            if sent:
                found[-1].sendall(sent)
        return found

    def check(self, sent, rest):
        slow = self.open(sent)
        self.assert_others_are_served()
        for each in (slow[0], slow[-1], *slow[1:-1]):
            each.sendall(rest)
            self.assertIn(b' 200 OK', each.recv(100))

    def test_nothing(self):
        self.check(b'', LAST)

    def test_half_a_head(self):
        self.check(LAST[:-2], LAST[-2:])

    def test_half_a_body(self):
        self.check(request('/read', b'ab', Content_Length=3), b'c')

    def test_half_of_the_next(self):
        """What came with it is as good as what comes alone."""
        slow = self.open(LAST.replace(b'close', b'keep-alive') + LAST[:-2])
        for each in slow:
            self.assertIn(b' 200 OK', each.recv(100))
        self.assert_others_are_served()
        for each in slow:
            each.sendall(LAST[-2:])
            while b'close' not in (part := each.recv(1000)):
                self.assertTrue(part)

    def test_chunks(self):
        self.check_those_with_threads(
            request('/read', b'1\r\na', Transfer_Encoding='chunked'),
            b'\r\n0\r\n\r\n')

    def test_large_body(self):
        self.check_those_with_threads(
            request('/read', b'a', Content_Length=_MORE + 1), b'a' * _MORE)

    def test_leave_to_send(self):
        slow = self.open(request('/read', Expect='100-continue',
                                 Content_Length=3))
        self.assert_others_are_served()
        for each in slow:
            self.assertIn(b'100 Continue', each.recv(100))
            each.sendall(b'abc')
            self.assertIn(b' 200 OK', each.recv(100))

    def check_those_with_threads(self, sent, rest):
        slow = self.open(sent)
        self.assert_others_are_served()
        # The last ones wait for the first.
        for each in slow:
            each.sendall(rest)
        for each in slow:
            self.assertIn(b' 200 OK', each.recv(100))

    def test_what_lasts(self):
        slow = self.open(request('/history', method='GET'))
        self.assert_others_are_served()
        self.end.set()
        for each in slow:
            self.assertIn(b' 200 OK', each.recv(100))


class PatienceTest(SlowTestCase):

    patience = 0.1

    def test_request_that_does_not_come(self):
        for sent in (LAST[:-2], request('/read', b'ab', Content_Length=3),
                     request('/read', Transfer_Encoding='chunked'),
                     request('/read', Content_Length=_MORE + 1),
                     LAST.replace(b'close', b'keep-alive') + LAST[:-2]):
            self.assertEqual(408, self.statuses(sent)[-1], sent[:200])

    def test_what_is_there_is_read(self):
        """However long it took the server to look."""
        self.assertEqual([200], self.statuses(
            request('/read', Content_Length=4 * _MORE, Connection='close')
            + b'x' * 4 * _MORE))

    def test_answer_that_nobody_takes(self):
        self.connect().sendall(request('/large', method='GET'))
        self.assertTrue(self.gave_up.wait(TIMEOUT))
        self.assert_others_are_served()
