# SPDX-License-Identifier: Apache-2.0

import testtools

from evs_fake.storage import base

GIB = base.GIB


class UsageTest(testtools.TestCase):

    def test_without_a_capacity_it_is_the_mediums(self):
        self.assertEqual(base.Usage(10, 3, 2, 7),
                         base.Usage.within(None, (2, 7), total=10, free=3))

    def test_capacity_counts_down(self):
        self.assertEqual(
            base.Usage(5 * GIB, 3 * GIB, 2 * GIB, 9 * GIB),
            base.Usage.within(5, (2 * GIB, 9 * GIB), total=90 * GIB,
                              free=50 * GIB))

    def test_capacity_does_not_create_space(self):
        self.assertEqual(
            base.Usage(500 * GIB, 50 * GIB, 2 * GIB, 9 * GIB),
            base.Usage.within(500, (2 * GIB, 9 * GIB), total=90 * GIB,
                              free=50 * GIB))

    def test_more_used_than_the_capacity(self):
        self.assertEqual(
            base.Usage(5 * GIB, 0, 7 * GIB, 9 * GIB),
            base.Usage.within(5, (7 * GIB, 9 * GIB), total=90 * GIB,
                              free=50 * GIB))
