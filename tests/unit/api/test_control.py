# SPDX-License-Identifier: Apache-2.0
"""The control API."""

import json
import math
import re
import threading
from urllib import parse

import fixtures
import webob

from evs_fake.api.control import history
from evs_fake.api.control import router
from evs_fake.api.routing import exception
from evs_fake.conf import faults as conf
from evs_fake.db import credentials
from evs_fake.db import history as db_history
from evs_fake.faults import operations
from evs_fake.faults import resource
from tests.unit import database
from tests.unit.api import base


class ControlTestCase(base.ApiTestCase):

    PATH = None

    def setUp(self):
        super().setUp()
        self.app = router.app_factory({})
        self.admin = database.context(is_admin=True, roles=['admin'])

    def send(self, method, path=None, body=None, context=None):
        path = path or self.PATH
        request = webob.Request.blank(path, method=method)
        request.environ['cinder.context'] = context or self.admin
        if body is not None:
            request.body = (body if isinstance(body, bytes)
                            else json.dumps(body).encode())
        return request.get_response(self.app)

    def assert_fault(self, response, status, name, *words):
        self.assertEqual(status, response.status_int, response.text)
        self.assertEqual({name}, set(response.json))
        self.assertEqual(status, response.json[name]['code'])
        for word in words:
            self.assertIn(word, response.json[name]['message'])


class CredentialsTest(ControlTestCase):

    PATH = '/credentials'

    def create(self, **asked):
        response = self.send('POST', body={'credential': asked})
        self.assertEqual(201, response.status_int, response.text)
        return response.json['credential']

    def test_create(self):
        made = self.create(project_id='p')
        self.assertTrue(re.fullmatch('[A-Z0-9]{20}', made['access_key']))
        self.assertTrue(re.fullmatch('[A-Za-z0-9]{40}', made['secret_key']))
        self.assertTrue(re.fullmatch(
            r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}', made['created_at']))
        self.assertEqual(
            ('p', 'admin', ['member', 'reader'], ''),
            (made['project_id'], made['user_id'], made['roles'],
             made['description']))
        found = credentials.get(made['access_key'])
        self.assertEqual(made['secret_key'], found.secret_key)
        self.assertIsNone(credentials.get(made['access_key'].lower()))

    def test_create_with_everything(self):
        asked = {'project_id': 'p', 'user_id': 'ann', 'roles': [],
                 'description': '\u732b'}
        made = self.create(**asked)
        self.assertEqual(asked, {name: made[name] for name in asked})

    def test_create_refused(self):
        for asked, word in (
                ({}, 'project_id'), ({'project_id': ''}, 'project_id'),
                ({'project_id': 5}, 'project_id'),
                ({'project_id': '../x'}, 'project_id'),
                ({'project_id': 'x\n'}, 'project_id'),
                ({'project_id': 'x' * 65}, 'project_id'),
                ({'project_id': 'p', 'user_id': 'a b'}, 'user_id'),
                ({'project_id': 'p', 'roles': 'admin'}, 'roles'),
                ({'project_id': 'p', 'roles': [1]}, 'roles'),
                ({'project_id': 'p', 'roles': ['']}, 'roles'),
                ({'project_id': 'p', 'roles': ['a', 'a']}, 'roles'),
                ({'project_id': 'p', 'roles': ['\0']}, 'text'),
                ({'project_id': 'p', 'description': None}, 'description'),
                ({'project_id': 'p', 'description': 'x' * 256},
                 'description'),
                ({'project_id': 'p', 'access_key': 'A' * 20}, 'access_key'),
                ({'project_id': 'p', 'secret_key': 'x'}, 'secret_key')):
            self.assert_fault(
                self.send('POST', body={'credential': asked}),
                400, 'badRequest', word)
        for body in (b'', b'[]', b'{}', b'{"credential": 1}'):
            self.assert_fault(self.send('POST', body=body),
                              400, 'badRequest')
        self.assertEqual([], credentials.get_all(self.admin))

    def test_list(self):
        self.assertEqual({'credentials': []}, self.send('GET').json)
        made = [self.create(project_id=project) for project in 'aba']
        for each in made:
            del each['secret_key']
        self.assertEqual({'credentials': made}, self.send('GET').json)
        self.assertEqual(
            {'credentials': [made[0], made[2]]},
            self.send('GET', '/credentials?project_id=a').json)
        self.assert_fault(self.send('GET', '/credentials?project_id=/'),
                          400, 'badRequest', 'project_id')

    def test_delete(self):
        made, kept = (self.create(project_id='p') for _each in range(2))
        path = '/credentials/' + made['access_key']
        response = self.send('DELETE', path)
        self.assertEqual((204, b''), (response.status_int, response.body))
        self.assert_fault(self.send('DELETE', path), 404, 'itemNotFound',
                          made['access_key'])
        self.assertIsNone(credentials.get(made['access_key']))
        self.assertIsNotNone(credentials.get(kept['access_key']))

    def test_administrators_only(self):
        made = self.create(project_id=database.PROJECT)
        for roles in (['member', 'reader'], ['reader'], []):
            for method, path, body in (
                    ('POST', '/credentials',
                     {'credential': {'project_id': database.PROJECT}}),
                    ('GET', '/credentials', None),
                    ('DELETE', '/credentials/' + made['access_key'], None)):
                self.assert_fault(
                    self.send(method, path, body,
                              database.context(roles=roles)),
                    403, 'forbidden')
        self.assertEqual(1, len(credentials.get_all(self.admin)))

    def test_unknown_path(self):
        for method, path in (('GET', '/'), ('PUT', '/credentials'),
                             ('GET', '/credentials/x'), ('GET', '/nope')):
            self.assert_fault(self.send(method, path), 404, 'itemNotFound')


class RulesTest(ControlTestCase):

    PATH = '/rules'

    def create(self, operation='snapshot-create', action='hold', **asked):
        response = self.send('POST', body={'rule': {
            'operation': operation, 'action': action, **asked}})
        self.assertEqual(201, response.status_int, response.text)
        return response.json['rule']

    def test_create(self):
        made = self.create()
        for name in ('id', 'created_at'):
            self.assertTrue(made.pop(name))
        self.assertEqual({
            'operation': 'snapshot-create', 'when': 'before',
            'action': 'hold', 'match': {}, 'seconds': None, 'message': None,
            'outcome': None, 'timeout': None, 'times': 1, 'description': '',
            'state': 'active', 'failure': None, 'matched': 0,
            'last_resource_id': None, 'last_matched_at': None,
            'expires_at': None, 'released_at': None}, made)

    def test_create_with_everything(self):
        match = {'resource_id': 'r', 'volume_id': 'v', 'name': 'disk-*',
                 'project_id': 'p', 'volume_type': 'SSD', 'host': '*@evs-1',
                 'metadata': {'k': 'v'}}
        common = {'when': 'after', 'match': match, 'times': None,
                  'expires_at': '2099-01-02T03:04:05.000000',
                  'description': '\u732b'}
        for asked in (
                {'action': 'hold', 'timeout': 2.5},
                {'action': 'delay', 'seconds': [0, 1.5]},
                {'action': 'fail', 'message': 'm', 'outcome': 'available'}):
            asked.update(common, operation='snapshot-delete')
            made = self.create(**asked)
            self.assertEqual(asked, {name: made[name] for name in asked})

    def test_delay_of_a_number(self):
        made = self.create(action='delay', seconds=2)
        self.assertEqual([2, 2], made['seconds'])

    def test_create_refused(self):
        good = {'operation': 'snapshot-delete', 'action': 'fail'}
        for wrong, words in (
                ({'operation': 'snapshot-made'},
                 ['operation', 'snapshot-made', *operations.Operation]),
                ({'operation': None}, ['operation']),
                ({'action': 'explode'}, ['action', 'hold', 'delay', 'fail']),
                ({'when': 'later'}, ['when', 'before', 'after']),
                ({'operation': 'backup-create', 'when': 'after'},
                 ['when', 'backup-create', 'before']),
                ({'project': 'p'}, ['project', 'description', 'match']),
                ({'match': {'id': 'x'}}, ['match', *resource.CRITERIA]),
                ({'match': {'name': 5}}, ['match.name']),
                ({'match': {'name': 'x' * 256}}, ['match.name']),
                ({'match': {'metadata': {}}}, ['match.metadata']),
                ({'match': {'metadata': {'k': 1}}}, ['match.metadata.k']),
                ({'match': []}, ['match']),
                ({'operation': 'group-create',
                  'match': {'volume_id': 'x'}},
                 ['match.volume_id', 'group-create']),
                ({'operation': 'group-delete',
                  'match': {'metadata': {'k': 'v'}}},
                 ['match.metadata', 'group-delete']),
                ({'seconds': 1}, ['seconds', 'fail', 'message', 'outcome']),
                ({'timeout': 1}, ['timeout', 'fail']),
                ({'action': 'delay'}, ['seconds', 'delay']),
                ({'action': 'delay', 'seconds': -1}, ['seconds']),
                ({'action': 'delay', 'seconds': [2, 1]}, ['seconds', '2']),
                ({'action': 'delay', 'seconds': [1]}, ['seconds']),
                ({'action': 'delay', 'seconds': 1e300}, ['seconds']),
                ({'action': 'delay', 'seconds': True}, ['seconds']),
                ({'action': 'hold', 'message': 'm'}, ['message', 'timeout']),
                ({'outcome': 'gone'}, ['outcome', 'error_deleting']),
                ({'operation': 'snapshot-create', 'outcome': 'available'},
                 ['outcome', 'snapshot-create']),
                ({'times': 0}, ['times']), ({'times': 'x'}, ['times']),
                ({'times': 2 ** 40}, ['times']),
                ({'expires_at': 'soon'}, ['expires_at', 'ISO 8601']),
                ({'expires_at': '2001-01-01T00:00:00Z'}, ['expires_at']),
                ({'expires_at': '0001-01-01T00:00:00+14:00'},
                 ['expires_at']),
                ({'message': '\0'}, ['text']),
                ({'description': 'x' * 256}, ['description'])):
            self.assert_fault(
                self.send('POST', body={'rule': {**good, **wrong}}),
                400, 'badRequest', *words)
        for missing in good:
            self.assert_fault(
                self.send('POST', body={'rule': {
                    name: value for name, value in good.items()
                    if name != missing}}), 400, 'badRequest', missing)
        self.assertEqual({'rules': []}, self.send('GET').json)

    def test_as_many_as_may_be(self):
        # Registered by the first request for it, else.
        self.database.conf.conf.register_opts(conf.OPTS, conf.GROUP)
        self.database.conf.config(max_rules=2, group=conf.GROUP)
        made = [self.create(), self.create()]
        self.assert_fault(self.send('POST', body={'rule': {
            'operation': 'snapshot-create', 'action': 'hold'}}),
            413, 'overLimit', 'max_rules', '2')
        self.assertEqual({'rules': made}, self.send('GET').json)
        self.send('DELETE', '/rules/' + made[0]['id'])
        self.create()

    def test_list_and_show(self):
        made = [self.create(), self.create(action='fail')]
        self.assertEqual({'rules': made}, self.send('GET').json)
        for each in made:
            self.assertEqual(
                {'rule': each}, self.send('GET', '/rules/' + each['id']).json)

    def test_release(self):
        made = self.create()
        path = '/rules/%s/release' % made['id']
        released = self.send('POST', path, {'release': {}}).json['rule']
        self.assertEqual(('released', None),
                         (released['state'], released['failure']))
        self.assertTrue(released['released_at'])
        self.assert_fault(self.send('POST', path, {'release': {}}),
                          409, 'conflictingRequest', made['id'])

    def test_release_with_a_failure(self):
        for asked, failure in (({'message': 'why'}, 'why'), ({}, 'rule')):
            made = self.create()
            released = self.send(
                'POST', '/rules/%s/release' % made['id'],
                {'release': {'fail': True, **asked}}).json['rule']
            self.assertIn(failure, released['failure'])

    def test_release_refused(self):
        made = self.create()
        for asked, word in (({'message': 'm'}, 'message'),
                            ({'fail': 'yes'}, 'fail'), ({'x': 1}, 'x')):
            self.assert_fault(
                self.send('POST', '/rules/%s/release' % made['id'],
                          {'release': asked}), 400, 'badRequest', word)
        self.assertEqual({'rules': [made]}, self.send('GET').json)

    def test_delete(self):
        made, kept = self.create(), self.create()
        path = '/rules/' + made['id']
        self.assertEqual(204, self.send('DELETE', path).status_int)
        for method, where, body in (
                ('DELETE', path, None), ('GET', path, None),
                ('POST', path + '/release', {'release': {}})):
            self.assert_fault(self.send(method, where, body),
                              404, 'itemNotFound', made['id'])
        self.assertEqual({'rules': [kept]}, self.send('GET').json)

    def test_administrators_only(self):
        made = self.create()
        one = '/rules/' + made['id']
        for roles in (['member', 'reader'], []):
            for method, path, body in (
                    ('POST', '/rules', {'rule': {
                        'operation': 'snapshot-create', 'action': 'hold'}}),
                    ('GET', '/rules', None), ('GET', one, None),
                    ('POST', one + '/release', {'release': {}}),
                    ('DELETE', one, None)):
                self.assert_fault(
                    self.send(method, path, body,
                              database.context(roles=roles)),
                    403, 'forbidden')
        self.assertEqual({'rules': [made]}, self.send('GET').json)


class HistoryTest(ControlTestCase):

    PATH = '/history'

    def setUp(self):
        super().setUp()
        self.volume = database.create_volume()
        self.snapshot = database.create_snapshot(
            self.volume, status='restoring')
        self.other = database.create_volume(project_id='other')

    def get(self, path='/history', context=None, **query):
        response = self.send(
            'GET', '%s?%s' % (path, parse.urlencode(query)),
            context=context or self.context)
        self.assertEqual(200, response.status_int, response.text)
        return response.json

    def ids(self, *args, **query):
        return [change['resource_id']
                for change in self.get(*args, **query)['history']]

    def test_own(self):
        found = self.get()
        self.assertEqual(
            [(self.volume.id, 'volume', None, 'available'),
             (self.snapshot.id, 'snapshot', None, 'rollbacking')],
            [tuple(change[name] for name in (
                'resource_id', 'resource_type', 'old_status', 'new_status'))
             for change in found['history']])
        self.assertEqual(
            {'number', 'resource_type', 'resource_id', 'project_id',
             'old_status', 'new_status', 'occurred_at'},
            set(found['history'][0]))
        again = self.get(after=found['cursor'])
        self.assertEqual([], again['history'])

    def test_all_projects(self):
        path = '/history/all-projects'
        self.assertEqual(
            [self.volume.id, self.snapshot.id, self.other.id],
            self.ids(path, self.admin))
        self.assertEqual([self.other.id], self.ids(
            path, self.admin, project_id='other'))
        self.assert_fault(self.send('GET', path, context=self.context),
                          403, 'forbidden')
        self.assertNotIn(self.other.id, self.ids(project_id='other'))

    def test_filters(self):
        for query, expected in (
                ({'resource_type': 'volume'}, [self.volume.id]),
                ({'resource_id': self.snapshot.id}, [self.snapshot.id]),
                ({'status': 'rollbacking'}, [self.snapshot.id]),
                ({'status': 'restoring'}, []),
                ({'limit': 1}, [self.volume.id])):
            self.assertEqual(expected, self.ids(**query), query)

    def test_wait(self):
        cursor = self.get()['cursor']
        self.assertEqual({'history': [], 'cursor': cursor},
                         self.get(after=cursor, wait=0))
        changed = threading.Thread(target=self.change_when_asked)
        changed.start()
        self.addCleanup(changed.join)
        found = self.get(after=cursor, wait=60, status='error')
        self.assertEqual(
            [('available', 'error')],
            [(change['old_status'], change['new_status'])
             for change in found['history']])

    def test_wait_of_many(self):
        """One look is for all of them."""
        newest = history.Newest()
        look = self.useFixture(fixtures.MockPatchObject(
            db_history, 'last', side_effect=[5, 6])).mock
        self.useFixture(fixtures.MockPatchObject(history, '_PAUSE', 0.01))
        for _each in range(30):
            newest.wait(self.context, 4, math.inf)
            newest._at = math.inf
        look.assert_called_once_with(self.context)
        newest._at = -math.inf
        newest.wait(self.context, 5, math.inf)
        self.assertEqual(2, look.call_count)
        newest.wait(self.context, 99, -math.inf)

    def change_when_asked(self):
        self.volume.status = 'error'
        self.volume.save()

    def test_refused(self):
        for query, word in (({'after': -1}, 'after'),
                            ({'after': 'x'}, 'after'),
                            ({'after': 2 ** 64}, 'after'),
                            ({'limit': 0}, 'limit'),
                            ({'limit': 1001}, 'limit'),
                            ({'wait': 61}, 'wait'),
                            ({'resource_type': 'disk'}, 'resource_type'),
                            ({'resource_id': ''}, 'resource_id')):
            self.assert_fault(
                self.send('GET', '/history?' + parse.urlencode(query)),
                400, 'badRequest', word)


class FakeWorld:
    """Notes what it is asked for; knows the state "one"."""

    def __init__(self):
        self.asked = []

    def reset(self, name):
        self._look_up(name or 'one')
        self.asked.append(('reset', name))

    def save(self, name):
        if name == 'one':
            raise exception.Refused('State one is there already.',
                                    status=409)
        self.asked.append(('save', name))
        return {'name': name}

    def list_states(self):
        return [{'name': 'one'}]

    def show(self, name):
        self._look_up(name)
        return {'name': name}

    def delete(self, name):
        self._look_up(name)
        self.asked.append(('delete', name))

    @staticmethod
    def _look_up(name):
        if name != 'one':
            raise exception.Refused(
                'State %s could not be found.' % name, status=404)


_WORLD = FakeWorld()


def fake_world():
    return _WORLD


class WorldTestCase(ControlTestCase):

    def setUp(self):
        super().setUp()
        self.app = router.app_factory({}, '%s:fake_world' % __name__)
        self.addCleanup(router.app_factory, {})
        self.asked = _WORLD.asked
        self.asked.clear()


class ResetTest(WorldTestCase):

    PATH = '/reset'

    def test_empty(self):
        response = self.send('POST', body={'reset': {}})
        self.assertEqual(200, response.status_int)
        reset = response.json['reset']
        self.assertEqual({'state', 'seconds'}, set(reset))
        self.assertIsNone(reset['state'])
        self.assertIsInstance(reset['seconds'], float)
        self.assertEqual([('reset', None)], self.asked)

    def test_state(self):
        response = self.send('POST', body={'reset': {'state': 'one'}})
        self.assertEqual('one', response.json['reset']['state'])
        self.assertEqual([('reset', 'one')], self.asked)
        self.assert_fault(
            self.send('POST', body={'reset': {'state': 'two'}}),
            404, 'itemNotFound', 'two')

    def test_refused(self):
        for body, word in (
                ({}, 'reset'), ({'reset': None}, 'reset'),
                ({'reset': {}, 'x': 1}, 'x'),
                ({'reset': {'states': 'one'}}, 'states'),
                ({'reset': {'state': None}}, 'state'),
                ({'reset': {'state': ''}}, 'state'),
                ({'reset': {'state': 'a/b'}}, 'state'),
                ({'reset': {'state': 'one\n'}}, 'state'),
                ({'reset': {'state': 'x' * 65}}, 'state')):
            self.assert_fault(self.send('POST', body=body),
                              400, 'badRequest', word)
        self.assertEqual([], self.asked)

    def test_administrators_only(self):
        for roles in (['member', 'reader'], ['reader'], []):
            self.assert_fault(
                self.send('POST', body={'reset': {}},
                          context=database.context(roles=roles)),
                403, 'forbidden')
        self.assertEqual([], self.asked)


class StatesTest(WorldTestCase):

    PATH = '/states'

    def test_all(self):
        response = self.send('POST', body={'state': {'name': 'A-b_3'}})
        self.assertEqual((201, {'state': {'name': 'A-b_3'}}),
                         (response.status_int, response.json))
        self.assertEqual({'states': [{'name': 'one'}]},
                         self.send('GET').json)
        self.assertEqual({'state': {'name': 'one'}},
                         self.send('GET', '/states/one').json)
        self.assertEqual(204, self.send('DELETE', '/states/one').status_int)
        self.assertEqual([('save', 'A-b_3'), ('delete', 'one')], self.asked)

    def test_taken(self):
        self.assert_fault(self.send('POST', body={'state': {'name': 'one'}}),
                          409, 'conflictingRequest', 'one')

    def test_refused(self):
        for body, word in (
                ({}, 'state'), ({'state': {}}, 'name'),
                ({'state': {'name': 5}}, 'name'),
                ({'state': {'name': '.one'}}, 'name'),
                ({'state': {'name': 'one', 'size': 1}}, 'size')):
            self.assert_fault(self.send('POST', body=body),
                              400, 'badRequest', word)
        self.assertEqual([], self.asked)

    def test_unknown(self):
        for method in ('GET', 'DELETE'):
            for name in ('two', '..', '.one', 'x' * 5000, 'a b'):
                self.assert_fault(
                    self.send(method, '/states/' + parse.quote(name)),
                    404, 'itemNotFound')
        self.assertEqual([], self.asked)

    def test_administrators_only(self):
        for roles in (['member', 'reader'], ['reader'], []):
            for method, path, body in (
                    ('POST', '/states', {'state': {'name': 'x'}}),
                    ('GET', '/states', None), ('GET', '/states/one', None),
                    ('DELETE', '/states/one', None)):
                self.assert_fault(
                    self.send(method, path, body,
                              database.context(roles=roles)),
                    403, 'forbidden')
        self.assertEqual([], self.asked)


class NoWorldTest(ControlTestCase):
    """In a Cinder of somebody's own."""

    def test_refused(self):
        for method, path, body in (
                ('POST', '/reset', {'reset': {}}),
                ('POST', '/states', {'state': {'name': 'x'}}),
                ('GET', '/states', None), ('GET', '/states/one', None),
                ('DELETE', '/states/one', None)):
            self.assert_fault(self.send(method, path, body), 409,
                              'conflictingRequest', 'evs-fake serve')
