# SPDX-License-Identifier: Apache-2.0
"""Signed requests with one thing changed, and ids that are nobody's.

Each change of whatever a signature covers, in both grammars, is refused with
401; and none is an unexpected error. What no signature covers is told, too:
it changes nothing.
"""

import itertools
import logging
import re
import string
from urllib import parse

from oslo_utils import timeutils

from evs_fake.api.auth import aksk
from evs_fake.api.auth import signature
from tests import signing
from tests.unit import database
from tests.unit.api import test_aksk

#: What each character is changed into: another of its kind, and of others.
_INSTEAD = ('0', 'Z', ' ', '/', '%', '\xe9')

_BODY = '{"snapshot": {"volume_id": "x", "name": "\u00e9"}}'


class MutantsTestCase(test_aksk.FilterTestCase):

    def setUp(self):
        super().setUp()
        # A line for each is a tenth of the time.
        logger = logging.getLogger(aksk.__name__)
        self.addCleanup(logger.setLevel, logger.level)
        logger.setLevel(logging.WARNING)
        self.accepted = []
        self.sent = 0

    def signed(self, signer, method='POST', path=test_aksk.PATH,
               query=None, body=_BODY):
        """A request as it goes on the wire: URI, headers, body."""
        if signer is signing.sign:
            arguments = {'query': query or [('a', 'b c'), ('a', '~%')]}
        else:
            arguments = {'query': 'a=b%20c&d=~%25', 'region': 'eu-de',
                         'service': 'evs'}
        uri, headers = signer(
            method, path, body=body, **arguments, **self.keys(),
            date=timeutils.utcnow().strftime('%Y%m%dT%H%M%SZ'))
        return uri, headers, body

    def is_served(self, method, uri, headers, body):
        self.sent += 1
        response, _sent = test_aksk.send_signed(
            self.filtered, method, uri, headers, body)
        if response.text == 'served':
            return True
        # "someone else" is Keystone, which wants a token.
        if response.text != 'someone else':
            self.assertEqual(401, response.status_int, (uri, headers))
            if method != 'HEAD':
                self.assertIn('error_code', response.json)
        return False

    def check(self, what, method, uri, headers, body):
        if self.is_served(method, uri, headers, body):
            self.accepted.append(what)

    def finish(self, least):
        self.assertEqual([], self.accepted[:20])
        self.assertGreater(self.sent, least)


def changed(text):
    """The text with one character changed, left out, doubled or added."""
    for place, character in enumerate(text):
        for other in _INSTEAD:
            if other != character:
                yield text[:place] + other + text[place + 1:]
        if character in string.ascii_letters:
            yield text[:place] + character.swapcase() + text[place + 1:]
        yield text[:place] + text[place + 1:]
        yield text[:place] + character + text[place:]
    yield text + '0'
    yield ''


class SignatureMutantsTest(MutantsTestCase):

    def each(self, *methods):
        for signer in (signing.sign, signing.sign_older):
            for method in methods:
                body = _BODY if method == 'POST' else ''
                made = self.signed(signer, method, body=body)
                # The good one is good, or the rest means nothing. It may be
                # sent again for two seconds, which this clock stands still.
                self.assertTrue(self.is_served(method, *made), signer)
                yield signer, method, *made

    def test_authorization(self):
        for signer, method, uri, headers, body in self.each('POST'):
            good = headers['Authorization']
            for text in changed(good):
                if self.means(text) == self.means(good):
                    continue
                self.check((signer.__name__, text), method, uri,
                           {**headers, 'Authorization': text}, body)
        self.finish(2000)

    @staticmethod
    def means(text):
        """The header but for blanks that may be there or not."""
        return re.sub(' +$|^ +', '', re.sub(', *', ', ', re.sub(
            '^(SDK-HMAC-SHA256) +', r'\1 ', text)))

    def test_headers(self):
        for signer, method, uri, headers, body in self.each('POST'):
            signed = re.search('SignedHeaders=([^,]+)',
                               headers['Authorization'])[1].split(';')
            self.assertTrue({'host', 'x-sdk-date'} <= set(signed))
            for name, value in headers.items():
                if name.lower() not in signed:
                    continue
                for text in changed(value):
                    # It is not sent with blanks around it.
                    if text.strip() == value.strip() or (
                            signer is signing.sign_older
                            and re.sub(r'\s+', ' ', text).strip() == value):
                        continue
                    self.check((signer.__name__, name, text), method, uri,
                               {**headers, name: text}, body)
                without = {other: text for other, text in headers.items()
                           if other != name}
                if name != 'Host':
                    self.check((signer.__name__, name, None), method, uri,
                               without, body)
        self.finish(500)

    def test_line(self):
        for signer, method, uri, headers, body in self.each('POST', 'GET'):
            for other in ('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH'):
                if other != method:
                    self.check((signer.__name__, other), other, uri, headers,
                               body)
            path, _mark, query = uri.partition('?')
            # A third of them: each is a request through all filters.
            for text in itertools.islice(changed(path), 0, None, 3):
                if text.startswith('/') and text.rstrip('/') != path:
                    # As no client sends them.
                    text = text.replace(' ', '%20').replace('\xe9', '%E9')
                    self.check((signer.__name__, text), method,
                               text + '?' + query, headers, body)
            for text in itertools.islice(changed(query), 0, None, 3):
                if self.parameters(text) != self.parameters(query):
                    self.check((signer.__name__, text), method,
                               path + '?' + text, headers, body)
        self.finish(300)

    @staticmethod
    def parameters(query):
        """All that an API can see of a query, in whatever order."""
        return sorted(parse.parse_qsl(query, keep_blank_values=True,
                                      encoding='latin-1'))

    def test_body(self):
        for signer, method, uri, headers, body in self.each('POST', 'GET'):
            for text in (*changed(body), body + ' ', '{}', '\0', 'x' * 5000):
                if text != body:
                    self.check((signer.__name__, text), method, uri, headers,
                               text)
        self.finish(500)

    def test_of_another_key(self):
        """A signature is its key's, whatever else is the same."""
        other = self.make_credential()
        for signer, method, uri, headers, body in self.each('POST', 'GET'):
            self.check((signer.__name__, 'key'), method, uri, {
                **headers, 'Authorization': headers['Authorization'].replace(
                    self.credential.access_key, other.access_key)}, body)
        self.finish(7)


class ProjectMutantsTest(test_aksk.SignedTestCase):
    """The project of a path is the key's, letter by letter."""

    def test(self):
        database.create_snapshot(database.create_volume())
        good = database.PROJECT
        mutants = {text for text in changed(good)
                   if re.fullmatch('[0-9a-zA-Z_-]+', text)}
        mutants |= {good.upper(), good + '%00', good + '%20', good + '%0A',
                    '%20' + good, good + '.', good + '..',
                    '..%2F' + good, good[:-1] + '%25', '%C3%A9', '*', '%',
                    'x' * 65, '%FF' + good[1:]}
        mutants.discard(good)
        # All of the odd ones, and a part of the rest.
        odd = {each for each in mutants if not each.isalnum()}
        for number, mutant in enumerate(
                [*sorted(odd), *sorted(mutants - odd)[::5]]):
            path = ('/v2/%s/cloudsnapshots/detail', '/v3/%s/snapshots',
                    '/v2/%s/snapshots')[number % 3] % mutant
            request = self.send_unsigned(path)
            self.assertIn(request.status_int, (400, 404, 401), path)
            self.assertNotIn('"snapshots"', request.text)

    def send_unsigned(self, path):
        uri, headers = signing.sign(
            'GET', '/', date='20261123T175206Z', **self.keys())
        # The SDK would make a better path of it.
        authorization = signature.read(headers['Authorization'])
        headers = {name.lower(): value for name, value in headers.items()}
        signed = signature.sign(authorization, signature.Request(
            'GET', path, '', headers, b''), self.credential.secret_key)
        headers['authorization'] = headers['authorization'].replace(
            authorization.signature, signed)
        return test_aksk.send_signed(self.app, 'GET', path, headers)[0]
