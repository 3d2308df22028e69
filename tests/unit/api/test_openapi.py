# SPDX-License-Identifier: Apache-2.0

import json

import openapi_spec_validator
import testtools
import webob

from evs_fake.api.cbr import routes as cbr_routes
from evs_fake.api.control import routes as control_routes
from evs_fake.api.evs import routes as evs_routes
from evs_fake.api.openapi import app


class TestOpenAPI(testtools.TestCase):

    def get(self, api, path='', **kwargs):
        return webob.Request.blank(path, **kwargs).get_response(
            app.app_factory({}, api))

    def document(self, api):
        return json.loads(self.get(api).text)

    def test_documents_are_valid(self):
        for api in ('evs', 'cbr', 'control'):
            openapi_spec_validator.validate(self.document(api))

    def test_every_route_is_there(self):
        for api, prefix, table in (
                ('evs', '/{version}', evs_routes.ROUTES),
                ('cbr', '/{version}', cbr_routes.ROUTES),
                ('control', '', control_routes.ROUTES)):
            paths = self.document(api)['paths']
            there = {(method, path) for path, operations in paths.items()
                     for method in operations}
            self.assertEqual({
                (route.method.lower(),
                 prefix.format(version=route.version) + route.path)
                for route in table}, there)

    def test_schemas_are_those_that_routes_check(self):
        paths = self.document('control')['paths']
        create, = [route for route in control_routes.ROUTES
                   if (route.method, route.path) == ('POST', '/rules')]
        self.assertEqual(
            json.loads(json.dumps(create.body)),
            paths['/rules']['post']['requestBody']['content'][
                'application/json']['schema'])

    def test_only_reading(self):
        self.assertEqual(405, self.get('evs', method='DELETE').status_int)
        self.assertEqual(404, self.get('evs', '/x').status_int)
