# SPDX-License-Identifier: Apache-2.0
"""EVS's routes: what they take, what they pass on, how they refuse."""

import json

import testtools
import webob
import webob.dec

from evs_fake.api.evs import fault
from evs_fake.api.evs import router
from tests.unit import database
from tests.unit.api import base


class RouterTestCase(base.ApiTestCase):

    def setUp(self):
        super().setUp()
        self.volume = database.create_volume()
        self.snapshot = database.create_snapshot(self.volume)
        self.path = '/%s/cloudsnapshots/%s/rollback' % (
            database.PROJECT, self.snapshot.id)
        self.body = {'rollback': {'volume_id': self.volume.id}}

    @webob.dec.wsgify
    def fallback(self, request):
        return webob.Response('Cinder')

    def send(self, app, path=None, body=None, method='POST', context=None):
        request = webob.Request.blank(path or self.path, method=method)
        request.environ['cinder.context'] = context or self.context
        request.body = (body if isinstance(body, bytes)
                        else json.dumps(body or self.body).encode())
        return request.get_response(app)

    def assert_fault(self, response, status, name, code, *words):
        self.assertEqual(status, response.status_int)
        self.assertEqual('application/json', response.content_type)
        self.assertEqual({name}, set(response.json))
        self.assertEqual({'message', 'code'}, set(response.json[name]))
        self.assertEqual(code, response.json[name]['code'])
        for word in words:
            self.assertIn(word, response.json[name]['message'])


class RoutesTest(RouterTestCase):

    def setUp(self):
        super().setUp()
        self.v3 = router.filter_factory({}, version='v3')(self.fallback)

    def test_rollback_in_both_versions(self):
        for app in (self.v3, router.app_factory({}, version='v2')):
            response = self.send(app)
            self.assertEqual(202, response.status_int)
            self.assertEqual('application/json', response.content_type)
            self.assertEqual(self.body, response.json)
            self.volume.update_single_status_where('available', 'reverting')
            self.snapshot.update_single_status_where(
                'available', 'restoring')
        self.assertEqual(2, self.revert.call_count)

    def test_what_goes_on_to_cinder(self):
        for method, path in (
                ('GET', self.path), ('PUT', self.path),
                ('POST', self.path + '/'), ('POST', self.path + '/x'),
                ('POST', self.path.removesuffix('/rollback')),
                ('POST', '/%s/snapshots/x/action' % database.PROJECT),
                ('GET', '/'), ('GET', '/%s/volumes' % database.PROJECT)):
            response = self.send(self.v3, path, method=method)
            self.assertEqual('Cinder', response.text, (method, path))
        self.revert.assert_not_called()

    def test_unknown_below_v2(self):
        app = router.app_factory({}, version='v2')
        for method, path in (('GET', self.path), ('GET', '/'),
                             ('GET', '/%s/volumes' % database.PROJECT)):
            self.assert_fault(self.send(app, path, method=method),
                              404, 'itemNotFound', 'EVS.5404', path)

    def test_unknown_version_has_no_routes(self):
        response = self.send(router.app_factory({}, version='v1'))
        self.assertEqual(404, response.status_int)

    def test_project_of_the_url(self):
        path = self.path.replace(database.PROJECT, 'f' * 32)
        self.assert_fault(self.send(self.v3, path), 400, 'badRequest',
                          'EVS.5400', 'f' * 32)

    def test_policy(self):
        self.assert_fault(
            self.send(self.v3, context=database.context(roles=['reader'])),
            403, 'forbidden', 'EVS.5403')

    def test_snapshot_of_another_project(self):
        context = database.context(project_id='f' * 32)
        path = self.path.replace(database.PROJECT, 'f' * 32)
        self.assert_fault(self.send(self.v3, path, context=context),
                          404, 'itemNotFound', 'EVS.5404', self.snapshot.id)

    def test_no_such_snapshot(self):
        path = self.path.replace(self.snapshot.id, self.volume.id)
        self.assert_fault(self.send(self.v3, path),
                          404, 'itemNotFound', 'EVS.5404', self.volume.id)

    def test_refused_rollback(self):
        other = database.create_volume()
        self.assert_fault(
            self.send(self.v3, body={'rollback': {'volume_id': other.id}}),
            400, 'badRequest', 'EVS.5400', other.id)


class BodyTest(RouterTestCase):

    def refuse(self, body, *words):
        self.assert_fault(
            self.send(router.app_factory({}, version='v2'), body=body),
            400, 'badRequest', 'EVS.5400', *words)
        self.revert.assert_not_called()

    def test_no_json(self):
        for body in (b' ', b'{', b'\xff\xfe', b'{"rollback"', b'[' * 100000):
            self.refuse(body, 'JSON')

    def test_not_an_object(self):
        for body in ([1], 'x', 5, True):
            self.refuse(json.dumps(body).encode(), 'body')

    def test_no_rollback(self):
        self.refuse(b'{}', "'rollback' is a required property")
        self.refuse({'rollback': None}, 'rollback:')
        self.refuse({'rollback': []}, 'rollback:')

    def test_volume_id(self):
        self.refuse({'rollback': {}}, 'rollback:', 'volume_id')
        for value in (None, 5, '', 'x', ['x'], {},
                      self.volume.id.replace('-', '') + 'x'):
            self.refuse({'rollback': {'volume_id': value}},
                        'rollback.volume_id:')

    def test_name(self):
        for value in (5, [], 'x' * 256):
            self.refuse({'rollback': {'volume_id': self.volume.id,
                                      'name': value}}, 'rollback.name:')

    def test_accepted_names(self):
        for value in (None, '', 'x' * 255, '\u732b'):
            response = self.send(
                router.app_factory({}, version='v2'),
                body={'rollback': {'volume_id': self.volume.id,
                                   'name': value}})
            self.assertEqual(202, response.status_int)
            self.volume.update_single_status_where('available', 'reverting')
            self.snapshot.update_single_status_where(
                'available', 'restoring')

    def test_unknown_fields(self):
        self.refuse({**self.body, 'more': 1}, "'more'")
        self.refuse({'rollback': {'volume_id': self.volume.id, 'force': 1}},
                    "'force'")

    def test_long_value_is_not_sent_back_whole(self):
        response = self.send(
            router.app_factory({}, version='v2'),
            body={'rollback': {'volume_id': 'x' * 100000}})
        self.assertEqual(400, response.status_int)
        self.assertTrue(len(response.body) < 1000)


class FaultTest(testtools.TestCase):

    def test_shapes(self):
        for status, name, code in (
                (400, 'badRequest', 'EVS.5400'),
                (401, 'unauthorized', 'EVS.5401'),
                (403, 'forbidden', 'EVS.5403'),
                (404, 'itemNotFound', 'EVS.5404'),
                (405, 'badMethod', 'EVS.5405'),
                (413, 'overLimit', 'EVS.5413'),
                (418, 'error', 'EVS.5500'),
                (500, 'error', 'EVS.5500')):
            self.assertEqual({name: {'message': 'why', 'code': code}},
                             fault.body(status, 'why'))

    def test_code(self):
        self.assertEqual(
            {'badRequest': {'message': 'why', 'code': 'EVS.1047'}},
            fault.body(400, 'why', 'EVS.1047'))
