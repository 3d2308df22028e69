# SPDX-License-Identifier: Apache-2.0
"""What is no request gets an answer that says so, and leaves no harm."""

import json
import re
import socket

import testtools

from evs_fake.api.control import fault
from evs_fake.cloud import address
from evs_fake.cloud import intake
from evs_fake.cloud import server

#: Seconds in which anything must have happened, on the slowest machine.
TIMEOUT = 120


class ServerTestCase(testtools.TestCase):

    patience = server.PATIENCE

    def setUp(self):
        super().setUp()
        where = address.Address()
        listener = where.listen(0)
        self.port = listener.getsockname()[1]
        self.bodies = []
        made = server.Server(listener, intake.MAX_BODY_BYTES, self.patience)
        made.start(self.door(self.application))
        self.addCleanup(made.stop)

    def door(self, application):
        return application

    def application(self, environ, start_response):
        """Reads the body at /read only, and tells of a header."""
        if environ['PATH_INFO'] == '/read':
            length = int(environ.get('CONTENT_LENGTH') or 0)
            self.bodies.append(environ['wsgi.input'].read(length))
        text = environ.get('HTTP_X_ROLES', '-').encode()
        start_response('200 OK', [('Content-Length', str(len(text)))])
        return [text]

    def send(self, *parts, end=False):
        """What comes back on a connection, until it is closed."""
        with socket.create_connection(('127.0.0.1', self.port),
                                      TIMEOUT) as connection:
            for part in parts:
                connection.sendall(part)
            if end:
                connection.shutdown(socket.SHUT_WR)
            found = b''
            while part := connection.recv(65536):
                found += part
        return found

    def statuses(self, *parts, **how):
        return [int(status) for status in re.findall(
            rb'HTTP/1\.1 (\d+) ', self.send(*parts, **how))]


def request(path='/', body=b'', method='POST', **headers):
    lines = ['%s %s HTTP/1.1' % (method, path), 'Host: x', *(
        '%s: %s' % (name.replace('_', '-'), value)
        for name, value in headers.items())]
    return '\r\n'.join([*lines, '', '']).encode() + body


LAST = request(method='GET', Connection='close')


class HeadersTest(ServerTestCase):

    def test_as_much_as_is_allowed(self):
        self.assertEqual([200], self.statuses(request(
            method='GET', X_Long='x' * 60000, Connection='close')))

    def test_too_much(self):
        # So much more that the sender would meet a closed connection.
        for size in (server.MAX_HEADER_BYTES, 1 << 24):
            answer = self.send(request(method='GET', X_Long='x' * size))
            self.assertTrue(answer.startswith(
                b'HTTP/1.1 431 Request Header Fields Too Large\r\n'), answer)
            self.assertIn(b'%d bytes' % server.MAX_HEADER_BYTES, answer)

    def test_many(self):
        answer = self.send(b'GET / HTTP/1.1\r\n' + b''.join(
            b'X-%d: y\r\n' % number for number in range(20000)) + b'\r\n')
        self.assertTrue(answer.startswith(b'HTTP/1.1 431 '), answer)

    def test_long_uri(self):
        for size in (server.MAX_HEADER_BYTES, 1 << 24):
            answer = self.send(request('/' + 'x' * size))
            self.assertTrue(
                answer.startswith(b'HTTP/1.1 414 URI Too Long\r\n'), answer)

    def test_name_that_wsgi_takes_for_another(self):
        answer = self.send(b'GET / HTTP/1.1\r\nHost: x\r\nX_Roles: admin\r\n'
                           b'Connection: close\r\n\r\n')
        self.assertTrue(answer.endswith(b'\r\n\r\n-'), answer)


class UnreadBodyTest(ServerTestCase):
    """Nobody wanted it, and it is none of the next request."""

    def test_length(self):
        self.assertEqual([200, 200], self.statuses(
            request(body=LAST, Content_Length=len(LAST)), LAST))

    def test_chunks(self):
        self.assertEqual([200], self.statuses(
            request(Transfer_Encoding='chunked'),
            b'%x\r\n%s\r\n0\r\n\r\n' % (len(LAST), LAST), LAST))

    def test_negative_length(self):
        self.assertEqual([200], self.statuses(
            request(body=LAST, Content_Length='-5'), LAST))

    def test_large(self):
        self.assertEqual([200], self.statuses(
            request(Content_Length=1 << 23), b'x' * (1 << 23), LAST))

    def test_larger_than_any(self):
        for size in (intake.MAX_BODY_BYTES + 1, 10 ** 18):
            self.assertEqual([413], self.statuses(
                request('/read', Content_Length=size), b'x' * (1 << 24)))


class IntakeTest(ServerTestCase):

    def door(self, application):
        return intake.Intake(application, lambda _path: fault.body)

    def ask(self, *parts, **how):
        """Status, and what the answer has."""
        head, _blank, text = self.send(*parts, **how).partition(
            b'\r\n\r\n')
        status = int(head.split()[1])
        if status == 200:
            return status, self.bodies.pop()
        self.assertEqual([], self.bodies)
        (found,) = json.loads(text).values()
        self.assertEqual(status, found['code'])
        return status, found['message']

    def read(self, *body, end=False, **headers):
        return self.ask(request('/read', Connection='close', **headers),
                        *body, end=end)

    def test_whole(self):
        self.assertEqual((200, b''), self.read())
        self.assertEqual((200, b'abc'), self.read(b'abc', Content_Length=3))
        self.assertEqual((200, b'abcdef'), self.read(
            b'3\r\nabc\r\n', b'3;x=y\r\ndef\r\n0\r\n\r\n',
            Transfer_Encoding='chunked'))

    def test_ends_early(self):
        for body, headers in (
                (b'ab', {'Content_Length': 3}),
                (b'3\r\nab', {'Transfer_Encoding': 'chunked'}),
                (b'', {'Transfer_Encoding': 'chunked'})):
            status, message = self.read(body, end=True, **headers)
            self.assertEqual(400, status, message)

    def test_no_length(self):
        for length in ('-5', '+5', '5_0'):
            status, message = self.read(b'x' * 50, Content_Length=length)
            self.assertEqual(400, status)
            self.assertIn('Content-Length', message)

    def test_no_chunks(self):
        for body in (b'zz\r\n', b'3\r\nabcd\r\n', b'\r\n'):
            status, message = self.read(body, Transfer_Encoding='chunked')
            self.assertEqual(400, status)
            self.assertIn('chunks', message)

    def test_chunks_without_end(self):
        piece = b'%x\r\n%s\r\n' % (1 << 20, b'x' * (1 << 20))
        for body in (piece * 17, b'%x\r\n' % (1 << 60) + b'x' * (1 << 20)):
            status, message = self.read(body, Transfer_Encoding='chunked')
            self.assertEqual(413, status)
            self.assertIn(str(intake.MAX_BODY_BYTES), message)

    def test_depth(self):
        most = intake.MAX_DEPTH
        for text in (b'[' * most + b']' * most, b'[]' * 1000,
                     b'"' + b'[' * 1000 + b'"',
                     b'{"a": "\\"' + b'[' * 1000 + b'"}',
                     b'{"a":' * most + b'1' + b'}' * most):
            self.assertEqual((200, text), self.read(
                text, Content_Length=len(text)))
        for text in (b'[' * (most + 1) + b']' * (most + 1),
                     b'{"a":' * (most + 1), b'"x"' + b'[' * 100000,
                     b'["\\\\", ' * 100, b'[{' * most):
            status, message = self.read(text, Content_Length=len(text))
            self.assertEqual(400, status, text[:20])
            self.assertIn(str(most), message)


class MutantsTest(ServerTestCase):
    """Requests with one thing changed are refused, or are as good."""

    #: What is there instead of a character, or before it.
    OTHERS = (b'', b' ', b'\r', b'\n', b'\r\n', b'\0', b'\xff', b':', b'%',
              b'9', b'\t', b'/', b'?')

    def door(self, application):
        return intake.Intake(application, lambda _path: fault.body)

    def test(self):
        good = request('/read?a=%20', b'{"a": 1}', Content_Length=8,
                       Connection='close')
        self.assertEqual([200], self.statuses(good))
        unexpected = {}
        # Nothing follows: what the server still waits for is at an end.
        for place in range(len(good)):
            number = place % len(self.OTHERS)
            for other in (self.OTHERS[number], self.OTHERS[-number]):
                for rest in (good[place:], good[place + 1:]):
                    mutant = good[:place] + other + rest
                    statuses = self.statuses(mutant, end=True)
                    self.bodies.clear()
                    # No method, version or transfer coding of that name.
                    if not set(statuses) <= {200, 400, 413, 414, 431, 501,
                                             505}:
                        unexpected[mutant] = statuses
        self.assertEqual({}, unexpected)

    def test_continued_header(self):
        self.assertEqual([400], self.statuses(
            b'GET / HTTP/1.1\r\n x: y\r\n\r\n'))
        self.assertEqual([200], self.statuses(
            b'GET / HTTP/1.1\r\nConnection:\r\n close\r\n\r\n'))
