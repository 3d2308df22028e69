# SPDX-License-Identifier: Apache-2.0
"""What ``tempest run`` says of a cloud of ours."""

import pathlib

import fixtures

from tests.functional import identity
from tests.suites import tempest
from tests.unit.tempest import test_plugin

#: The one reason for which one of tempest's own tests may be skipped.
_NO_SERVERS = 'Skipped because the compute service is not available'


class TestTempest(identity.KeystoneTestCase):

    def setUp(self):
        super().setUp()
        self.directory = pathlib.Path(
            self.useFixture(fixtures.TempDir()).path)

    def test_everything_of_ours_succeeds(self):
        """With all offered, nothing fails and nothing skips."""
        result = tempest.run(self.cloud, self.directory, tempest.PLUGIN)
        self.assertEqual([], result.failed, result.report)
        self.assertEqual([], result.of_status('skip'))
        ran = {test.partition('[')[0].rpartition('.api.')[2]
               for test in result.of_status('success')}
        self.assertEqual({name for name, _decorators in test_plugin.tests()},
                         ran)

    def test_snapshots_and_backups(self):
        """What tempest has of them; there is more in ``tests.suites``."""
        result = tempest.run(self.cloud, self.directory, tempest.PART)
        self.assertEqual([], result.failed, result.report)
        self.assertLess(40, len(result.of_status('success')))
        self.assertEqual({_NO_SERVERS}, set(result.reasons.values()))
