# SPDX-License-Identifier: Apache-2.0

import configparser
import os
import pathlib
import sys

import fixtures
import testtools

from evs_fake import exception
from evs_fake.storage import file
from evs_fake.storage import loader
from evs_fake.storage import memory

SETUP_CFG = pathlib.Path(__file__).parents[3] / 'setup.cfg'


class LoaderTest(testtools.TestCase):
    """With the entry points of setup.cfg, installed or not."""

    def setUp(self):
        super().setUp()
        config = configparser.ConfigParser()
        config.read(SETUP_CFG)
        site = self.useFixture(fixtures.TempDir()).path
        info = os.path.join(site, 'evs_fake_entry_points-1.dist-info')
        os.mkdir(info)
        with open(os.path.join(info, 'METADATA'), 'w') as metadata:
            metadata.write('Metadata-Version: 2.1\n'
                           'Name: evs-fake-entry-points\nVersion: 1\n')
        with open(os.path.join(info, 'entry_points.txt'), 'w') as points:
            points.write(f'[{loader.NAMESPACE}]\n')
            points.write(config['entry_points'][loader.NAMESPACE])
            points.write('\nbroken = evs_fake.storage.nowhere:Engine\n')
        # Stevedore would keep what it finds in the user's cache.
        self.useFixture(fixtures.MonkeyPatch(
            'stevedore._cache._c._disable_caching', True))
        # And what another test of this process has found, in the class.
        self.useFixture(fixtures.MonkeyPatch(
            'stevedore.extension.ExtensionManager.ENTRY_POINT_CACHE', {}))
        self.useFixture(fixtures.MonkeyPatch('sys.path',
                                             [site, *sys.path]))
        self.pool = self.useFixture(fixtures.TempDir()).join('pool')

    def test_engines_of_setup_cfg(self):
        for name, kind in (('file', file.FileEngine),
                           ('memory', memory.MemoryEngine)):
            engine = loader.load(name, self.pool, 7)
            self.assertIs(kind, type(engine))
            self.assertEqual(self.pool, engine.pool_dir)
            self.assertEqual(7, engine.capacity_gb)

    def test_capacity_is_optional(self):
        self.assertIsNone(loader.load('file', self.pool).capacity_gb)

    def test_loading_touches_nothing(self):
        loader.load('file', self.pool)
        self.assertFalse(os.path.exists(self.pool))

    def test_unknown_engine_is_told_what_is_known(self):
        error = self.assertRaises(exception.StorageError,
                                  loader.load, 'tape', self.pool)
        for word in ("'tape'", 'file', 'memory'):
            self.assertIn(word, str(error))

    def test_engine_that_cannot_be_imported(self):
        error = self.assertRaises(exception.StorageError,
                                  loader.load, 'broken', self.pool)
        self.assertIn('evs_fake.storage.nowhere', str(error))

    def test_engine_that_refuses_its_arguments(self):
        self.assertRaises(exception.StorageError,
                          loader.load, 'file', self.pool, -1)
