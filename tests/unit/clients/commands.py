# SPDX-License-Identifier: Apache-2.0
"""What the commands of every shell must send, whatever they look like."""

import types

import testtools

from evs_fake.clients import rule
from evs_fake.clients import state
from tests.unit.clients import server

PATH = '/evs-fake/v1'

RULE = dict.fromkeys(rule.SHOWN) | {
    'id': 'r', 'operation': 'snapshot-create', 'match': {}}
STATE = dict.fromkeys(state.FIELDS) | {'name': 'full'}
CHANGE = {'occurred_at': 'now', 'resource_type': 'volume',
          'resource_id': 'v', 'old_status': None, 'new_status': 'creating',
          'project_id': 'mine'}
RESET = {'reset': {'state': 'full', 'seconds': 0.2}}


class Resource(types.SimpleNamespace):
    """A volume or a snapshot, as a shell's own client finds it."""


SNAPSHOT = Resource(id='s-id', name='s', volume_id='v-id')
OTHER_VOLUME = Resource(id='other-id', name='other')


class CommandsMixin(testtools.TestCase):
    """A shell's commands.

    Subclasses say how one is run: :meth:`run_command`.
    """

    #: Of the commands for rules, history, rollback, reset and states.
    RULE: tuple[str, ...]
    HISTORY: tuple[str, ...]
    ROLLBACK: tuple[str, ...]
    RESET: tuple[str, ...]
    STATE: tuple[str, ...]

    #: What the shell raises when not all could be deleted.
    ERROR: type[Exception]

    def setUp(self):
        super().setUp()
        self.server = self.useFixture(server.Server())

    def run_command(self, *words: str) -> str:
        """Run a command; what it printed."""
        raise NotImplementedError

    def command(self, prefix, *words):
        """Words of a command: the last part of its name, and the rest."""
        raise NotImplementedError

    def assert_sent(self, method, path, body=None):
        self.assertEqual((method, path, body), self.server.asked[-1])

    def test_create_rule(self):
        for words, asked in (
                ((), {}),
                (('--when', 'after', '--times', 'unlimited',
                  '--description', 'why'),
                 {'when': 'after', 'times': None, 'description': 'why'}),
                (('--resource', '1', '--volume', '2', '--name', 'n*',
                  '--project', '3', '--type', 'SSD', '--backend', '*@b',
                  '--metadata', 'a=b=c', '--metadata', 'd='),
                 {'match': {'resource_id': '1', 'volume_id': '2',
                            'name': 'n*', 'project_id': '3',
                            'volume_type': 'SSD', 'host': '*@b',
                            'metadata': {'a': 'b=c', 'd': ''}}}),
                (('--seconds', '5', '--times', '2'),
                 {'seconds': 5, 'times': 2}),
                (('--seconds', '0.5-10', '--timeout', '3'),
                 {'seconds': [0.5, 10], 'timeout': 3}),
                (('--message', 'm', '--outcome', 'available'),
                 {'message': 'm', 'outcome': 'available'})):
            self.server.answers({'rule': RULE}, 201)
            printed = self.run_command(*self.command(
                self.RULE, 'create', 'snapshot-create', 'hold', *words))
            self.assertIn('snapshot-create', printed)
            self.assert_sent('POST', PATH + '/rules', {'rule': {
                'operation': 'snapshot-create', 'action': 'hold',
                'times': 1, **asked}})

    def test_create_rule_that_expires(self):
        self.server.answers({'rule': RULE}, 201)
        self.run_command(*self.command(
            self.RULE, 'create', 'snapshot-create', 'hold', '--expires-in',
            '60'))
        # A time with its zone: the cloud may be in another.
        self.assertRegex(
            self.server.requests[0].body['rule']['expires_at'],
            r'^\d{4}-\d\d-\d\dT[0-9:.]+\+00:00$')

    def test_mistakes(self):
        for words in (('snapshot-create',), ('snapshot-create', 'explode'),
                      ('snapshot-create', 'hold', '--times', 'often'),
                      ('snapshot-create', 'hold', '--seconds', '1-2-3'),
                      ('snapshot-create', 'hold', '--seconds', 'x'),
                      ('snapshot-create', 'hold', '--metadata', 'key')):
            self.assertRaises(
                SystemExit, self.run_command,
                *self.command(self.RULE, 'create', *words))
        self.assertEqual([], self.server.requests)

    def test_rules(self):
        self.server.answers({'rules': [RULE, RULE | {'id': 'r2'}]})
        printed = self.run_command(*self.command(self.RULE, 'list'))
        self.assert_sent('GET', PATH + '/rules')
        self.assertIn('r2', printed)
        self.assertIn('Operation', printed)
        self.server.answers({'rule': RULE})
        self.run_command(*self.command(self.RULE, 'show', 'r'))
        self.assert_sent('GET', PATH + '/rules/r')
        self.server.answers({'rule': RULE})
        self.run_command(*self.command(
            self.RULE, 'release', 'r', '--fail', '--message', 'm'))
        self.assert_sent('POST', PATH + '/rules/r/release',
                         {'release': {'fail': True, 'message': 'm'}})

    def test_delete(self):
        for prefix, path in ((self.RULE, '/rules/'),
                             (self.STATE, '/states/')):
            self.server.requests.clear()
            self.server.answers(status=204)
            self.server.answers({'itemNotFound': {
                'code': 404, 'message': 'no b'}}, 404)
            self.server.answers(status=204)
            error = self.assertRaises(
                self.ERROR, self.run_command,
                *self.command(prefix, 'delete', 'a', 'b', 'c'))
            self.assertIn('1 of 3', str(error))
            self.assertEqual(
                [('DELETE', PATH + path + each, None) for each in 'abc'],
                self.server.asked)

    def test_history(self):
        for words, path, query in (
                ((), '', {}),
                (('--type', 'volume', '--resource', '1', '--status', 'x'), '',
                 {'resource_type': 'volume', 'resource_id': '1',
                  'status': 'x'}),
                (('--all-projects',), '/all-projects', {}),
                (('--project', 'p'), '/all-projects', {'project_id': 'p'})):
            self.server.requests.clear()
            self.server.answers({'history': [CHANGE], 'cursor': 7})
            self.server.answers({'history': [], 'cursor': 7})
            printed = self.run_command(*self.HISTORY, *words)
            self.assertIn('creating', printed)
            for request, after in zip(self.server.requests, '07',
                                      strict=True):
                self.assertEqual(PATH + '/history' + path, request.path)
                self.assertEqual({**query, 'after': after, 'wait': '0'},
                                 request.query)

    def test_rollback(self):
        for words, volume in (((), 'v-id'),
                              (('--volume', 'other'), 'other-id')):
            self.server.answers({'rollback': {'volume_id': volume}})
            self.run_command(*self.ROLLBACK, 's', *words)
            self.assert_sent(
                'POST', '/v2/mine/cloudsnapshots/s-id/rollback',
                {'rollback': {'volume_id': volume}})

    def test_rollback_and_wait(self):
        self.server.answers({'rollback': {'volume_id': 'v-id'}})
        self.server.answers({'volume': {'status': 'available'}})
        self.run_command(*self.ROLLBACK, 's', '--wait')
        self.assert_sent('GET', '/v2/mine/cloudvolumes/v-id')

    def test_reset(self):
        for words, asked in (((), {}), (('--state', 'full'),
                                        {'state': 'full'})):
            self.server.answers(RESET)
            self.assertIn('0.2', self.run_command(*self.RESET, *words))
            self.assert_sent('POST', PATH + '/reset', {'reset': asked})

    def test_states(self):
        self.server.answers({'state': STATE}, 201)
        self.run_command(*self.command(self.STATE, 'save', 'full'))
        self.assert_sent('POST', PATH + '/states',
                         {'state': {'name': 'full'}})
        self.server.answers(RESET)
        self.run_command(*self.command(self.STATE, 'load', 'full'))
        self.assert_sent('POST', PATH + '/reset',
                         {'reset': {'state': 'full'}})
        self.server.answers({'states': [STATE]})
        printed = self.run_command(*self.command(self.STATE, 'list'))
        self.assert_sent('GET', PATH + '/states')
        self.assertIn('full', printed)
