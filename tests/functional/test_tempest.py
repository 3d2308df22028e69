# SPDX-License-Identifier: Apache-2.0
"""Our tempest plugin, as ``tempest run`` runs it against a cloud of ours."""

import pathlib

import fixtures

from tests.functional import identity
from tests.suites import tempest
from tests.unit.tempest import test_plugin


class TestTempest(identity.KeystoneTestCase):

    def test_everything_succeeds(self):
        """With all offered, nothing fails and nothing skips."""
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        result = tempest.run(self.cloud, directory)
        self.assertEqual([], result.failed, result.report)
        self.assertEqual([], result.of_status('skip'))
        ran = {test.partition('[')[0].rpartition('.api.')[2]
               for test in result.of_status('success')}
        self.assertEqual({name for name, _decorators in test_plugin.tests()},
                         ran)
