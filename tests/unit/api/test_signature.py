# SPDX-License-Identifier: Apache-2.0
"""What signatures cover, by those that clients make."""

import datetime

import testtools

from evs_fake.api.auth import signature
from tests import signing

KEYS = {'access_key': 'AK0123456789ABCDEFGH', 'secret_key': 'secret' * 6}
DATE = '20261123T175206Z'
NOW = datetime.datetime(2026, 11, 23, 17, 52, 6)
JSON = {'content-type': 'application/json;charset=utf-8'}


def wire(method, signed, body=''):
    """A request as a server gets it."""
    uri, headers = signed
    path, _mark, query = uri.partition('?')
    return signature.Request(
        method, path, query,
        {name.lower(): value.strip() for name, value in headers.items()},
        (body or '').encode())


class VectorsTest(testtools.TestCase):

    def check(self, request, now=NOW, secret_key=KEYS['secret_key']):
        found = signature.read(request.headers['authorization'])
        self.assertEqual(KEYS['access_key'], found.access_key)
        signature.check_date(found, request, now)
        signature.check(found, request, secret_key)

    def test_sdk(self):
        for method, path, query, headers, body in (
                ('GET', '/', [], {}, ''),
                ('GET', '/v2/p/cloudsnapshots/detail', [], {}, ''),
                ('GET', '/v2/p/cloudsnapshots/', [], {}, ''),
                ('DELETE', '/v2/p/cloudsnapshots/x', [], {}, ''),
                ('GET', '/v2/%7Bproject_id%7D/a%2Fb', [], {}, ''),
                ('GET', '/v2/p/a%20b~c-d_e.f%25', [], {}, ''),
                ('GET', '/v2/p/%E7%8C%AB', [('name', '\u732b')], {}, ''),
                ('GET', '/v2/p/x', [('b', 2), ('a', True), ('A', 'a'),
                                    ('z', ''), ('c', 'x y+z/&=~*')], {}, ''),
                ('GET', '/v2/p/x', [('id', ['3', '1', '2'])], {}, ''),
                ('GET', '/v2/p/x', [('Limit', 1), ('limit', 2)], {}, ''),
                ('POST', '/v2/p/x', [], JSON, '{"a": "\\u732b"}'),
                ('PUT', '/v2/p/x', [('force', False)], JSON, '{}'),
                ('POST', '/v2/p/x', [], {}, ''),
                ('GET', '/v2/p/x', [], {'X-Project-Id': 'p',
                                        'X-Empty': '',
                                        'X-Blank': '  two  blanks  ',
                                        'not_signed': 'x'}, ''),
                ('POST', '/v2/p/x', [], {'Content-Type': 'text/plain'}, 'x'),
                ('POST', '/v2/p/x', [], {'Content-Type': 'text/plain'}, '')):
            request = wire(method, signing.sign(
                method, path, query, headers, body, date=DATE, **KEYS), body)
            self.check(request)

    def test_older_grammar(self):
        for method, path, query, headers, body in (
                ('GET', '/v2/p/cloudsnapshots/detail', '', {}, None),
                ('GET', '/v2/p/a b', 'limit=1&Name=x%20y&marker=', {}, None),
                ('GET', '/v2/p/x', 'b=x+y', {}, None),
                ('POST', '/v2/p/x', '', {}, '{"a": 1}'),
                ('POST', '/v2/p/x', '', {}, None),
                ('POST', '/v2/p/x', 'b=x%20y~&a=2', {}, None),
                ('GET', '/v2/p/x', '', {'X-Blank': 'two  \t blanks'}, None)):
            for scope in ({}, {'region': 'eu-de', 'service': 'evs'}):
                request = wire(method, signing.sign_older(
                    method, path, query, headers, body, date=DATE, **KEYS,
                    **scope), body)
                self.check(request)

    def refused(self, request, word, **kwargs):
        error = self.assertRaises(signature.Invalid, self.check, request,
                                  **kwargs)
        self.assertIn(word, str(error))

    def test_anything_changed(self):
        body = '{"a": 1}'
        makers = (
            lambda: signing.sign('PUT', '/v2/p/x', [('limit', 1)],
                                 JSON, body, date=DATE, **KEYS),
            lambda: signing.sign_older('PUT', '/v2/p/x', 'limit=1', {}, body,
                                       date=DATE, **KEYS))
        for make in makers:
            good = wire('PUT', make(), body)
            self.check(good)
            self.refused(good, 'fail', secret_key='x' * 36)
            for name, value in (
                    ('method', 'POST'), ('path', '/v2/q/x'),
                    ('path', '/v3/p/x'), ('query', 'limit=2'),
                    ('query', ''), ('query', 'limit=1&limit=2'),
                    ('query', 'limit=1&other'), ('body', b''),
                    ('body', b'{"a": 2}')):
                self.refused(self.altered(good, **{name: value}), 'fail')
            for name in ('host', 'content-type'):
                for value in ('other', good.headers[name] + 'x'):
                    self.refused(self.altered(good, headers={
                        **good.headers, name: value}), 'fail')
                headers = dict(good.headers)
                del headers[name]
                self.refused(self.altered(good, headers=headers), name)
            # Within the window, but not what was signed.
            self.refused(self.altered(good, headers={
                **good.headers, 'x-sdk-date': '20261123T175207Z'}), 'fail')

    @staticmethod
    def altered(request, **kwargs):
        return signature.Request(**{**vars(request), **kwargs})

    def test_header_that_was_not_signed(self):
        good = wire('GET', signing.sign('GET', '/x', date=DATE, **KEYS))
        self.check(self.altered(good, headers={**good.headers, 'x-more': 1}))

    def test_unsigned_payload(self):
        literal = 'UNSIGNED-PAYLOAD'
        text = wire('POST', signing.sign(
            'POST', '/x', (), {'Content-Type': 'text/plain'}, 'x',
            date=DATE, **KEYS), 'x')
        self.assertEqual(literal, text.headers['x-sdk-content-sha256'])
        self.check(self.altered(text, body=b'y'))
        # Whoever says so of JSON signs it all the same.
        for headers in (JSON, {'content-type': 'application/bson'}):
            good = wire('POST', signing.sign(
                'POST', '/x', (), headers, '{}', date=DATE, **KEYS), '{}')
            self.check(good)
            self.refused(self.altered(good, body=b'[]'), 'fail')
            self.refused(self.altered(good, body=b'[]', headers={
                **good.headers, 'x-sdk-content-sha256': literal}), 'fail')
            claimed = wire('POST', signing.sign(
                'POST', '/x', (), {
                    'X-Sdk-Content-Sha256': literal, **headers}, '{}',
                date=DATE, **KEYS), '{}')
            self.refused(claimed, 'fail')

    def test_date(self):
        good = wire('GET', signing.sign('GET', '/x', date=DATE, **KEYS))
        for seconds in (-900, -1, 0, 1, 900):
            self.check(good, now=NOW + datetime.timedelta(seconds=seconds))
        for seconds in (-10**6, -901, 901, 10**6):
            self.refused(good, 'expired or is of the future',
                         now=NOW + datetime.timedelta(seconds=seconds))
        for date in ('', 'x', '2026-11-23T17:52:06Z', '20261123T175206',
                     '20261323T175206Z', '00000000T000000Z',
                     '20261123T175206Z\n', '\u0662' * 8 + 'T175206Z',
                     '9' * 10000):
            self.refused(self.altered(good, headers={
                **good.headers, 'x-sdk-date': date}), 'x-sdk-date')

    def test_date_of_the_credential(self):
        good = wire('GET', signing.sign_older('GET', '/x', date=DATE, **KEYS))
        self.refused(self.altered(good, headers={
            **good.headers, 'authorization': good.headers[
                'authorization'].replace('/20261123/', '/20261122/')}),
            'date of the credential')

    def test_query_of_many_parameters(self):
        good = wire('GET', signing.sign('GET', '/x', date=DATE, **KEYS))
        self.refused(self.altered(good, query='&a' * 10**5), 'query')

    def test_bytes_that_are_no_utf8(self):
        good = wire('GET', signing.sign('GET', '/x', date=DATE, **KEYS))
        for name, value in (('path', '/\xff%ff'), ('query', 'a=%ff\xff'),
                            ('path', '/\u732b'), ('query', '\u732b=\u732b'),
                            ('path', ''), ('path', '%'), ('query', '&&=&%')):
            self.refused(self.altered(good, **{name: value}), 'fail')


class HeaderTest(testtools.TestCase):

    GOOD = ('SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, '
            'Signature=' + 'a' * 64)

    def test_good(self):
        for text in (self.GOOD, self.GOOD.replace(', ', ','),
                     self.GOOD.replace('SHA256 ', 'SHA256  ')):
            found = signature.read(text)
            self.assertEqual(('AK', None, ('host', 'x-sdk-date'), 'a' * 64),
                             (found.access_key, found.scope,
                              found.signed_headers, found.signature))

    def test_scope(self):
        found = signature.read(self.GOOD.replace(
            'Access=AK', 'Credential=AK/20260101/eu-de/evs/sdk_request'))
        self.assertEqual('AK', found.access_key)
        self.assertEqual(
            signature.Scope('20260101/eu-de/evs/sdk_request', '20260101',
                            'eu-de', 'evs'), found.scope)

    def test_algorithms(self):
        for name in ('V11-HMAC-SHA256', 'SDK-HMAC-SM3', 'SDK-SM2-SM3',
                     'SDK-ECDSA-P256-SHA256', 'sdk-hmac-sha256', 'Basic', '',
                     'SDK-HMAC-SHA256\t', 'SDK-' + 'X' * 3000):
            error = self.assertRaises(
                signature.Invalid, signature.read,
                self.GOOD.replace('SDK-HMAC-SHA256', name))
            self.assertIn('not supported', str(error))
            self.assertTrue(len(str(error)) < 200)

    def test_garbage(self):
        good = self.GOOD
        for text in (
                'SDK-HMAC-SHA256', 'SDK-HMAC-SHA256 ', good[:-1], good + 'a',
                good + ', ', good + '\n', good.replace('Access', 'access'),
                good.replace('AK', ''), good.replace('AK', 'A/K'),
                good.replace('AK', 'A' * 65), good.replace('AK', '\u732b'),
                good.replace('AK', "A' OR 1=1"), good.replace(',', ';'),
                good.replace('a' * 64, 'A' * 64),
                good.replace('a' * 64, 'z' * 64),
                good.replace('a' * 64, '\u0661' * 64),
                good.replace('Access=AK, ', ''),
                good.replace('Access=AK', 'Access=AK, Access=B'),
                good.replace('Access=AK', 'Credential=AK'),
                good.replace('Access=AK', 'Credential=AK/1/2/3/4'),
                good.replace('Access=AK',
                             'Credential=AK/20260101//evs/aws4_request'),
                good.replace('Access=AK',
                             'Credential=AK/20260101/a/b/c/sdk_request'),
                good.replace('host;', ''), good.replace(';x-sdk-date', ''),
                good.replace('host;', 'Host;'),
                good.replace('host;', 'host;;'),
                good.replace('host;', 'x_sdk_date;'),
                good.replace('host;x-sdk-date', ''),
                good.replace('host;', 'host;' * 10**4),
                good.replace('AK', 'A' * 10**6), good + ' ' * 10**6,
                'SDK-HMAC-SHA256 ' + ',' * 4000,
                'SDK-HMAC-SHA256 ' + 'Access=' * 500,
                'SDK-HMAC-SHA256 \0\xff'):
            self.assertRaises(signature.Invalid, signature.read, text)
