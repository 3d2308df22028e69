# SPDX-License-Identifier: Apache-2.0
"""Each patch does what it is for, and upstream still needs it."""

import ast
import datetime
import importlib.metadata
import inspect
import os
import pathlib
import threading
from unittest import mock

import eventlet.tpool
import fixtures
import futurist
import os_brick.privileged
import sqlalchemy
import testtools
from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import manager
from cinder import privsep
from cinder import utils
from cinder.api.contrib import consistencygroups
from cinder.api.openstack import wsgi
from cinder.common import sqlalchemyutils
from cinder.compute import nova
from cinder.db import api as db_api
from cinder.image import image_utils
from cinder.privsep import path as privsep_path
from futurist import _futures as futures
from futurist import _thread as futures_thread
from keystoneauth1.exceptions import catalog
from os_brick.privileged import nvmeof
from oslo_config import cfg
from oslo_db import exception as db_exception
from oslo_policy import policy
from oslo_privsep import priv_context
from webob import exc

from evs_fake import db
from evs_fake.cloud import patches
from evs_fake.db import cinder_models
from tests.unit import database

_ROOT_HELPER = utils.get_root_helper


def _raise(error):
    def function(*_args, **_kwargs):
        raise error

    return function


class ImageTransfersTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        # Of upstream, whatever this process has applied before.
        self.useFixture(fixtures.MonkeyPatch(
            'cinder.image.image_utils.tpool', eventlet.tpool))

    def test_upstream_uses_eventlet_directly(self):
        tree = ast.parse(inspect.getsource(image_utils))
        imports = [node.module for node in ast.walk(tree)
                   if isinstance(node, ast.ImportFrom)
                   and [name.name for name in node.names] == ['tpool']]
        self.assertEqual(['eventlet'], imports)
        used = {node.attr for node in ast.walk(tree)
                if isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == 'tpool'}
        # No more than the patch has.
        self.assertEqual({'execute', 'Proxy'}, used)

    def test_runs_in_place(self):
        patches.run_image_transfers_in_place()
        wrapped = object()
        self.assertIs(wrapped, image_utils.tpool.Proxy(wrapped))
        self.assertEqual(
            '0x1f', image_utils.tpool.execute(format, 31, '#x'))


class ThreadsTest(testtools.TestCase):

    def threads_for(self, executor_class, pieces):
        """How many it starts for pieces of work, one after the other."""
        # Not their number: those of other tests may end meanwhile.
        before = set(threading.enumerate())
        executor = executor_class(max_workers=pieces)
        self.addCleanup(executor.shutdown)
        for _piece in range(pieces):
            executor.submit(int).result()
        return len(set(threading.enumerate()) - before)

    def test_upstream_starts_one_for_each(self):
        self.assertEqual(
            64, self.threads_for(futures.ThreadPoolExecutor, 64))

    def test_upstream_wakes_idle_ones(self):
        self.assertEqual(1, futures_thread.ThreadWorker.MAX_IDLE_FOR)

    def test_upstream_takes_no_other_class(self):
        entry_point, = importlib.metadata.entry_points(
            group='oslo.messaging.executors', name='threading')
        self.assertEqual('futurist:ThreadPoolExecutor', entry_point.value)
        self.assertIn('futurist.ThreadPoolExecutor', inspect.getsource(
            manager.SizedThreadPoolManager._init_pool))

    def test_idle_threads_work(self):
        self.useFixture(fixtures.MonkeyPatch(
            'futurist.ThreadPoolExecutor', futures.ThreadPoolExecutor))
        patches.reuse_threads()
        # One that has just given its result may not be idle yet.
        self.assertGreater(
            64, self.threads_for(futurist.ThreadPoolExecutor, 64))


class UnprivilegedTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.contexts = {
            context for module in (privsep, os_brick.privileged)
            for context in vars(module).values()
            if isinstance(context, priv_context.PrivContext)}
        for context in self.contexts:
            self.addCleanup(context.set_client_mode, context.client_mode)
            context.set_client_mode(True)
        # Of upstream, whatever this process has applied before.
        self.useFixture(fixtures.MonkeyPatch(
            'cinder.utils.get_root_helper', _ROOT_HELPER))

    def test_every_context(self):
        self.assertIn(privsep.sys_admin_pctxt, self.contexts)
        self.assertIn(os_brick.privileged.default, self.contexts)
        patches.run_unprivileged()
        self.assertEqual(
            {False}, {context.client_mode for context in self.contexts})

    def test_upstream_runs_commands_by_sudo(self):
        self.assertTrue(utils.get_root_helper().startswith('sudo '))

    def test_runs_commands_as_the_user(self):
        self.useFixture(fixtures.MockPatchObject(
            os, 'geteuid', return_value=1001))
        patches.run_unprivileged()
        self.assertEqual(
            ('same\n', ''), utils.execute('echo', 'same', run_as_root=True))

    def test_upstream_asks_a_daemon(self):
        self.useFixture(fixtures.MockPatchObject(
            priv_context.PrivContext, 'start',
            side_effect=FileNotFoundError('sudo')))
        self.assertRaises(FileNotFoundError, privsep_path.exists, '/')

    def test_runs_in_this_process(self):
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).join('x'))
        patches.run_unprivileged()
        privsep_path.touch(str(path))
        self.assertTrue(path.exists())


class SystemUuidTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        context = os_brick.privileged.default
        self.addCleanup(context.set_client_mode, context.client_mode)
        context.set_client_mode(False)
        self.useFixture(fixtures.MonkeyPatch(
            'os_brick.privileged.nvmeof.get_system_uuid',
            nvmeof.get_system_uuid))
        # As where only root may read it in /sys.
        self.useFixture(fixtures.MonkeyPatch(
            'os_brick.privileged.nvmeof.open', _raise(PermissionError)))

    def test_upstream_stumbles_over_a_directory_of_others(self):
        self.execute(_raise(PermissionError))
        self.assertRaises(PermissionError, nvmeof.get_system_uuid)

    def test_there_is_none(self):
        patches.do_without_system_uuid()
        self.execute(_raise(PermissionError))
        self.assertEqual('', nvmeof.get_system_uuid())

    def test_there_is_one(self):
        patches.do_without_system_uuid()
        self.execute(lambda *_args: ('uuid\n', ''))
        self.assertEqual('uuid', nvmeof.get_system_uuid())

    def execute(self, function):
        self.useFixture(fixtures.MonkeyPatch(
            'os_brick.privileged.nvmeof.rootwrap.custom_execute', function))


class ComputeTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        # Put back what is there now.
        self.useFixture(fixtures.MonkeyPatch(
            'cinder.compute.nova.novaclient', nova.novaclient))
        # Its constructor wants a database.
        self.api = nova.API.__new__(nova.API)
        self.context = cinder_context.RequestContext(
            'user', 'project', is_admin=False)

    def ask(self):
        return self.api.get_server_volume(self.context, 'server', 'volume')

    def test_upstream_looks_for_identity(self):
        self.assertRaises(catalog.EndpointNotFound, self.ask)
        self.assertRaises(catalog.EndpointNotFound, self.api.extend_volume,
                          self.context, ['server'], 'volume')

    def test_it_has_no_server(self):
        patches.do_without_compute()
        self.assertRaises(nova.API.NotFound, self.ask)
        self.assertRaises(
            nova.API.NotFound, self.api.update_server_volume, self.context,
            'server', 'old', 'new')
        self.assertRaises(cinder_exception.ServerNotFound,
                          self.api.get_server, self.context, 'server')

    def test_there_is_nobody_to_tell(self):
        patches.do_without_compute()
        self.assertTrue(self.api.extend_volume(
            self.context, ['server'], 'volume'))

    @staticmethod
    def services(*kinds):
        return [{'type': kind, 'endpoints': [
            {'publicURL': 'http://%s.example.org' % kind}]}
            for kind in kinds]

    def test_identity_knows_none(self):
        self.context.service_catalog = self.services('identity')
        patches.do_without_compute()
        self.assertRaises(nova.API.NotFound, self.ask)

    def test_compute_that_is_there(self):
        self.useFixture(fixtures.MonkeyPatch(
            'cinder.compute.nova.novaclient', lambda *_args, **_options: 5))
        self.context.service_catalog = self.services('identity', 'compute')
        patches.do_without_compute()
        self.assertEqual(5, nova.novaclient(self.context))


class MessagesTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.useFixture(database.DatabaseFixture())
        self.useFixture(fixtures.MockPatchObject(
            db_api, 'PAGINATION_HELPERS', {
                **db_api.PAGINATION_HELPERS,
                # Of upstream, whatever this process has applied before.
                cinder_models.Message: (db_api._messages_get_query,
                                 db_api._process_messages_filters,
                                 db_api._message_get)}))
        for project in ('one', 'two'):
            db_api.message_create(database.context(), {
                'project_id': project, 'event_id': 'e',
                'message_level': 'ERROR', 'request_id': 'r'})

    def seen(self, **kwargs):
        return sorted(
            message['project_id'] for message in db_api.message_get_all(
                database.context(project_id='one', **kwargs)))

    def test_upstream_tells_everybody(self):
        self.assertEqual(['one', 'two'], self.seen())

    def test_only_the_project(self):
        patches.keep_messages_in_their_project()
        self.assertEqual(['one'], self.seen())

    def test_an_administrator(self):
        patches.keep_messages_in_their_project()
        self.assertEqual(['one', 'two'], self.seen(is_admin=True))


class SnapshotFiltersTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.useFixture(database.DatabaseFixture())
        # Of upstream, whatever this process has applied before.
        ours = (db_api._snaps_get_query, db_api._process_snaps_filters)
        self.useFixture(fixtures.MonkeyPatch(
            'cinder.db.api.PAGINATION_HELPERS', {
                **db_api.PAGINATION_HELPERS,
                cinder_models.Snapshot: (*ours, db_api._snapshot_get)}))
        self.useFixture(fixtures.MonkeyPatch(
            'cinder.db.api.CALCULATE_COUNT_HELPERS', {
                **db_api.CALCULATE_COUNT_HELPERS, 'snapshot': ours}))
        self.volume = database.create_volume(display_name='other')
        self.snapshot = database.create_snapshot(
            self.volume, 'error', display_name='name')
        database.create_snapshot(self.volume)

    def seen(self, **filters):
        filters['availability_zone'] = filters.get(
            'availability_zone', 'nova')
        found = [snapshot.id for snapshot in
                 db_api.snapshot_get_all_by_project(
                     database.context(), database.PROJECT, filters)]
        self.assertEqual(len(found), db_api.calculate_resource_count(
            database.context(), 'snapshot',
            dict(filters, project_id=database.PROJECT)))
        return found

    def test_upstream_takes_them_for_the_volumes(self):
        self.assertEqual([], self.seen(status='error'))
        self.assertEqual(2, len(self.seen(status='available')))
        self.assertRaises(sqlalchemy.exc.InvalidRequestError, self.seen,
                          volume_id=self.volume.id)

    def test_filters(self):
        patches.filter_snapshots_by_what_is_theirs()
        ours = [self.snapshot.id]
        self.assertEqual(ours, self.seen(status='error'))
        self.assertEqual(ours, self.seen(display_name='name'))
        self.assertEqual(2, len(self.seen(volume_id=self.volume.id)))
        self.assertEqual([], self.seen(availability_zone='mars'))
        self.assertEqual([], self.seen(nonsense='x'))
        self.assertEqual(2, len(self.seen()))


class PagesTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.useFixture(database.DatabaseFixture())
        # Of upstream, whatever this process has applied before.
        self.useFixture(fixtures.MonkeyPatch(
            'cinder.common.sqlalchemyutils.paginate_query',
            inspect.unwrap(sqlalchemyutils.paginate_query)))
        volume = database.create_volume()
        self.snapshots = [
            database.create_snapshot(volume).id for _number in range(9)]
        # As many at one moment as a page must tell apart by their ids.
        moment = datetime.datetime(2026, 1, 1)
        for number, snapshot in enumerate(self.snapshots):
            db_api.snapshot_update(database.context(), snapshot, {
                'created_at': moment + datetime.timedelta(
                    seconds=number // 3)})

    def pages(self, direction):
        """All snapshots, page by page, and how the last one is looked up."""
        found, marker = [], None
        seen = self.useFixture(database.StatementsFixture())
        while True:
            page = db_api.snapshot_get_all_by_project(
                database.context(), database.PROJECT, marker=marker,
                limit=2, sort_keys=['created_at'], sort_dirs=[direction])
            if not page:
                break
            found += [snapshot.id for snapshot in page]
            marker = found[-1]
        statement, parameters = next(
            each for each in reversed(seen.asked) if 'LIMIT' in each[0])
        with db.get_engine().connect() as connection:
            plan = connection.exec_driver_sql(
                'EXPLAIN QUERY PLAN ' + statement, parameters).all()
        return found, ' '.join(step[-1] for step in plan)

    def check(self, direction, is_sought):
        found, plan = self.pages(direction)
        self.assertEqual(sorted(self.snapshots), sorted(found))
        self.assertIn('evs_fake_snapshots_of_project_idx', plan)
        self.assertEqual(is_sought, 'created_at' in plan, plan)
        return found

    def test_upstream_begins_at_the_start(self):
        self.check('desc', False)

    def test_down_and_up(self):
        before = {direction: self.check(direction, False)
                  for direction in ('asc', 'desc')}
        patches.seek_pages()
        for direction, found in before.items():
            self.assertEqual(found, self.check(direction, True))


class PoliciesTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        # Of upstream, whatever this process has applied before.
        self.useFixture(fixtures.MonkeyPatch(
            'oslo_policy.policy.Enforcer.load_rules',
            inspect.unwrap(policy.Enforcer.load_rules)))
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.path = directory / 'policy.yaml'
        self.path.write_text('"rule": "!"')
        conf = cfg.ConfigOpts()
        conf([], default_config_files=[])
        self.enforcer = policy.Enforcer(conf, policy_file=str(self.path))

    def count(self):
        looks = []
        real = os.path.getmtime

        def getmtime(path):
            looks.append(path)
            return real(path)

        with fixtures.MonkeyPatch('os.path.getmtime', getmtime):
            for _number in range(3):
                self.assertFalse(self.enforcer.enforce('rule', {}, {}))
        return looks.count(str(self.path))

    def test_upstream_looks_at_each_check(self):
        self.assertEqual(3, self.count())

    def test_once(self):
        patches.read_policies_once_a_second()
        self.assertEqual(1, self.count())

    def test_rule_that_is_registered_later(self):
        patches.read_policies_once_a_second()
        self.count()
        self.enforcer.register_default(policy.RuleDefault('later', '@'))
        self.assertTrue(self.enforcer.enforce('later', {}, {}))

    def test_again(self):
        patches.read_policies_once_a_second()
        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.cloud.patches._POLICY_INTERVAL', 0))
        self.assertEqual(3, self.count())


class BodyTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        # Of upstream, whatever this process has applied before.
        self.useFixture(fixtures.MonkeyPatch(
            'cinder.api.openstack.wsgi.Resource.dispatch',
            inspect.unwrap(wsgi.Resource.dispatch)))
        self.controller = object.__new__(
            consistencygroups.ConsistencyGroupsController)
        self.resource = object.__new__(wsgi.Resource)
        self.request = wsgi.Request.blank('/', environ={
            'cinder.context': database.context()})
        self.request.set_api_version_request('/v3')

    def delete(self, **body):
        return self.resource.dispatch(
            self.controller.delete, self.request, {'id': 'deb8', **body})

    def test_upstream_takes_it_for_granted(self):
        error = self.assertRaises(KeyError, self.delete)
        self.assertEqual(('body',), error.args)

    def test_without(self):
        patches.refuse_what_lacks_its_body()
        refused = self.assertRaises(exc.HTTPBadRequest, self.delete)
        self.assertIn('body', refused.explanation)

    def test_with_one(self):
        patches.refuse_what_lacks_its_body()
        self.controller.group_api = mock.Mock()
        self.controller.group_api.get.side_effect = (
            cinder_exception.GroupNotFound(group_id='x'))
        self.assertRaises(
            cinder_exception.GroupNotFound, self.delete,
            body={'consistencygroup': {'force': True}})
        self.assertRaises(
            cinder_exception.ValidationError, self.delete,
            body={'consistencygroup': {'force': 'maybe'}})

    def test_other_mistakes_are_not_the_users(self):
        patches.refuse_what_lacks_its_body()
        for error, body in ((KeyError('other'), {}),
                            (KeyError('body'), {'body': {}})):
            self.assertRaises(
                KeyError, self.resource.dispatch, _raise(error),
                self.request, body)


class ValuesTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        # Of upstream, whatever this process has applied before.
        self.useFixture(fixtures.MonkeyPatch(
            'cinder.api.openstack.wsgi.Resource.dispatch',
            inspect.unwrap(wsgi.Resource.dispatch)))
        self.useFixture(database.DatabaseFixture())
        self.resource = object.__new__(wsgi.Resource)

    def ask(self, value):
        def method(**_kwargs):
            return db_api.volume_get_all_by_project(
                database.context(), database.PROJECT, None, None,
                filters={'snapshot_id': value})

        return self.resource.dispatch(method, wsgi.Request.blank('/'), {})

    def test_upstream_hands_them_on(self):
        self.assertRaises(db_exception.DBError, self.ask, {'k': 'v'})
        self.assertRaises(db_exception.DBError, self.ask, 10 ** 30)

    def test_refused(self):
        patches.refuse_values_that_no_column_has()
        for value in ({'k': 'v'}, 10 ** 30, [{}], 1j, ...):
            self.assertRaises(exc.HTTPBadRequest, self.ask, value)
        for value in (None, 5, ['a', 'b'], True):
            self.assertEqual([], self.ask(value))

    def test_other_mistakes_are_not_the_users(self):
        patches.refuse_values_that_no_column_has()
        self.assertRaises(
            db_exception.DBError, self.resource.dispatch,
            _raise(db_exception.DBError('database is locked')),
            wsgi.Request.blank('/'), {})
