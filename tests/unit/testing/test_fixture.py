# SPDX-License-Identifier: Apache-2.0
"""The fixture: whose cloud it is, and how it begins."""

from evs_fake import testing
from evs_fake.testing import exception
from evs_fake.testing import server
from tests.unit.testing import base


class TestFixture(base.ServerTestCase):

    def setUp(self):
        super().setUp()
        self.forget_shared()

    def test_reset_at_each_use(self):
        with testing.EVSFake() as first:
            endpoint = first.endpoint
        with testing.EVSFake('known') as second:
            self.assertEqual(endpoint, second.endpoint)
        # Any other kind of use.
        self.useFixture(testing.EVSFake())
        self.assertEqual(
            [('/reset', {'reset': {}}),
             ('/reset', {'reset': {'state': 'known'}}),
             ('/reset', {'reset': {}})], self.posts(server.shared()))

    def test_own(self):
        with testing.EVSFake(shared=False) as first:
            with testing.EVSFake(shared=False) as second:
                self.assertNotEqual(first.endpoint, second.endpoint)
            self.assertTrue(base.ended(second.endpoint['pid']))
            self.assertFalse(base.ended(first.endpoint['pid']))
        self.assertTrue(base.ended(first.endpoint['pid']))
        self.assertEqual([], list(self.temporary.iterdir()))

    def test_given_directory(self):
        state = self.top / 'state'
        with testing.EVSFake(state_dir=state, shared=False):
            pass
        self.assertTrue((state / 'posts').exists())

    def test_no_such_state(self):
        fixture = testing.EVSFake('unknown', shared=False)
        error = self.assertRaises(exception.Refused, fixture.setUp)
        self.assertEqual('POST /reset: 404: no state unknown', str(error))
        self.assertEqual([], list(self.temporary.iterdir()))

    def test_cloud_does_not_answer(self):
        with testing.EVSFake(shared=False) as cloud:
            pass
        error = self.assertRaises(exception.Refused, cloud.reset)
        self.assertIn('does not answer', str(error))

    def test_nothing_else_by_the_package(self):
        self.assertFalse(hasattr(testing, 'Nothing'))
