# SPDX-License-Identifier: Apache-2.0
"""Pages in browsers do not get an answer; programs do."""

import socket

import testtools
import webob

from evs_fake.api.cbr import fault
from evs_fake.cloud import visitors


class VisitorsTest(testtools.TestCase):

    ORIGINS = ()

    def setUp(self):
        super().setUp()
        self.served = []

    def application(self, environ, start_response):
        self.served.append(environ)
        start_response('200 OK', [('Content-Length', '2')])
        return [b'ok']

    def ask(self, host='127.0.0.1:8776', method='POST', **headers):
        request = webob.Request.blank('/v3/p/volumes', method=method)
        if host is None:
            del request.headers['Host']
        else:
            request.headers['Host'] = host
        request.headers.update({
            name.replace('_', '-'): value for name, value in headers.items()})
        del self.served[:]
        response = request.get_response(visitors.Visitors(
            self.application, lambda _path: fault.body,
            ['127.0.0.1', 'Evs.Example'], self.ORIGINS))
        self.assertEqual(len(self.served), response.status_int == 200)
        return response

    def answered(self, **asked):
        self.assertEqual(200, self.ask(**asked).status_int, asked)

    def refused(self, *words, **asked):
        response = self.ask(**asked)
        self.assertEqual(403, response.status_int, asked)
        self.assertEqual('application/json', response.content_type)
        self.assertEqual({'error_code', 'error_msg'}, set(response.json))
        for word in words:
            self.assertIn(word, response.json['error_msg'])

    def test_hosts_that_are_its_own(self):
        for host in ('127.0.0.1:8776', '127.0.0.1', 'localhost:8776',
                     'LOCALHOST', 'localhost.:80', '[::1]:8776', '[::1]',
                     '192.0.2.7:1', 'evs.example:8776', 'EVS.EXAMPLE',
                     socket.gethostname(), None):
            self.answered(host=host)

    def test_foreign_hosts(self):
        for host in ('evil.example', 'evil.example:8776', '',
                     '127.0.0.1.evil.example', 'localhost.evil.example',
                     'evs.example.evil.example', 'xevs.example',
                     '127.0.0.1, evil.example', '127.0.0.1:8776:1',
                     '127.0.0.1@evil.example', 'evil.example#127.0.0.1',
                     '[evil.example]', '[::1', '::1', '127.1', '0x7f000001',
                     'localhost..', ' localhost', '127.0.0.1:', '*',
                     'localhost:8776\n', '127.0.0.1:123456'):
            self.refused('--public-host', host=host)

    def test_pages(self):
        for origin in ('http://evil.example', 'https://evil.example:8776',
                       'null', '', 'http://127.0.0.1', 'http://127.0.0.1:1',
                       'http://localhost:8776', 'file://',
                       'chrome-extension://127.0.0.1:8776',
                       'http://127.0.0.1:8776/',
                       'http://evil@127.0.0.1:8776',
                       'http://127.0.0.1:8776 http://evil.example'):
            for method in ('GET', 'POST', 'OPTIONS', 'DELETE'):
                self.refused('[cors]', method=method, Origin=origin)
        # Of this very cloud, which has none.
        self.answered(Origin='http://127.0.0.1:8776')

    def test_what_pages_embed(self):
        for site in ('cross-site', 'same-site', 'CROSS-SITE', 'x', ''):
            self.refused('[cors]', method='GET', Sec_Fetch_Site=site)
        for site in ('none', 'same-origin'):
            self.answered(method='GET', Sec_Fetch_Site=site)

    def test_head_has_no_body(self):
        response = self.ask(host='evil.example', method='HEAD')
        self.assertEqual(403, response.status_int)
        self.assertEqual(b'', response.body)


class AdmittedTest(VisitorsTest):
    """Pages of a dashboard, say."""

    ORIGINS = ('https://dashboard.example',)

    def test_admitted(self):
        self.answered(Origin='https://dashboard.example',
                      Sec_Fetch_Site='cross-site')
        self.refused(Origin='http://dashboard.example')
        self.refused(Origin='https://dashboard.example:1')
        # It may lead anywhere: no name of the cloud's.
        self.refused(Origin='https://dashboard.example',
                     host='dashboard.example')


class EverybodyAdmittedTest(AdmittedTest):
    """Tests of whom it refuses are those of what else is admitted."""

    ORIGINS = ('*',)

    def test_pages(self):
        self.answered(Origin='http://evil.example')
        self.answered(Origin='null')

    def test_admitted(self):
        self.refused(Origin='http://evil.example', host='evil.example')
