# SPDX-License-Identifier: Apache-2.0
"""Headers as they were sent."""

import testtools
import webob

from evs_fake.api.auth import sent


class SentTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.request = webob.Request.blank('/', headers={
            'Accept': 'text/html', 'X-Other': 'x'})
        self.sent = dict(sent.headers(self.request))

    def test_unchanged(self):
        self.assertEqual({'accept': 'text/html', 'x-other': 'x',
                          'host': 'localhost:80'}, self.sent)

    def test_replaced(self):
        for value in ('text/plain', 'image/png'):
            sent.replace(self.request, 'Accept', value)
            self.assertEqual(value, self.request.headers['Accept'])
            self.assertEqual(self.sent, sent.headers(self.request))

    def test_added(self):
        sent.replace(self.request, 'X-New', '1')
        self.assertEqual('1', self.request.headers['X-New'])
        self.assertEqual(self.sent, sent.headers(self.request))
