# SPDX-License-Identifier: Apache-2.0
"""What the client of the control API sends."""

import itertools

import fixtures
import testtools

from evs_fake.clients import control
from evs_fake.clients import exception
from evs_fake.clients import rollback
from tests.unit.clients import server

PATH = '/evs-fake/v1'


class TestControl(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.server = self.useFixture(server.Server())
        self.cloud = control.Control(self.server.connection())

    def test_states(self):
        state = {'name': 'full', 'size': 1}
        self.server.answers({'reset': {'state': None, 'seconds': 0.1}})
        self.server.answers({'reset': {'state': 'full', 'seconds': 0.1}})
        self.server.answers({'state': state}, 201)
        self.server.answers({'states': [state]})
        self.server.answers(status=204)
        self.assertIsNone(self.cloud.reset()['state'])
        self.assertEqual('full', self.cloud.reset('full')['state'])
        self.assertEqual(state, self.cloud.save_state('full'))
        self.assertEqual([state], self.cloud.list_states())
        self.cloud.delete_state('full/../x')
        self.assertEqual([
            ('POST', PATH + '/reset', {'reset': {}}),
            ('POST', PATH + '/reset', {'reset': {'state': 'full'}}),
            ('POST', PATH + '/states', {'state': {'name': 'full'}}),
            ('GET', PATH + '/states', None),
            ('DELETE', PATH + '/states/full%2F..%2Fx', None),
        ], self.server.asked)

    def test_release(self):
        for fail, message, asked in (
                (False, None, {'fail': False}), (True, None, {'fail': True}),
                (True, 'broken', {'fail': True, 'message': 'broken'})):
            self.server.answers({'rule': {'id': 'r'}})
            self.assertEqual(
                {'id': 'r'}, self.cloud.release_rule('r', fail, message))
            self.assertEqual(
                ('POST', PATH + '/rules/r/release', {'release': asked}),
                self.server.asked[-1])

    def test_history_is_read_to_its_end(self):
        for numbers, cursor in (([1, 2], 2), ([], 5), ([6], 6), ([], 6)):
            self.server.answers({'history': numbers, 'cursor': cursor})
        self.assertEqual([1, 2, 6], list(
            self.cloud.read_history(status='error')))
        self.assertEqual(
            [{'after': after, 'wait': '0', 'status': 'error'}
             for after in '0256'],
            [request.query for request in self.server.requests])
        self.assertEqual({PATH + '/history'}, {
            request.path for request in self.server.requests})

    def test_history_is_followed(self):
        for numbers, cursor in (([1], 1), ([], 1), ([2, 3], 3)):
            self.server.answers({'history': numbers, 'cursor': cursor})
        changes = self.cloud.follow_history(all_projects=True)
        self.assertEqual([1, 2, 3], list(itertools.islice(changes, 3)))
        self.assertEqual(
            ['0', '1', '1'],
            [request.query['after'] for request in self.server.requests])
        for request in self.server.requests:
            self.assertEqual(PATH + '/history/all-projects', request.path)
            self.assertGreater(int(request.query['wait']), 0)


class TestRollback(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.server = self.useFixture(server.Server())
        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.clients.rollback._PAUSE', 0))

    def wait(self, *statuses):
        for status in statuses:
            self.server.answers({'volume': {'status': status}})
        rollback.wait(self.server.connection(), 'v')

    def test_start(self):
        self.server.answers({'rollback': {'volume_id': 'v'}})
        rollback.start(self.server.connection(), 's', 'v')
        self.assertEqual([(
            'POST', '/v2/mine/cloudsnapshots/s/rollback',
            {'rollback': {'volume_id': 'v'}})], self.server.asked)

    def test_wait(self):
        self.wait('rollbacking', 'rollbacking', 'available')
        self.assertEqual([('GET', '/v2/mine/cloudvolumes/v', None)] * 3,
                         self.server.asked)

    def test_wait_in_vain(self):
        error = self.assertRaises(
            exception.ClientError, self.wait, 'rollbacking',
            'error_rollbacking')
        self.assertIn('rollback of volume v failed', str(error))
