# SPDX-License-Identifier: Apache-2.0
"""The EVS document's statuses."""

import pathlib

import testtools
from cinder.objects import fields

from evs_fake import states

README = pathlib.Path(__file__).parents[2] / 'README.rst'


class SnapshotStatesTest(testtools.TestCase):

    def test_the_documents_seven(self):
        self.assertEqual(
            ('creating', 'available', 'error', 'deleting', 'error_deleting',
             'rollbacking', 'backing-up'), states.SNAPSHOT_STATUSES)
        self.assertEqual(7, len(states.SNAPSHOT_STATES))

    def test_successors(self):
        known = {*states.SNAPSHOT_STATUSES, states.DELETED}
        reached = {'creating'}
        for state in states.SNAPSHOT_STATES:
            self.assertTrue(state.successors, state.name)
            self.assertEqual(set(), set(state.successors) - known)
            self.assertNotIn(state.name, state.successors)
            self.assertEqual(len(set(state.successors)),
                             len(state.successors))
            reached.update(state.successors)
        self.assertEqual(known, reached)

    def test_texts(self):
        for state in states.SNAPSHOT_STATES:
            for text in (state.meaning, state.cause):
                self.assertTrue(text and text == text.strip(), state.name)

    def test_what_they_allow(self):
        for state in states.SNAPSHOT_STATES:
            self.assertTrue(
                {states.Operation.SHOW, states.Operation.UPDATE}
                <= state.allows <= set(states.Operation), state.name)
        self.assertEqual(('available',), states.ROLLBACK_SNAPSHOT_STATUSES)

    def test_cinder_knows_its_words(self):
        for state in states.SNAPSHOT_STATES:
            self.assertIn(state.cinder, fields.SnapshotStatus.ALL)
            self.assertEqual(
                state.cinder, states.cinder_snapshot_status(state.name))

    def test_round_trips(self):
        for state in states.SNAPSHOT_STATES:
            self.assertEqual(state.name, states.snapshot_status(state.cinder))
            self.assertEqual(state.cinder,
                             states.cinder_snapshot_status(state.name))
        for status in ('available', 'in-use', 'rollbacking',
                       'error_rollbacking'):
            self.assertEqual(status, states.volume_status(
                states.cinder_volume_status(status)))

    def test_one_name_for_every_word(self):
        words = [state.cinder for state in states.SNAPSHOT_STATES]
        self.assertEqual(len(set(words)), len(words))
        self.assertEqual({'restoring': 'rollbacking'},
                         states.SNAPSHOT_FROM_CINDER)
        self.assertEqual({'reverting': 'rollbacking'},
                         states.VOLUME_FROM_CINDER)

    def test_words_of_others_stay(self):
        for translate in (states.snapshot_status, states.volume_status,
                          states.cinder_snapshot_status,
                          states.cinder_volume_status):
            self.assertEqual('unmanaging', translate('unmanaging'))

    def test_names_of_the_system(self):
        self.assertTrue(states.SYSTEM_SNAPSHOT_PREFIX.startswith(
            states.RESERVED_SNAPSHOT_PREFIXES))


class TableTest(testtools.TestCase):

    def test_rows(self):
        line, head, again, *rows, end = states.table().splitlines()
        self.assertEqual(['status', 'meaning', 'next'], head.split())
        self.assertEqual({line}, {line, again, end})
        self.assertEqual(list(states.SNAPSHOT_STATUSES),
                         [row.split()[0] for row in rows])
        starts = [i for i, character in enumerate(line)
                  if character == '=' and line[:i][-1:] in ('', ' ')]
        for row, state in zip(rows, states.SNAPSHOT_STATES, strict=True):
            cells = [row[start:end].strip() for start, end in zip(
                starts, [*starts[1:], None], strict=True)]
            self.assertEqual(
                [state.name, state.meaning, ', '.join(state.successors)],
                cells)
            self.assertTrue(len(row) <= len(line))

    def test_readme(self):
        self.assertIn('\n\n%s\n\n' % states.table(), README.read_text())
