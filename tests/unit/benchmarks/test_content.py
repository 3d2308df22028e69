# SPDX-License-Identifier: Apache-2.0
"""What the benchmark of much data says of its figures."""

import pathlib
import subprocess
from unittest import mock

import fixtures
import testtools

from benchmarks import content
from benchmarks import report


class ContentTest(testtools.TestCase):

    def test_at_most(self):
        row = content._row(content._SNAPSHOT, 1.1, 1.0)
        self.assertEqual(report.PASS, row.verdict)
        self.assertEqual(report.MISS, content._row(
            content._SNAPSHOT, 1.3, 1.0).verdict)

    def test_at_least(self):
        row = content._row(content._COPY, 80.0, 100.0)
        self.assertEqual(report.MISS, row.verdict)
        self.assertEqual(report.PASS, content._row(
            content._COPY, 95.0, 100.0).verdict)

    def test_table(self):
        _head, snapshot, copy = report.as_lines([
            content._row(content._SNAPSHOT, 0.22, 0.2),
            content._row(content._COPY, 200, 400)])
        self.assertEqual(['0.22', '0.2', '1.1', 'PASS'], [
            word for word in snapshot.split()
            if word in ('0.22', '0.2', '1.1', 'PASS')])
        self.assertEqual(['200', '400', '0.5', 'MISS'], [
            word for word in copy.split()
            if word in ('200', '400', '0.5', 'MISS')])

    def test_shared_blocks(self):
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        for code, shares in ((0, True), (1, False)):
            with mock.patch.object(
                    subprocess, 'run', return_value=mock.Mock(
                        returncode=code)) as run:
                self.assertEqual(shares, content.shares_blocks(directory))
            self.assertIn('--reflink=always', run.call_args[0][0])
        self.assertEqual([], list(directory.iterdir()))

    def test_medians_without_the_first(self):
        ours = iter((100, 1, 3, 2))
        theirs = iter((100, 5, 5, 8))
        self.assertEqual([2, 5], content._in_turns(
            3, lambda: next(ours), lambda: next(theirs)))
