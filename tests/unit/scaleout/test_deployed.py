# SPDX-License-Identifier: Apache-2.0
"""What functional tests do with the database of a cloud that runs already."""

import json
import pathlib

import fixtures
import testtools

from tests.functional import deployed


class DeployedTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        (top / 'endpoint.json').write_text(json.dumps({
            'url': 'http://host:1', 'database': 'sqlite:///%s/db' % top}))
        self.cloud = deployed.Deployed(top)
        self.cloud.alter('CREATE TABLE volumes (id TEXT, status TEXT)')
        self.cloud.alter('INSERT INTO volumes VALUES (?, ?)', 'one', 'error')

    def test_values(self):
        self.cloud.alter('UPDATE volumes SET status = ? WHERE id = ?',
                         "it's", 'one')
        self.assertEqual([('one', "it's")], self.cloud.stored(
            'SELECT id, status FROM volumes WHERE id IN (?, ?)',
            'one', 'two'))

    def test_time_in_a_statement(self):
        self.assertEqual([('2020-01-01 00:00:00',)], self.cloud.stored(
            "SELECT '2020-01-01 00:00:00' FROM volumes WHERE id = ?", 'one'))

    def test_too_few_values(self):
        self.assertRaises(ValueError, self.cloud.stored,
                          'SELECT id FROM volumes WHERE id = ?')

    def test_runs_where_it_was_started(self):
        self.assertEqual((True, '', 'http://host:1'), (
            self.cloud.running, self.cloud.report(), self.cloud.url))
