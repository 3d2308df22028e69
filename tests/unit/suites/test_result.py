# SPDX-License-Identifier: Apache-2.0

import io
import pathlib

import fixtures
import testtools
from subunit import v2

from tests.suites import result


class ResultTest(testtools.TestCase):

    def read(self, *tests):
        """What is read of tests: id, status, and the reason to skip."""
        stream = io.BytesIO()
        writer = v2.StreamResultToBytes(stream)
        writer.startTestRun()
        for test, status, reason in tests:
            writer.status(test_id=test, test_status='inprogress')
            if reason is not None:
                writer.status(
                    test_id=test, file_name='reason', eof=True,
                    file_bytes=reason.encode(),
                    mime_type='text/plain; charset=utf8')
            writer.status(test_id=test, test_status=status)
        writer.stopTestRun()
        return result.read(stream.getvalue(), 'printed')

    def test_all_is_well(self):
        read = self.read(('a', 'success', None), ('b', 'skip', 'no servers'),
                         ('c', 'skip', 'no servers'))
        self.assertTrue(read.fine)
        self.assertEqual(
            'suite: 1 passed, 0 failed, 2 skipped\n'
            '  skipped, 2: no servers', read.summary('suite'))

    def test_failure(self):
        read = self.read(('a', 'success', None), ('b', 'fail', None))
        self.assertFalse(read.fine)
        self.assertEqual(['b'], read.failed)
        self.assertIn('  failed: b', read.summary('suite'))
        self.assertIn('printed', read.report)

    def test_a_worker_that_died_is_a_failure(self):
        stream = io.BytesIO()
        writer = v2.StreamResultToBytes(stream)
        writer.status(test_id='a', test_status='inprogress')
        self.assertEqual(['a'], result.read(stream.getvalue(), '').failed)

    def test_nothing_ran(self):
        self.assertFalse(self.read().fine)
        self.assertFalse(self.read(('a', 'skip', 'no servers')).fine)

    def test_what_was_excluded(self):
        path = pathlib.Path(
            self.useFixture(fixtures.TempDir()).path) / 'exclude'
        path.write_text('# about this list\n\nregex  # needs nova: why\n')
        self.assertEqual(
            'suite: 1 passed, 0 failed, 0 skipped\n'
            '  excluded: regex  # needs nova: why',
            self.read(('a', 'success', None)).summary('suite', path))
