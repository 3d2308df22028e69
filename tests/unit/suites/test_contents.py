# SPDX-License-Identifier: Apache-2.0

import pathlib
import sqlite3

import fixtures
import testtools

from tests.functional import cloud
from tests.suites import contents

_TABLES = """
CREATE TABLE volumes (id TEXT PRIMARY KEY, status TEXT, deleted BOOLEAN);
CREATE TABLE snapshots (id TEXT PRIMARY KEY, status TEXT, deleted BOOLEAN);
CREATE TABLE backups (id TEXT PRIMARY KEY, status TEXT, deleted BOOLEAN);
CREATE TABLE evs_fake_tags (id TEXT, key TEXT, PRIMARY KEY (id, key));
CREATE TABLE evs_fake_history (number INTEGER PRIMARY KEY);
CREATE TABLE quota_usages (
    id INTEGER PRIMARY KEY, project_id TEXT, resource TEXT, in_use INTEGER,
    reserved INTEGER, deleted BOOLEAN);
CREATE TABLE quota_classes (
    id INTEGER PRIMARY KEY, class_name TEXT, resource TEXT,
    hard_limit INTEGER, deleted BOOLEAN);
INSERT INTO quota_classes VALUES (1, 'default', 'volumes', -1, 0);
"""


class ContentsTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.cloud = cloud.Cloud(pathlib.Path(
            self.useFixture(fixtures.TempDir()).path))
        with sqlite3.connect(self.cloud.state_dir / 'cinder.sqlite') as made:
            made.executescript(_TABLES)
        made.close()
        self.before = contents.of(self.cloud)

    def left(self):
        return contents.left(self.before, contents.of(self.cloud))

    def test_rows(self):
        self.cloud.alter("INSERT INTO volumes VALUES ('a', 'error', 0)")
        self.cloud.alter("INSERT INTO volumes VALUES ('b', 'deleted', 1)")
        self.cloud.alter("INSERT INTO evs_fake_tags VALUES ('a', 'k')")
        self.assertEqual(
            {'volumes': [('a',)], 'evs_fake_tags': [('a', 'k')]},
            self.left())

    def test_what_tells_of_the_past_may_stay(self):
        self.cloud.alter('INSERT INTO evs_fake_history VALUES (1)')
        self.cloud.alter(
            "INSERT INTO quota_usages VALUES (1, 'p', 'volumes', 0, 0, 0)")
        self.assertEqual({}, self.left())

    def test_what_is_still_counted(self):
        self.cloud.alter(
            "INSERT INTO quota_usages VALUES (1, 'p', 'volumes', 1, 0, 0)")
        self.assertEqual({'quota_usages': [('p', 'volumes', 1, 0)]},
                         self.left())

    def test_limits(self):
        self.cloud.alter("INSERT INTO quota_classes VALUES "
                         "(2, 'default', 'volumes_gone', 10, 0)")
        self.assertEqual({}, self.left())
        self.cloud.alter('UPDATE quota_classes SET hard_limit = 10')
        self.assertEqual({'quota_classes': [('volumes', 10)]}, self.left())

    def test_files(self):
        pool = self.cloud.state_dir / 'pools' / 'evs-1' / 'volumes'
        pool.mkdir(parents=True)
        (pool / 'a').touch()
        self.assertEqual({'pools/': ['evs-1/volumes/a']}, self.left())
