# SPDX-License-Identifier: Apache-2.0

import re

import testtools
from stestr import selection

from tests.suites import clients
from tests.suites import tempest

_REASONS = re.compile(r'(needs nova|defect of the suite): \w')


class ExcludeTest(testtools.TestCase):
    """What is left out of a suite has one of the two good reasons."""

    def test_every_line_has_a_reason(self):
        for suite in (tempest.CINDER, clients.SDK):
            read = selection.exclusion_reader(suite.excluded)
            self.assertNotEqual([], read)
            for _regex, reason, _skipped in read:
                self.assertRegex(reason, _REASONS)

    def test_nothing_else_is_left_out(self):
        for suite in (tempest.PLUGIN, tempest.VOLUME, tempest.PART,
                      clients.CINDER, clients.OPENSTACK):
            self.assertIsNone(suite.excluded)
