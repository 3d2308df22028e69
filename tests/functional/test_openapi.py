# SPDX-License-Identifier: Apache-2.0
"""Requests made by schemathesis from the OpenAPI documents.

None may be answered with 5xx, or with a status that its document lacks. Here
are a few of each operation; ``python -m tests.hostile`` sends as many as one
likes.
"""

from tests.functional import base
from tests.hostile import openapi
from tests.hostile import tally

#: Of each operation, and of what is allowed and what not.
_REQUESTS = 3


class OpenAPITestCase(base.HostileTestCase):

    def check(self, api):
        counts = tally.Tally()
        sender = openapi.Sender(self.cloud, api, self.project, counts)
        self.addCleanup(sender.close)
        self.assertGreater(len(sender.operations), 5)
        sender.send(_REQUESTS, seed=1)
        self.assertGreater(counts.total, 3 * len(sender.operations))
        self.assertEqual([], counts.wrong())


class TestEVS(OpenAPITestCase):

    def test(self):
        self.check('evs')


class TestCBR(OpenAPITestCase):

    def test(self):
        self.check('cbr')


class TestControl(OpenAPITestCase):

    def test(self):
        self.check('control')
