# SPDX-License-Identifier: Apache-2.0
"""Client tokens: for how long they wait and are known."""

import datetime
import uuid

import fixtures
from cinder import context as cinder_context
from cinder import coordination
from oslo_utils import timeutils

from evs_fake.api.evs import client_token
from evs_fake.api.routing import exception
from evs_fake.api.routing import route
from evs_fake.db import client_tokens
from tests.unit.api import base

TOKEN = str(uuid.uuid4())


class ClientTokenTest(base.ApiTestCase):

    def setUp(self):
        super().setUp()
        (self.database.conf.state / 'lock').mkdir(exist_ok=True)
        coordinator = coordination.Coordinator(prefix='cinder-')
        coordinator.start()
        self.addCleanup(coordinator.stop)
        self.useFixture(fixtures.MockPatchObject(
            coordination, 'COORDINATOR', coordinator))
        self.calls = 0

    def answer(self, request):
        self.calls += 1
        return {'call': self.calls}

    def send(self, handler=None, **headers):
        return client_token.once(handler or self.answer)(route.Request(
            context=self.context, ids={}, query={}, body={'b': 1, 'a': 2},
            headers=headers or {client_token.HEADER: TOKEN}, url='',
            path='/v2.1/p/cloudvolumes'))

    def test_no_token(self):
        self.assertEqual([{'call': 1}, {'call': 2}],
                         [self.send(other='x') for _each in range(2)])
        self.assertIsNone(client_tokens.get(self.context, TOKEN))

    def test_unexpected_error_leaves_it_free(self):
        def fail(_request):
            raise ZeroDivisionError

        self.assertRaises(ZeroDivisionError, self.send, fail)
        self.assertEqual({'call': 1}, self.send())
        self.assertEqual({'call': 1}, self.send(fail))

    def test_impatience(self):
        self.useFixture(fixtures.MockPatchObject(
            client_token, '_PATIENCE', 0.01))

        def meet(_request):
            error = self.assertRaises(exception.Refused, self.send)
            self.assertEqual('EVS.2221', error.code)
            return {'call': 'first'}

        self.assertEqual({'call': 'first'}, self.send(meet))
        self.assertEqual({'call': 'first'}, self.send())
        self.assertEqual(0, self.calls)

    def test_purge(self):
        self.send()
        now = timeutils.utcnow()
        admin = cinder_context.get_admin_context()
        client_token.purge(admin, now + datetime.timedelta(days=6))
        self.assertEqual({'call': 1}, self.send())
        client_token.purge(admin, now + datetime.timedelta(days=8))
        self.assertEqual({'call': 2}, self.send())
