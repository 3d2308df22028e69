# SPDX-License-Identifier: Apache-2.0
"""Where a cloud listens, and what its clients are told."""

import socket

import fixtures
import testtools

from evs_fake.cloud import address
from evs_fake.cloud import exception


class AddressTest(testtools.TestCase):

    def listen(self, *arguments):
        where = address.Address(*arguments)
        listener = where.listen(0)
        self.addCleanup(listener.close)
        return where, listener

    def test_what_clients_are_told(self):
        for host, names, expected in (
                ('127.0.0.1', (), '127.0.0.1'), ('localhost', (), 'localhost'),
                ('0.0.0.0', (), '127.0.0.1'), ('', (), '127.0.0.1'),
                ('0.0.0.0', ('evs', 'other'), 'evs'),
                ('127.0.0.1', ('::1',), '[::1]')):
            where, listener = self.listen(host, names)
            self.assertEqual('http://%s:%d' % (
                expected, listener.getsockname()[1]), where.url(listener))

    def test_what_they_are_told_is_reached(self):
        for host in ('127.0.0.1', '0.0.0.0', '::1', '::'):
            try:
                where, listener = self.listen(host)
            except exception.CloudError:
                # A machine without IPv6.
                self.assertIn(':', host)
                continue
            name, _colon, port = where.url(listener).removeprefix(
                'http://').rpartition(':')
            socket.create_connection((name.strip('[]'), int(port))).close()

    def test_loopback_only(self):
        for host in ('127.0.0.1', '127.7.7.7', 'localhost'):
            self.listen(host, (), True)
        for host in ('0.0.0.0', '', '::', '192.0.2.1', '2001:db8::1'):
            error = self.assertRaises(
                exception.CloudError, self.listen, host, (), True)
            self.assertIn('--insecure-listen', str(error))
            self.assertIn(host or 'every address', str(error))

    def test_name_that_is_loopback_and_more(self):
        self.useFixture(fixtures.MonkeyPatch(
            'socket.getaddrinfo', lambda *_args, **_kwargs: [
                (socket.AF_INET, socket.SOCK_STREAM, 6, '', (each, 0))
                for each in ('127.0.0.1', '192.0.2.1')]))
        self.assertRaises(exception.CloudError, self.listen, 'both', (),
                          True)
        where, listener = self.listen('both')
        self.assertEqual('127.0.0.1', listener.getsockname()[0])

    def test_no_address(self):
        for host in ('no-such-host.invalid', '127.0.0.1.5.', 'x' * 300,
                     '-', 'a b'):
            error = self.assertRaises(
                exception.CloudError, self.listen, host)
            self.assertIn('cannot listen on %s' % host, str(error))
