# SPDX-License-Identifier: Apache-2.0

import testtools
import webob

from evs_fake.api.auth import noauth


class NoAuthTest(testtools.TestCase):

    def who(self, path, token=None, **conf):
        """User and project of a request, or the status that refuses it."""
        seen = []

        @webob.dec.wsgify
        def app(request):
            seen.append(request.environ['cinder.context'])
            return webob.Response('ok')

        request = webob.Request.blank(path)
        if token is not None:
            request.headers['X-Auth-Token'] = token
        response = request.get_response(noauth.filter_factory({}, **conf)(app))
        if not seen:
            return response.status_int
        context, = seen
        self.assertTrue(context.is_admin)
        self.assertEqual({'admin', 'member', 'reader'}, set(context.roles))
        return context.user_id, context.project_id

    def test_token(self):
        self.assertEqual(('ann', 'p1'), self.who('/p2/volumes', 'ann:p1'))
        self.assertEqual(('admin', 'p1'), self.who('/p2/volumes', ':p1'))

    def test_project_of_the_path(self):
        for token in (None, '', ':'):
            self.assertEqual(('admin', 'p2'), self.who('/p2/volumes', token))
        self.assertEqual(('notused', 'p2'),
                         self.who('/p2/volumes/detail', 'notused'))

    def test_path_without_a_project(self):
        for path in ('/', '/volumes', '/volumes/', '/volumes/detail',
                     '/os-services/enable', '/snapshots/x/metadata'):
            self.assertEqual(('admin', 'demo'), self.who(path), path)

    def test_application_whose_paths_have_no_project(self):
        for path in ('/credentials', '/credentials/x', '/rules/x/y'):
            self.assertEqual(('admin', 'demo'), self.who(
                path, project_in_path='false'))

    def test_what_is_no_id(self):
        for token in ('ann:p/1', 'ann:p 1', 'ann:' + 'p' * 65, 'a%b:p',
                      'ann:p:q', 'ann:..', '\u00e9:p'):
            self.assertEqual(400, self.who('/p2/volumes', token), token)
        self.assertEqual(400, self.who('/p%202/volumes'))
