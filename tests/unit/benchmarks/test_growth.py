# SPDX-License-Identifier: Apache-2.0
"""Tests of what the growth benchmark puts into a database, and prints."""

import pathlib

import testtools
from cinder import context as cinder_context
from cinder import objects
from oslo_config import cfg

from benchmarks import growth
from tests.unit import database


class FillerTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.useFixture(database.DatabaseFixture())

    def test_copies(self):
        volume = database.create_volume()
        snapshot = database.create_snapshot(volume)
        growth.Filler(cfg.CONF.database.connection).fill(
            volume.id, snapshot.id, 250)
        found = objects.SnapshotList.get_all(
            cinder_context.get_admin_context(), {})
        self.assertEqual(251, len(found))
        self.assertEqual({'available'}, {each.status for each in found})
        # Those of one volume are as many as a user may have.
        self.assertEqual([1, 50, 100, 100], sorted(
            [each.volume_id for each in found].count(volume_id)
            for volume_id in {each.volume_id for each in found}))
        self.assertEqual(251, len({each.created_at for each in found}))


class TableTest(testtools.TestCase):

    STEPS = (growth.Step(1000, {'show': 10.0, 'list': 20.0}),
             growth.Step(100_000, {'show': 10.0, 'list': 50.0}))

    def test_growth(self):
        head, show, list_ = growth.as_table(self.STEPS).splitlines()
        self.assertEqual(['1,000', '100,000', 'growth'], head.split()[-3:])
        self.assertEqual(['show', '10.0', '10.0', '1.0x'], show.split())
        self.assertEqual(['list', '20.0', '50.0', '2.5x'], list_.split())


class DatabaseTest(testtools.TestCase):

    def test_own(self):
        self.assertEqual('mysql://host/db', growth.database_of(
            pathlib.Path('/nowhere'), {'database': 'mysql://host/db'}))

    def test_of_the_embedded_cloud(self):
        self.assertEqual('sqlite:////nowhere/cinder.sqlite',
                         growth.database_of(pathlib.Path('/nowhere'), {}))
