# SPDX-License-Identifier: Apache-2.0
"""Clients that send no token, or one that says nothing."""

from keystoneauth1 import noauth
from keystoneauth1 import session as keystone_session

from evs_fake.api.auth import identity
from tests.functional import base


class TestWithoutToken(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        self.volume = self.create_volume()
        self.session = keystone_session.Session()

    def listed(self, url, session=None):
        response = (session or self.session).get(self.cloud.url + url)
        return [volume['id'] for volume in response.json()['volumes']]

    def test_version_discovery(self):
        every = self.session.get(self.cloud.url + '/').json()
        self.assertEqual('v3.0', every['versions'][0]['id'])
        v3 = self.session.get(self.cloud.url + '/v3/').json()
        self.assertEqual(every['versions'][:1], v3['versions'])

    def test_project_of_the_path(self):
        self.assertEqual([self.volume.id],
                         self.listed('/v3/%s/volumes' % self.project))
        self.assertEqual([self.volume.id],
                         self.listed('/v3/%s/volumes/detail' % self.project))

    def test_default_project_where_the_path_has_none(self):
        cinder = self.cloud.client(identity.DEFAULT_PROJECT)
        volume = cinder.volumes.create(1)
        self.addCleanup(volume.force_delete)
        for url in ('/v3/volumes', '/v3/volumes/detail'):
            listed = self.listed(url)
            self.assertIn(volume.id, listed)
            self.assertNotIn(self.volume.id, listed)

    def test_keystoneauth_none(self):
        session = keystone_session.Session(noauth.NoAuth(
            endpoint='%s/v3/%s' % (self.cloud.url, self.project)))
        self.assertEqual(
            [self.volume.id],
            self.listed('/v3/%s/volumes' % self.project, session))

    def test_project_of_the_token_is_not_that_of_the_path(self):
        response = self.session.get(
            '%s/v3/%s/volumes' % (self.cloud.url, self.project),
            headers={'X-Auth-Token': 'admin:other'}, raise_exc=False)
        self.assertEqual(400, response.status_code)

    def test_id_of_bad_characters(self):
        response = self.session.get(
            self.cloud.url + '/v3/volumes',
            headers={'X-Auth-Token': 'admin:../..'}, raise_exc=False)
        self.assertEqual(400, response.status_code)
