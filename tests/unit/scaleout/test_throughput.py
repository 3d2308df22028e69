# SPDX-License-Identifier: Apache-2.0
"""The figures of one and of two of each service."""

import testtools

from tests.scaleout import throughput


class TableTest(testtools.TestCase):

    def test_ratio_of_medians(self):
        def taken(rate, cpu):
            return {'lists': throughput.Sample(rate, cpu)}

        table = throughput.as_table({
            1: [taken(10, {'api': 1.0}), taken(10, {'api': 1.0})],
            2: [taken(14, {'api': 1.5, 'database': 0.25}),
                taken(16, {'api': 1.5, 'database': 0.25})]})
        self.assertIn('10.0/s with 1 of each, 15.0/s with 2: ratio 1.50',
                      table)
        self.assertIn('busy cores with 2: api 1.50, database 0.25; 1.75 of',
                      table)
