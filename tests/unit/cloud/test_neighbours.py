# SPDX-License-Identifier: Apache-2.0
"""What a cloud has beside Cinder; nothing is started here."""

import importlib.util
import pathlib
import socket

import fixtures
import testtools

from evs_fake.cloud import address
from evs_fake.cloud import exception
from evs_fake.cloud import neighbours
from evs_fake.cloud import state_dir


class NeighboursTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.state = state_dir.StateDir(
            pathlib.Path(self.useFixture(fixtures.TempDir()).path))
        self.state.make()

    def make(self, identity=None, image=None):
        return neighbours.Neighbours(self.state, address.Address(),
                                     identity, image)

    def refused(self, **ports):
        return str(self.assertRaises(exception.CloudError, self.make,
                                     **ports))

    def test_none(self):
        made = self.make()
        self.assertEqual({}, made.urls)
        self.assertEqual('', made.names)
        self.assertEqual({'auth': 'noauth', 'image_url': None,
                          'authtoken': ''}, made.cinder_settings())
        self.assertFalse(self.state.passwords.exists())

    def test_package_that_is_not_installed(self):
        find = importlib.util.find_spec
        self.useFixture(fixtures.MonkeyPatch(
            'importlib.util.find_spec', lambda name, *rest: (
                None if name in ('keystone', 'glance')
                else find(name, *rest))))
        self.assertEqual(
            '--auth keystone needs Keystone. Install it: '
            'pip install "evs-fake[identity]"', self.refused(identity=0))
        self.assertEqual(
            '--image needs Glance. Install it: '
            'pip install "evs-fake[image]"', self.refused(image=0))

    def test_no_qemu_img(self):
        self.found_packages()
        self.useFixture(fixtures.EnvironmentVariable('PATH', '/nowhere'))
        self.assertIn('--image needs the command qemu-img',
                      self.refused(image=0))

    def test_taken_port(self):
        self.found_packages()
        with socket.create_server(('127.0.0.1', 0)) as taken:
            port = taken.getsockname()[1]
            self.assertIn('cannot listen on 127.0.0.1 port %d' % port,
                          self.refused(identity=port))

    def found_packages(self):
        self.useFixture(fixtures.MonkeyPatch(
            'importlib.util.find_spec', lambda *_names: True))
