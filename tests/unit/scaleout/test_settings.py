# SPDX-License-Identifier: Apache-2.0
"""The cinder.conf of a scaled-out deployment, as oslo.config reads it."""

import pathlib

import fixtures
import testtools
from oslo_config import cfg

from tests.scaleout import settings


class SettingsTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.settings = settings.Settings(
            top=pathlib.Path(self.useFixture(fixtures.TempDir()).path),
            broker='rabbit://host/vhost', database='sqlite://',
            redis='redis://host:1', namespace='ours')
        self.settings.write()

    def sections(self, path):
        found: dict[str, dict] = {}
        cfg.ConfigParser(str(path), found).parse()
        return found

    def test_servers(self):
        found = self.sections(self.settings.path)
        self.assertEqual(
            (['rabbit://host/vhost'], ['sqlite://'],
             ['redis://host:1?namespace=ours'], ['host:1']),
            (found['DEFAULT']['transport_url'],
             found['database']['connection'],
             found['coordination']['backend_url'],
             found['cache']['redis_server']))

    def test_every_back_end_has_a_pool_of_its_own(self):
        found = self.sections(self.settings.path)
        pools = {found[backend]['evs_fake_pool_dir'][0]
                 for backend in settings.BACKENDS}
        self.assertEqual(
            (len(settings.BACKENDS), [','.join(settings.BACKENDS)]),
            (len(pools), found['DEFAULT']['enabled_backends']))

    def test_samples_are_there(self):
        found = self.sections(self.settings.path)
        self.assertTrue(pathlib.Path(
            found['DEFAULT']['api_paste_config'][0]).is_file())

    def test_cluster_is_of_those_who_have_one(self):
        self.assertEqual(
            ({'host': ['a']}, {'host': ['b'], 'cluster': ['evs']}),
            tuple(self.sections(self.settings.write_host(*host))['DEFAULT']
                  for host in (('a', None), ('b', 'evs'))))
