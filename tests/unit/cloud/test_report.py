# SPDX-License-Identifier: Apache-2.0
"""The report of all threads; see also test_serve's."""

import gc
import signal
from unittest import mock

import testtools
from oslo_reports import guru_meditation_report

from evs_fake.cloud import report


class ReportTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.addCleanup(signal.signal, signal.SIGUSR2,
                        signal.getsignal(signal.SIGUSR2))
        report.set_up('directory')

    def collecting(self, error=None):
        """Whether garbage is collected while a report is written."""
        seen = []

        def write(*_args):
            seen.append(gc.isenabled())
            if error:
                raise error

        with mock.patch.object(guru_meditation_report.TextGuruMeditation,
                               'handle_signal', side_effect=write):
            signal.raise_signal(signal.SIGUSR2)
        return seen

    def test_no_garbage_is_collected_meanwhile(self):
        self.assertEqual([False], self.collecting())
        self.assertTrue(gc.isenabled())

    def test_failure(self):
        self.assertRaises(OSError, self.collecting, OSError())
        self.assertTrue(gc.isenabled())
