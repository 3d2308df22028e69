# SPDX-License-Identifier: Apache-2.0
"""Cinder's own API with the extension, through the sample's pipeline."""

import contextlib
from urllib import parse

import testtools
import webob
from cinder import exception
from cinder import objects
from cinder import policy
from cinder.api.contrib import volume_encryption_metadata
from cinder.api.openstack import wsgi
from cinder.policies import volume_actions
from cinder.volume import rpcapi
from fixtures import MockPatch
from fixtures import MockPatchObject

from evs_fake import states
from evs_fake.api import volumes
from evs_fake.api.native import extension
from evs_fake.api.native import status
from evs_fake.db import history
from tests.unit import database
from tests.unit.api import base


class TranslationTest(testtools.TestCase):

    def test_show(self):
        bodies = [{'status': 'restoring'}, {'status': 'error'}, {'id': 1}]
        status.show(bodies, states.snapshot_status)
        self.assertEqual(
            [{'status': 'rollbacking'}, {'status': 'error'}, {'id': 1}],
            bodies)

    def test_accept(self):
        for asked, stored in (('rollbacking', 'restoring'),
                              ('RollBacking', 'restoring'),
                              ('available', 'available'), (5, 5),
                              (None, None)):
            body = {'os-reset_status': {'status': asked}}
            status.accept(body, 'os-reset_status',
                          states.cinder_snapshot_status)
            self.assertEqual({'os-reset_status': {'status': stored}}, body)

    def test_accept_leaves_what_is_no_action(self):
        for body in (None, [], 'x', {}, {'os-reset_status': None},
                     {'os-reset_status': {}}, {'os-reset_status': 'x'}):
            before = repr(body)
            status.accept(body, 'os-reset_status',
                          states.cinder_snapshot_status)
            self.assertEqual(before, repr(body))

    def rewrite(self, query):
        request = webob.Request.blank('/snapshots?' + query)
        restore = status.rewrite_filter(
            request, states.cinder_snapshot_status)
        return request.environ['QUERY_STRING'], restore

    def test_filter(self):
        for asked, stored in (
                ('limit=1&status=rollbacking', 'limit=1&status=restoring'),
                ('status=error', 'status=error'), ('limit=1', 'limit=1'),
                ('', '')):
            self.assertEqual(stored, self.rewrite(asked)[0])

    def test_links(self):
        query, restore = self.rewrite('status=rollbacking&limit=1')
        links = [{'rel': 'next', 'href': 'http://x/?%s&marker=1' % query}]
        restore(links)
        self.assertEqual(
            {'status': ['rollbacking'], 'limit': ['1'], 'marker': ['1']},
            parse.parse_qs(parse.urlsplit(links[0]['href']).query))


class ExtensionTest(testtools.TestCase):

    def test_failure_is_no_warning(self):
        # Cinder would serve on, and show the wrong statuses.
        error = self.assertRaises(SystemExit, extension.register, None)
        self.assertIn('evs-fake: cannot extend', str(error))


class SnapshotsTest(base.WsgiTestCase):

    def setUp(self):
        super().setUp()
        self.volume = database.create_volume(host='unit@evs#evs')
        self.snapshot = database.create_snapshot(self.volume, 'restoring')
        self.other = database.create_snapshot(self.volume)

    def test_show(self):
        for snapshot, shown in ((self.snapshot, 'rollbacking'),
                                (self.other, 'available')):
            response = self.send('GET', '/snapshots/' + snapshot.id)
            self.assertEqual(200, response.status_int, response.text)
            self.assertEqual(shown, response.json['snapshot']['status'])

    def test_every_status(self):
        for state in states.SNAPSHOT_STATES:
            self.snapshot.status = state.cinder
            self.snapshot.save()
            response = self.send('GET', '/snapshots/' + self.snapshot.id)
            self.assertEqual(state.name, response.json['snapshot']['status'])

    def test_lists(self):
        for path in ('/snapshots', '/snapshots/detail'):
            response = self.send('GET', path)
            self.assertEqual(
                {self.snapshot.id: 'rollbacking',
                 self.other.id: 'available'},
                {each['id']: each['status']
                 for each in response.json['snapshots']})

    def test_filter(self):
        for asked, found in (('rollbacking', [self.snapshot.id]),
                             ('available', [self.other.id]),
                             ('error', [])):
            response = self.send('GET', '/snapshots?status=' + asked)
            self.assertEqual(found, [each['id'] for each
                                     in response.json['snapshots']])

    def test_filter_by_the_volume_that_is_given_twice(self):
        """Cinder itself would answer 500."""
        for name in ('host', 'cluster_name', 'availability_zone'):
            response = self.send(
                'GET', f'/snapshots/detail?{name}=&{name}=a&{name}=%C3%B5')
            self.assertEqual([], response.json['snapshots'], name)

    def test_links_of_a_page(self):
        database.create_snapshot(self.volume, 'restoring')
        response = self.send('GET', '/snapshots?status=rollbacking&limit=1')
        link, = response.json['snapshots_links']
        query = parse.parse_qs(parse.urlsplit(link['href']).query)
        self.assertEqual(['rollbacking'], query['status'])
        response = self.send('GET', '/snapshots?' + parse.urlencode(
            query, doseq=True))
        self.assertEqual(['rollbacking'], [
            each['status'] for each in response.json['snapshots']])

    def test_reset_status(self):
        response = self.send(
            'POST', '/snapshots/%s/action' % self.other.id,
            {'os-reset_status': {'status': 'rollbacking'}})
        self.assertEqual(202, response.status_int, response.text)
        self.other.refresh()
        self.assertEqual('restoring', self.other.status)

    def test_rollback_through_evs(self):
        for version in ('v2', 'v3'):
            response = self.send(
                'POST', '/cloudsnapshots/%s/rollback' % self.other.id,
                {'rollback': {'volume_id': self.volume.id}},
                version=version)
            self.assertEqual(202, response.status_int, response.text)
            self.volume.update_single_status_where('available', 'reverting')
            self.other.update_single_status_where('available', 'restoring')
        self.assertEqual(2, self.revert.call_count)

    def test_cinders_own_paths_below_v2(self):
        response = self.send('GET', '/volumes/detail', version='v2')
        self.assertEqual(200, response.status_int)
        self.assertEqual([self.volume.id],
                         [each['id'] for each in response.json['volumes']])


class SystemSnapshotTest(base.WsgiTestCase):
    """A snapshot of the system is view-only."""

    def setUp(self):
        super().setUp()
        volume = database.create_volume(host='unit@evs#evs')
        self.snapshot = database.create_snapshot(
            volume, 'backing-up', use_quota=False, metadata={'k': 'v'})
        self.path = '/snapshots/' + self.snapshot.id
        objects.Backup(
            self.context, volume_id=volume.id, status='creating',
            user_id=database.USER, project_id=database.PROJECT,
            temp_snapshot_id=self.snapshot.id).create()

    def test_show(self):
        response = self.send('GET', self.path)
        self.assertEqual('backing-up', response.json['snapshot']['status'])

    def test_changes_are_refused(self):
        for method, path, body in (
                ('DELETE', '', None),
                ('PUT', '', {'snapshot': {'name': 'mine'}}),
                ('POST', '/metadata', {'metadata': {'a': 'b'}}),
                ('PUT', '/metadata', {'metadata': {'a': 'b'}}),
                ('PUT', '/metadata/k', {'meta': {'k': 'w'}}),
                ('DELETE', '/metadata/k', None)):
            response = self.send(method, self.path + path, body)
            self.assertEqual(400, response.status_int, (method, path))
            self.assertIn('view-only', response.text)
        self.snapshot.refresh()
        self.assertEqual({'k': 'v'}, self.snapshot.metadata)
        self.assertEqual('snapshot', self.snapshot.display_name)

    def test_status_is_not_the_tenants_to_set(self):
        """Before it is read from, Cinder itself would allow it."""
        for stored in ('creating', 'deleting', 'backing-up'):
            self.snapshot.status = stored
            self.snapshot.save()
            response = self.send('POST', self.path + '/action', {
                'os-update_snapshot_status': {
                    'status': 'error' if stored == 'creating'
                    else 'error_deleting'}})
            self.assertEqual(400, response.status_int, response.text)
            self.assertIn('view-only', response.text)
            self.snapshot.refresh()
            self.assertEqual(stored, self.snapshot.status)


class VolumesTest(base.WsgiTestCase):

    def setUp(self):
        super().setUp()
        self.volume = database.create_volume('error_rollbacking',
                                             host='unit@evs#evs')
        self.snapshot = database.create_snapshot(self.volume)
        self.path = '/volumes/' + self.volume.id

    def assert_status(self, status):
        self.volume.refresh()
        self.assertEqual(status, self.volume.status)

    def set_status(self, status):
        self.volume.status = status
        self.volume.save()

    def test_shown_statuses(self):
        for stored, shown in (('error_rollbacking', 'error_rollbacking'),
                              ('reverting', 'rollbacking')):
            self.set_status(stored)
            response = self.send('GET', self.path)
            self.assertEqual(shown, response.json['volume']['status'])
            response = self.send('GET', '/volumes/detail?status=' + shown)
            volume, = response.json['volumes']
            self.assertEqual(shown, volume['status'])

    def test_reset_status(self):
        for asked, stored in (('rollbacking', 'reverting'),
                              ('error_rollbacking', 'error_rollbacking'),
                              ('available', 'available')):
            response = self.send('POST', self.path + '/action',
                                 {'os-reset_status': {'status': asked}})
            self.assertIn(response.status_int, (200, 202), response.text)
            self.assert_status(stored)

    def revert_to(self, snapshot_id):
        return self.send('POST', self.path + '/action',
                         {'revert': {'snapshot_id': snapshot_id}})

    def test_revert_after_a_failed_one(self):
        response = self.revert_to(self.snapshot.id)
        self.assertEqual(202, response.status_int, response.text)
        self.assert_status('reverting')
        self.revert.assert_called_once()

    def test_revert_to_another_than_the_newest(self):
        for snapshot_id in (self.volume.id, 'x', None):
            response = self.revert_to(snapshot_id)
            self.assertEqual(400, response.status_int)
            self.assert_status('error_rollbacking')

    def test_revert_amid_a_request_for_another_snapshot(self):
        """Which has the lock, and makes it the newest."""
        def others_turn(name):
            self.assertIn(self.volume.id, name)
            database.create_snapshot(self.volume)
            return contextlib.nullcontext()

        self.useFixture(MockPatchObject(
            volumes, 'coordination')
        ).mock.COORDINATOR.get_lock.side_effect = others_turn
        self.assertEqual(400, self.revert_to(self.snapshot.id).status_int)
        self.assert_status('error_rollbacking')

    def test_revert_of_an_extended_volume(self):
        self.volume.size = 2
        self.volume.save()
        response = self.revert_to(self.snapshot.id)
        self.assertEqual(400, response.status_int)
        self.assertIn('2 GiB', response.text)
        self.assert_status('error_rollbacking')

    def test_revert_while_the_snapshot_is_busy(self):
        self.snapshot.status = 'backing-up'
        self.snapshot.save()
        for former in ('error_rollbacking', 'available'):
            self.set_status(former)
            self.assertEqual(409, self.revert_to(self.snapshot.id).status_int)
            self.assert_status(former)

    def test_revert_of_an_available_volume(self):
        self.set_status('available')
        self.assertEqual(202, self.revert_to(self.snapshot.id).status_int)
        self.assert_status('reverting')
        self.revert.assert_called_once()

    def test_revert_where_the_operator_forbids_it(self):
        path = self.database.conf.state / 'policy.yaml'
        path.write_text('"%s": "!"' % volume_actions.REVERT_POLICY)
        self.database.conf.config(policy_file=str(path), group='oslo_policy')
        policy.reset()
        self.assertEqual(403, self.revert_to(self.snapshot.id).status_int)
        self.assert_status('error_rollbacking')

    def test_revert_before_the_version_that_has_it(self):
        response = self.send(
            'POST', self.path + '/action',
            {'revert': {'snapshot_id': self.snapshot.id}},
            microversion='3.39')
        self.assertEqual(404, response.status_int)
        self.assert_status('error_rollbacking')

    def test_delete_after_a_failed_rollback(self):
        delete = self.useFixture(MockPatchObject(
            rpcapi.VolumeAPI, 'delete_volume')).mock
        self.assertEqual(400, self.send('DELETE', self.path).status_int)
        # It has a snapshot.
        self.assert_status('error_rollbacking')
        self.snapshot.destroy()
        response = self.send('DELETE', self.path)
        self.assertEqual(202, response.status_int, response.text)
        self.assert_status('deleting')
        delete.assert_called_once()
        # A kill in between would have left it in another status.
        self.assertEqual(
            [(None, 'error_rollbacking'), ('error_rollbacking', 'deleting')],
            [(change.old_status, change.new_status) for change
             in history.find(self.context, history.Criteria(
                 resource_id=self.volume.id), 0, 10)[0]])

    def test_delete_that_looks_once_more(self):
        """As the embedded cloud's does, if another request overtakes it."""
        def delete(_self, _context, volume, **kwargs):
            volume.refresh()
            raise exception.InvalidVolume(reason='overtaken')

        self.useFixture(MockPatch('cinder.volume.api.API.delete', delete))
        response = self.send('DELETE', self.path)
        self.assertEqual(400, response.status_int, response.text)
        self.assertIn('overtaken', response.text)

    def test_delete_in_other_statuses(self):
        self.snapshot.destroy()
        for stored in ('reverting', 'in-use', 'deleting'):
            self.set_status(stored)
            self.assertEqual(400, self.send('DELETE', self.path).status_int)
            self.assert_status(stored)


class FaultMetadataTest(base.WsgiTestCase):
    """Metadata that could never fire is refused wherever it can be set."""

    def setUp(self):
        super().setUp()
        self.volume = database.create_volume(host='unit@evs#evs')
        self.snapshot = database.create_snapshot(self.volume)

    def requests(self, metadata):
        """Every request that sets metadata."""
        (key, value), = metadata.items()
        yield ('POST', '/volumes',
               {'volume': {'size': 1, 'metadata': metadata}})
        yield ('POST', '/snapshots', {'snapshot': {
            'volume_id': self.volume.id, 'metadata': metadata}})
        for kind, resource in (('volume', self.volume),
                               ('snapshot', self.snapshot)):
            path = '/%ss/%s' % (kind, resource.id)
            if kind == 'volume':
                yield 'PUT', path, {kind: {'metadata': metadata}}
            yield 'POST', path + '/metadata', {'metadata': metadata}
            yield 'PUT', path + '/metadata', {'metadata': metadata}
            yield ('PUT', path + '/metadata/' + key,
                   {'meta': {key: value}})

    def test_refused(self):
        for metadata in ({'evs_fake:snapshot-create': 'sometimes'},
                         {'evs_fake:snapshot-restore': 'fail'}):
            for method, path, body in self.requests(metadata):
                response = self.send(method, path, body)
                self.assertEqual(400, response.status_int,
                                 (method, path, response.text))
                self.assertIn('Known ', response.text)
        self.assert_metadata({})

    def assert_metadata(self, metadata):
        self.volume.refresh()
        self.snapshot.refresh()
        self.assertEqual((metadata, metadata),
                         (self.volume.metadata, self.snapshot.metadata))

    def test_accepted(self):
        metadata = {'evs_fake:snapshot-delete': 'delay:1'}
        for method, path, body in self.requests(metadata):
            if path in ('/volumes', '/snapshots'):
                # Would need the services that create them.
                continue
            response = self.send(method, path, body)
            self.assertEqual(200, response.status_int,
                             (method, path, response.text))
        self.assert_metadata(metadata)


class RefusalsTest(base.WsgiTestCase):

    def test_encryption_of_a_key_that_is_not_there(self):
        volume = database.create_volume(host='unit@evs#evs')
        upstream = (volume_encryption_metadata.
                    VolumeEncryptionMetadataController())
        request = wsgi.Request.blank(
            '/', environ={'cinder.context': self.context})
        # Once it no longer does, it needs no help of ours.
        self.assertRaises(KeyError, upstream.show, request, volume.id, 'x')
        path = '/volumes/%s/encryption' % volume.id
        response = self.send('GET', path + '/x')
        self.assertEqual(404, response.status_int, response.text)
        self.assertIn('no key x', response.json['itemNotFound']['message'])
        self.assertEqual(404, self.send(
            'GET', '/volumes/x/encryption/x').status_int)
        for known in ('', '/encryption_key_id'):
            response = self.send('GET', path + known)
            self.assertEqual(200, response.status_int, response.text)
