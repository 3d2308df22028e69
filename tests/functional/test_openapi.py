# SPDX-License-Identifier: Apache-2.0
"""Requests made by schemathesis from the OpenAPI documents.

None may be answered with 5xx, or with a status that its document lacks.
"""

import json
import unittest

import hypothesis
import requests
import schemathesis
from schemathesis import checks
from schemathesis.specs.openapi import checks as openapi_checks

from tests.functional import base
from tests.functional import cloud

#: Of each operation.
_REQUESTS = 3

_CHECKS = (checks.not_a_server_error,
           openapi_checks.status_code_conformance)


class OpenAPITestCase(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        self.session = requests.Session()
        self.session.headers['X-Auth-Token'] = 'admin:' + self.project
        self.addCleanup(self.session.close)

    def check(self, document, service, prefix=''):
        """Send each operation of a document what its schema allows, and not.

        :param service: whose endpoint the paths are below.
        """
        text = requests.get(self.cloud.url + document,
                            timeout=cloud.TIMEOUT).text
        schema = schemathesis.openapi.from_dict(
            json.loads(text))
        base_url = self.cloud.endpoint[service].rstrip('/')
        wrong, operations = [], 0
        for found in schema.get_all_operations():
            operation = found.ok()
            operations += 1
            for mode in schemathesis.GenerationMode:
                wrong += self.send(operation, mode, base_url)
        self.assertGreater(operations, 5)
        self.assertEqual([], wrong)

    def send(self, operation, mode, base_url):
        wrong = []

        @hypothesis.seed(1)
        @hypothesis.settings(
            max_examples=_REQUESTS, deadline=None, database=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck))
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def one(case):
            if 'project_id' in case.path_parameters:
                case.path_parameters['project_id'] = self.project
            response = case.call(base_url=base_url, session=self.session,
                                 timeout=cloud.TIMEOUT)
            try:
                case.validate_response(response, checks=_CHECKS)
            except Exception as error:
                wrong.append((operation.label, mode.value, str(error)))

        try:
            one()
        except (hypothesis.errors.Unsatisfiable, unittest.SkipTest):
            # Of an operation that takes anything, nothing is wrong.
            pass
        return wrong


class TestEVS(OpenAPITestCase):

    def test(self):
        self.check('/evs-fake/openapi/evs.json', 'url')


class TestCBR(OpenAPITestCase):

    def test(self):
        self.check('/evs-fake/openapi/cbr.json', 'cbr')


class TestControl(OpenAPITestCase):

    def make_cloud(self):
        # Some requests are good ones: to reset it, for example.
        return cloud.expendable()

    def test(self):
        self.check('/evs-fake/v1/openapi.json', 'control')
