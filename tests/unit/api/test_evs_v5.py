# SPDX-License-Identifier: Apache-2.0
"""EVS's v5: rules that no client shows, and what runs by itself."""

import datetime
import json
from urllib import parse

import fixtures
import testtools
import webob
from cinder import exception as cinder_exception
from cinder import objects
from cinder.scheduler import rpcapi as scheduler_rpcapi
from cinder.volume import rpcapi

from evs_fake import db
from evs_fake.api.evs import resource_tags
from evs_fake.api.evs import router
from evs_fake.api.evs import routes
from evs_fake.api.evs import snapshot_chains
from evs_fake.api.evs import snapshot_groups
from evs_fake.api.evs import snapshot_policy_runs
from evs_fake.api.evs import snapshot_retention
from evs_fake.api.routing import exception
from evs_fake.db import models
from evs_fake.db import snapshot_groups as groups_db
from evs_fake.db import snapshot_policies as policies_db
from evs_fake.db import standard_snapshots as snapshots_db
from evs_fake.db import tags as tags_db
from tests.unit import database
from tests.unit.api import base

OTHER = 'f' * 32
NOW = datetime.datetime(2026, 2, 3, 4, 0, 1)
DAY = datetime.timedelta(days=1)


class V5TestCase(base.ApiTestCase):

    def setUp(self):
        super().setUp()
        self.app = router.app_factory({}, version='v5')
        self.useFixture(fixtures.MockPatchObject(
            scheduler_rpcapi.SchedulerAPI, '__init__', return_value=None))
        self.sent = self.useFixture(fixtures.MockPatchObject(
            scheduler_rpcapi.SchedulerAPI, 'create_snapshot')).mock
        self.deleted = self.useFixture(fixtures.MockPatchObject(
            rpcapi.VolumeAPI, 'delete_snapshot')).mock
        self.volume = database.create_volume(host='unit@evs#evs')

    def send(self, method, path, body=None, project=database.PROJECT,
             **query):
        request = webob.Request.blank('/%s%s?%s' % (
            project, path, parse.urlencode(query)), method=method)
        request.environ['cinder.context'] = database.context(
            project_id=project)
        if body is not None:
            request.body = json.dumps(body).encode()
        return request.get_response(self.app)

    def accepted(self, *args, **kwargs):
        response = self.send(*args, **kwargs)
        self.assertIn(response.status_int, (200, 202, 204), response.text)
        return response.json if response.body else None

    def refused(self, status, code, *args, **kwargs):
        response = self.send(*args, **kwargs)
        self.assertEqual(status, response.status_int, response.text)
        error, = response.json.values()
        self.assertEqual(code, error['code'], error)
        return error['message']

    def snap(self, **option):
        return self.accepted('POST', '/snapshots', {'snapshot': {
            'volume_id': self.volume.id, **option}})['snapshot_id']

    def snapshot(self, snapshot_id):
        return self.accepted('GET', '/snapshots/' + snapshot_id)['snapshot']

    def rows(self, model):
        with db.main_context_manager.reader.using(self.context) as session:
            return session.query(model).all()


class StandardSnapshotsTest(V5TestCase):

    def test_known_before_it_is_sent(self):
        def look(context, volume, snapshot, *_args):
            row, = self.rows(models.StandardSnapshot)
            self.assertEqual(
                (snapshot.id, True),
                (row.snapshot_id, row.retention_at is not None))

        self.sent.side_effect = look
        self.snap(retention_days=65536)
        self.sent.assert_called_once()

    def test_volume_in_use(self):
        self.volume.status = 'in-use'
        self.volume.save()
        self.assertEqual('creating', self.snapshot(self.snap())['status'])

    def test_status_of_the_volume(self):
        for status in ('error', 'creating', 'deleting', 'reverting',
                       'pre-deleted'):
            self.volume.status = status
            self.volume.save()
            self.refused(400, 'EVS.5400', 'POST', '/snapshots',
                         {'snapshot': {'volume_id': self.volume.id}})
        self.assertEqual([], self.rows(models.StandardSnapshot))
        self.sent.assert_not_called()

    def test_bad_bodies(self):
        good = {'volume_id': self.volume.id}
        for bad, code in (
                ({'volume_id': 'x'}, 'EVS.5400'),
                ({'retention_days': 0}, 'EVS.5400'),
                ({'retention_days': 65537}, 'EVS.5400'),
                ({'retention_days': 1.5}, 'EVS.5400'),
                ({'incremental': None}, 'EVS.5400'),
                ({'name': 'x' * 256}, 'EVS.5400'),
                ({'tags': {'k': 'v' * 44}}, 'EVS.1062'),
                ({'tags': {'k k': 'v'}}, 'EVS.1062'),
                ({'tags': {'k%d' % number: ''
                           for number in range(21)}}, 'EVS.5400'),
                ({'category': 'flash'}, 'EVS.5400')):
            self.refused(400, code, 'POST', '/snapshots',
                         {'snapshot': {**good, **bad}})

    def test_bad_queries(self):
        for query, code in (
                ({'ids': ','.join(['x'] * 61)}, 'EVS.2228'),
                ({'marker': self.volume.id}, 'EVS.1024'),
                ({'limit': 1001}, 'EVS.2142'), ({'limit': 'x'}, 'EVS.2142'),
                ({'sort_key': 'name'}, 'EVS.1039'),
                ({'sort_dir': 'up'}, 'EVS.1040'),
                ({'tags': '{'}, 'EVS.1062'), ({'tags': '[1]'}, 'EVS.1062')):
            self.refused(400, code, 'GET', '/snapshots/detail', **query)

    def test_instant_access_of_a_snapshot_of_v2(self):
        snapshot = database.create_snapshot(self.volume)
        for value in (True, False, True):
            shown = self.accepted(
                'PUT', '/snapshots/' + snapshot.id,
                {'snapshot': {'instant_access': value}})['snapshot']
            self.assertEqual((value, 'user', True, 'snapshot'), (
                shown['instant_access'], shown['snapshot_type'],
                shown['incremental'], shown['name']))

    def test_instant_access_leaves_the_rest(self):
        snapshot_id = self.snap(retention_days=1, incremental=False)
        before = self.snapshot(snapshot_id)
        after = self.accepted(
            'PUT', '/snapshots/' + snapshot_id,
            {'snapshot': {'instant_access': True}})['snapshot']
        self.assertEqual(
            {'instant_access', 'instant_access_retention_at'},
            {name for name in before if before[name] != after[name]})

    def test_snapshot_of_the_system(self):
        snapshot = database.create_snapshot(
            self.volume, 'backing-up', use_quota=False)
        objects.Backup(
            self.context, volume_id=self.volume.id, status='creating',
            user_id=database.USER, project_id=database.PROJECT,
            temp_snapshot_id=snapshot.id).create()
        path = '/snapshots/' + snapshot.id
        for method, more, body in (
                ('DELETE', '', None), ('PUT', '', {'snapshot': {}}),
                ('POST', '/rollback',
                 {'rollback': {'volume_id': self.volume.id}}),
                ('POST', '/tags/create', {'tags': [{'key': 'k'}]}),
                ('POST', '/tags/delete', {'tags': [{'key': 'k'}]})):
            self.assertIn('view-only', self.refused(
                400, 'EVS.5400', method, path + more, body))
        shown = self.snapshot(snapshot.id)
        self.assertEqual(('backing-up', {}),
                         (shown['status'], shown['tags']))

    def test_sorts_and_pages_through_equal_keys(self):
        ids = {database.create_snapshot(self.volume).id
               for _number in range(5)}
        for sort_key in snapshots_db.SORT_KEYS:
            for sort_dir in ('asc', 'desc'):
                found, query = [], {'sort_key': sort_key,
                                    'sort_dir': sort_dir, 'limit': 2}
                while page := self.accepted(
                        'GET', '/snapshots/detail', **query)['snapshots']:
                    found += [each['id'] for each in page]
                    query['marker'] = found[-1]
                self.assertEqual((5, ids), (len(found), set(found)))

    def test_too_many_tags(self):
        snapshot_id = self.snap(tags={'k%d' % number: ''
                                      for number in range(20)})
        path = '/snapshots/%s/tags/create' % snapshot_id
        self.refused(400, 'EVS.1061', 'POST', path,
                     {'tags': [{'key': 'more', 'value': ''}]})
        self.accepted('POST', path, {'tags': [{'key': 'k1', 'value': 'x'}]})
        self.assertEqual('x', self.snapshot(snapshot_id)['tags']['k1'])


class IsolationTest(V5TestCase):
    """Another project gets 404, or a list without the first one's."""

    def setUp(self):
        super().setUp()
        self.ids = {
            'snapshot_id': self.snap(tags={'k': 'v'}),
            'snapshot_group_id': self.accepted('POST', '/snapshot-groups', {
                'snapshot_group': {'volume_ids': [self.volume.id],
                                   'tags': {'k': 'v'}}})['snapshot_group_id'],
            'snapshot_policy_id': self.accepted(
                'POST', '/snapshot-policies', {'snapshot_policy': {
                    'time_points': ['1'], 'repeat_interval_days': 1,
                    'tags': {'k': 'v'}}})['snapshot_policy']['id'],
        }
        volume = {'volume_id': self.volume.id}
        tags = {'tags': [{'key': 'k', 'value': 'w'}]}
        self.bodies = {
            'POST /snapshots': {'snapshot': volume},
            'POST /snapshot-groups': {'snapshot_group': {
                'volume_ids': [self.volume.id]}},
            'PUT /snapshots/{snapshot_id}': {'snapshot': {'name': 'x'}},
            'POST /snapshots/{snapshot_id}/rollback': {'rollback': volume},
            'PUT /snapshot-groups/{snapshot_group_id}': {
                'snapshot_group': {'name': 'x'}},
            'PUT /snapshot-policies/{snapshot_policy_id}': {
                'snapshot_policy': {'name': 'x'}},
            **{'POST /%s/tags/%s' % (one, action): tags
               for one in ('snapshots/{snapshot_id}',
                           'snapshot-groups/{snapshot_group_id}')
               for action in ('create', 'delete')},
            **{'POST /snapshot-policies/{snapshot_policy_id}/' + action:
               [self.volume.id] for action in ('associate', 'disassociate')},
        }

    def routes(self):
        for route in routes.ROUTES:
            path = route.path.removeprefix('/{project_id}')
            if route.version == 'v5' and path.startswith(
                    ('/snapshot', '/evs-fake/snapshot')):
                yield route.method, path

    def test_another_project(self):
        seen = 0
        for method, path in self.routes():
            name = '%s %s' % (method, path)
            if name == 'POST /snapshot-policies':
                continue
            response = self.send(method, path.format(**self.ids),
                                 self.bodies.get(name), project=OTHER)
            if method == 'GET' and '{' not in path:
                self.assertEqual(200, response.status_int, name)
                answer, = response.json.values()
                self.assertIn(answer, ([], 0), name)
            else:
                self.assertEqual(404, response.status_int, name)
            seen += 1
        self.assertEqual(29, seen)
        for kind, snapshot_type in (
                ('snapshot', snapshots_db.TAGS),
                ('snapshot_group', groups_db.TAGS),
                ('snapshot_policy', policies_db.TAGS)):
            resource_id = self.ids[kind + '_id']
            self.assertEqual({resource_id: {'k': 'v'}}, tags_db.get(
                self.context, snapshot_type, [resource_id]))
        self.assertEqual([], policies_db.volumes(
            self.context, self.ids['snapshot_policy_id']))


class ChainsTest(V5TestCase):

    def test_id(self):
        one, other = (snapshot_chains.chain_id(volume_id) for volume_id in (
            self.volume.id, database.create_volume().id))
        self.assertNotEqual(one, other)
        self.assertEqual(one, snapshot_chains.chain_id(self.volume.id))
        self.assertEqual(36, len(one))

    def test_deleted_snapshots_are_no_members(self):
        snapshots = [database.create_snapshot(self.volume)
                     for _number in range(3)]
        chain, = snapshots_db.chains(self.context)
        self.assertEqual((3, 3), (chain.snapshot_count, chain.capacity))
        snapshots[0].destroy()
        chain, = snapshots_db.chains(self.context)
        self.assertEqual((2, 2), (chain.snapshot_count, chain.capacity))
        for snapshot in snapshots[1:]:
            snapshot.destroy()
        self.assertEqual([], snapshots_db.chains(self.context))

    def test_snapshot_that_grew(self):
        database.create_snapshot(self.volume)
        self.volume.size = 3
        self.volume.save()
        database.create_snapshot(self.volume)
        chain, = snapshots_db.chains(self.context, [self.volume.id])
        self.assertEqual(4, chain.capacity)


class GroupStatusTest(testtools.TestCase):

    def test_from_members(self):
        for is_deleting, members, expected in (
                (False, ['available'], 'available'),
                (False, ['creating', 'available'], 'creating'),
                (False, ['creating', 'error'], 'creating'),
                (False, ['error', 'available'], 'error'),
                (False, ['restoring', 'backing-up'], 'available'),
                (False, ['deleting', 'available'], 'available'),
                (False, ['error_deleting', 'available'], 'error_deleting'),
                (True, ['deleting', 'error_deleting'], 'deleting'),
                (True, ['error_deleting'], 'error_deleting'),
                # A crash before its deletion was sent, or a busy one.
                (True, ['available'], 'error_deleting')):
            found = groups_db.Group(
                models.SnapshotGroup(is_deleting=is_deleting),
                dict(enumerate(members)))
            self.assertEqual(expected, snapshot_groups.status(found),
                             (is_deleting, members))


class GroupsTest(V5TestCase):

    def make(self, *volumes):
        return self.send('POST', '/snapshot-groups', {'snapshot_group': {
            'volume_ids': [volume.id for volume in volumes],
            'tags': {'k': 'v'}}})

    def test_nothing_is_sent_for_a_refused_group(self):
        volumes = [self.volume, database.create_volume('error')]
        for bad in (volumes, volumes[::-1], [self.volume, self.volume], []):
            self.assertEqual(400, self.make(*bad).status_int)
        self.sent.assert_not_called()
        self.assertEqual(
            ([], []), (self.rows(models.SnapshotGroup),
                       self.rows(models.StandardSnapshot)))

    def test_gone_with_its_last_snapshot(self):
        other = database.create_volume(host='unit@evs#evs')
        group_id = self.make(self.volume, other).json['snapshot_group_id']
        snapshots = [objects.Snapshot.get_by_id(self.context, each)
                     for found in groups_db.find(self.context)
                     for each in found.members]
        path = '/snapshot-groups/' + group_id
        snapshots[0].destroy()
        self.accepted('GET', path)
        snapshots[1].destroy()
        self.refused(404, 'EVS.5404', 'GET', path)
        self.assertEqual({'tags': []},
                         self.accepted('GET', '/snapshot-groups/tags'))
        snapshot_retention.purge(self.context, NOW)
        for model in (models.SnapshotGroup, models.StandardSnapshot,
                      models.Tag):
            self.assertEqual([], self.rows(model))


class RetentionTest(V5TestCase):

    def run_task(self, now):
        snapshot_retention.delete_expired(self.context.elevated(), now)

    def set_status(self, snapshot_id, status):
        snapshot = objects.Snapshot.get_by_id(self.context, snapshot_id)
        snapshot.status = status
        snapshot.save()

    def test_when_the_time_is_over(self):
        kept, snapshot_id = self.snap(), self.snap(retention_days=1)
        for each in (kept, snapshot_id):
            self.set_status(each, 'available')
        now = datetime.datetime.fromisoformat(
            self.snapshot(snapshot_id)['retention_at'])
        self.run_task(now - datetime.timedelta(microseconds=1))
        self.deleted.assert_not_called()
        self.run_task(now)
        self.run_task(now + DAY)
        self.deleted.assert_called_once()
        self.assertEqual(
            ['available', 'deleting'],
            [self.snapshot(each)['status'] for each in (kept, snapshot_id)])

    def test_only_what_can_be_deleted(self):
        now = datetime.datetime.max
        snapshot_id = self.snap(retention_days=1)
        for status in ('creating', 'restoring', 'backing-up', 'deleting',
                       'error_deleting'):
            self.set_status(snapshot_id, status)
            self.run_task(now)
        self.deleted.assert_not_called()
        self.set_status(snapshot_id, 'error')
        self.run_task(now)
        self.deleted.assert_called_once()

    def test_failure_of_one(self):
        for _number in range(2):
            self.set_status(self.snap(retention_days=1), 'available')
        self.deleted.side_effect = [
            cinder_exception.ServiceUnavailable(), None]
        self.run_task(datetime.datetime.max)
        self.assertEqual(2, self.deleted.call_count)

    def test_purge(self):
        kept = self.snap(tags={'k': 'kept'})
        gone = self.snap(tags={'k': 'gone'})
        objects.Snapshot.get_by_id(self.context, gone).destroy()
        self.assertEqual({'tags': [{'key': 'k', 'value': ['kept']}]},
                         self.accepted('GET', '/snapshots/tags'))
        snapshot_retention.purge(self.context, NOW)
        row, = self.rows(models.StandardSnapshot)
        tag, = self.rows(models.Tag)
        self.assertEqual((kept, kept), (row.snapshot_id, tag.resource_id))


class PolicyRunsTest(V5TestCase):
    """Due at 12:00 in UTC+8 every day, and a second later it is NOW."""

    def setUp(self):
        super().setUp()
        due = NOW.replace(second=0)
        self.policy = self.create(next_run_at=due)

    def create(self, **values):
        policies_db.create(self.context, models.SnapshotPolicy(**{
            'id': 'p', 'project_id': database.PROJECT,
            'user_id': database.USER, 'repeat_weekdays': [],
            'repeat_interval_days': 1, 'time_points': [12],
            'retention_days': -1, 'created_at': NOW - DAY, **values}))
        policies_db.associate(self.context, 'p', [self.volume.id])

    def run_due(self, now=NOW):
        snapshot_policy_runs.run_due(self.context.elevated(), now)

    def next_run_at(self):
        return policies_db.find(self.context)[0].next_run_at

    def snapshots(self):
        return snapshots_db.find(self.context, snapshots_db.Criteria())

    def test_due(self):
        self.run_due(NOW - datetime.timedelta(seconds=2))
        self.assertEqual([], self.snapshots())
        self.run_due()
        snapshot, = self.snapshots()
        self.assertEqual(
            (self.volume.id, 'auto', None, 'auto_snapshot_20260203040001',
             database.PROJECT),
            (snapshot.volume_id, snapshot.snapshot_type,
             snapshot.retention_at, snapshot.display_name,
             snapshot.project_id))
        self.assertEqual(
            database.USER, objects.Snapshot.get_by_id(
                self.context, snapshot.id).user_id)
        self.assertEqual(NOW.replace(second=0) + DAY, self.next_run_at())

    def test_once(self):
        for _look in range(3):
            self.run_due()
        self.assertEqual(1, len(self.snapshots()))

    def test_one_of_two_processes(self):
        policy, = policies_db.due(self.context, NOW)
        next_run_at = NOW + DAY
        self.assertEqual([True, False], [
            policies_db.advance(self.context, policy, next_run_at)
            for _process in range(2)])

    def test_missed(self):
        self.run_due(NOW + snapshot_policy_runs.GRACE)
        self.assertEqual([], self.snapshots())
        self.assertEqual(NOW.replace(second=0) + DAY, self.next_run_at())
        self.run_due(NOW + DAY)
        self.assertEqual(1, len(self.snapshots()))

    def test_down_for_days(self):
        self.run_due(NOW + 5 * DAY)
        # On time for the last of the six, too late for its own.
        self.assertEqual([], self.snapshots())
        self.assertEqual(NOW.replace(second=0) + 6 * DAY, self.next_run_at())

    def test_retention(self):
        policies_db.update(self.context, 'p', retention_days=2)
        self.run_due()
        snapshot, = self.snapshots()
        self.assertEqual(NOW + 2 * DAY, snapshot.retention_at)

    def test_volumes(self):
        gone = database.create_volume()
        broken = database.create_volume('error')
        policies_db.associate(self.context, 'p', [gone.id, broken.id])
        gone.destroy()
        self.run_due()
        snapshot, = self.snapshots()
        self.assertEqual(self.volume.id, snapshot.volume_id)
        self.assertEqual(
            {self.volume.id, broken.id},
            set(policies_db.volumes(self.context, 'p')))

    def test_on_demand(self):
        before = self.next_run_at()
        answer = self.accepted('POST', '/evs-fake/snapshot-policies/p/run')
        self.assertEqual(
            (1, [], before),
            (len(answer['snapshots']), answer['failures'],
             self.next_run_at()))

    def test_deleted(self):
        tags_db.replace(self.context, policies_db.TAGS, 'p', {'k': 'v'})
        self.accepted('DELETE', '/snapshot-policies/p')
        self.run_due()
        self.assertEqual([], self.snapshots())
        for model in (models.SnapshotPolicyVolume, models.Tag):
            self.assertEqual([], self.rows(model))

    def test_update_moves_the_next_run(self):
        self.accepted('PUT', '/snapshot-policies/p', {'snapshot_policy': {
            'repeat_weekdays': ['1'], 'time_points': ['0']}})
        moment = self.next_run_at()
        # Monday, 00:00 in UTC+8.
        self.assertEqual((7, 16), (moment.isoweekday(), moment.hour))

    def test_bad_schedules(self):
        for bad in ({'repeat_weekdays': ['1'], 'repeat_interval_days': 1},
                    {}, {'repeat_weekdays': []}, {'repeat_weekdays': ['8']},
                    {'repeat_weekdays': ['1', '1']},
                    {'repeat_interval_days': 31},
                    {'repeat_interval_days': 1, 'time_points': []},
                    {'repeat_interval_days': 1, 'time_points': ['24']},
                    {'repeat_interval_days': 1, 'retention_days': 0}):
            self.refused(400, 'EVS.5400', 'POST', '/snapshot-policies', {
                'snapshot_policy': {'time_points': ['1'], **bad}})


class TagsTest(testtools.TestCase):

    def test_asked(self):
        for query, expected in (
                ({}, {}), ({'tag_key': 'k'}, {'k': None}),
                ({'tags': ''}, {}), ({'tags': '[]'}, {}),
                ({'tags': '[{"key": "k", "value": "v"}]'}, {'k': 'v'}),
                ({'tags': '[{"k": "v", "l": "w"}, {"m": ""}]'},
                 {'k': 'v', 'l': 'w', 'm': ''}),
                ({'tag_key': 'a', 'tags': '[{"k": "v"}]'},
                 {'a': None, 'k': 'v'})):
            self.assertEqual(expected, resource_tags.asked(query))
        for bad in ('x', '5', '{}', '["k"]', '[{"k": 5}]', '[' * 4000):
            self.assertRaises(exception.Refused, resource_tags.asked,
                              {'tags': bad})

    def test_matches(self):
        for wanted, expected in (
                ({}, True), ({'k': None}, True), ({'k': 'v'}, True),
                ({'k': 'w'}, False), ({'x': None}, False),
                ({'k': 'v', 'x': 'y'}, False)):
            self.assertEqual(expected, resource_tags.matches(
                wanted, {'k': 'v', 'l': ''}))
