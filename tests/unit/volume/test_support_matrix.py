# SPDX-License-Identifier: Apache-2.0
"""The documentation's support matrix names tests that there are."""

import importlib
import pathlib
import re

import testtools

from tests.unit.volume import base

PAGE = (pathlib.Path(base.__file__).parents[3]
        / 'doc' / 'source' / 'reference' / 'support_matrix.rst')


class SupportMatrixTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.text = PAGE.read_text()

    def test_named_tests_exist(self):
        names = re.findall(r'``(tests\.[\w.]+)``', self.text)
        self.assertLess(10, len(names))
        for name in names:
            module, case, test = name.rsplit('.', 2)
            found = getattr(importlib.import_module(module), case)
            self.assertTrue(callable(getattr(found, test, None)), name)
            self.assertTrue(issubclass(found, testtools.TestCase), name)

    def test_every_yes_names_a_test(self):
        rows = self.text.partition('Beyond the matrix')[0].split('   * - ')
        marks = {}
        for row in rows[2:]:
            feature, ours, _lvm, _nfs, _rbd, shown = re.split(
                r'\n +- ', row, maxsplit=5)
            marks[feature] = ours
            self.assertEqual(ours == 'yes', '``tests.' in shown, feature)
        self.assertEqual({'yes', 'no'}, set(marks.values()))
        self.assertEqual(10, len(marks))
