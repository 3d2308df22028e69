# SPDX-License-Identifier: Apache-2.0
"""Whose an image is, where no Keystone says so."""

import testtools
import webob

from evs_fake.cloud.image import noauth


class NoAuthTest(testtools.TestCase):

    def seen(self, **headers):
        def app(environ, start_response):
            self.environ = environ
            start_response('204 No Content', [])
            return []

        webob.Request.blank('/v2/images', headers=headers).get_response(
            noauth.filter_factory({})(app))
        return (self.environ['HTTP_X_USER_ID'],
                self.environ['HTTP_X_PROJECT_ID'])

    def test_token(self):
        for token, expected in (
                ('me:mine', ('me', 'mine')), ('me', ('me', 'demo')),
                (':mine', ('admin', 'mine')), ('../x:a b', ('admin', 'demo')),
                ('', ('admin', 'demo'))):
            self.assertEqual(expected, self.seen(**{'X-Auth-Token': token}))
        self.assertEqual(('admin', 'demo'), self.seen())

    def test_what_the_client_claims(self):
        self.assertEqual(('admin', 'demo'), self.seen(
            **{'X-User-Id': 'other', 'X-Project-Id': 'other',
               'X-Identity-Status': 'Invalid'}))
        self.assertEqual('Confirmed', self.environ['HTTP_X_IDENTITY_STATUS'])
