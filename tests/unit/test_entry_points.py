# SPDX-License-Identifier: Apache-2.0
"""What the package offers to OpenStack's tools, and its samples."""

import configparser
import pathlib
from importlib import metadata

import testtools
from oslo_config import cfg

from evs_fake import policies
from evs_fake.conf import auth
from evs_fake.conf import backend
from evs_fake.conf import faults
from evs_fake.conf import history
from evs_fake.volume import driver

TOP = pathlib.Path(__file__).parents[2]

#: The group of entry points that has the commands for openstackclient.
COMMANDS = 'openstack.evs_fake.v1'


def entry_points():
    """Those of setup.cfg: (group, name) -> what is there."""
    config = configparser.ConfigParser()
    config.read(TOP / 'setup.cfg')
    for group, lines in config['entry_points'].items():
        for line in lines.strip().splitlines():
            name, _equals, value = line.partition('=')
            yield metadata.EntryPoint(name.strip(), value.strip(), group)


class EntryPointsTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.points = {(each.group, each.name): each
                       for each in entry_points()}

    def test_all(self):
        self.assertEqual(
            {('console_scripts', 'evs-fake'),
             ('console_scripts', 'evs-fake-manage'),
             ('evs_fake.storage', 'file'), ('evs_fake.storage', 'memory'),
             ('oslo.config.opts', 'evs_fake'),
             ('oslo.messaging.drivers', 'inprocess'),
             ('openstack.cli.extension', 'evs_fake'),
             ('oslo.policy.policies', 'evs_fake'),
             ('pytest11', 'evs_fake'),
             ('tempest.test_plugins', 'evs_fake')},
            {(group, name) for group, name in self.points
             if group != COMMANDS})

    def test_each_is_there(self):
        for point in self.points.values():
            found = point.load()
            # Plugins of openstackclient and pytest are modules.
            self.assertEqual(
                point.group in ('openstack.cli.extension', 'pytest11'),
                not callable(found), point)

    def test_commands_of_openstackclient(self):
        module = self.points['openstack.cli.extension', 'evs_fake'].load()
        self.assertEqual(COMMANDS, 'openstack.%s.v%s' % (
            module.API_NAME, module.DEFAULT_API_VERSION))
        commands = {name: point.load()
                    for (group, name), point in self.points.items()
                    if group == COMMANDS}
        self.assertIn('evs_rule_create', commands)
        for name, each in commands.items():
            # "openstack help" prints the first sentence.
            self.assertRegex(each.__doc__.splitlines()[0], r'^[A-Z].*\.$',
                             name)
            noun_or_verb = name.split('_')[-1].title()
            self.assertIn(noun_or_verb, each.__name__)

    def test_options(self):
        listed = self.points['oslo.config.opts', 'evs_fake'].load()()
        self.assertEqual([('backend_defaults', backend.BACKEND_OPTS),
                          ('evs_fake', auth.OPTS),
                          ('evs_fake', faults.OPTS),
                          ('evs_fake', history.OPTS)], listed)
        for option in backend.BACKEND_OPTS:
            self.assertTrue(option.name.startswith('evs_fake_'))
        for _group, options in listed:
            for option in options:
                self.assertTrue(option.help)

    def test_rules(self):
        listed = self.points['oslo.policy.policies', 'evs_fake'].load()()
        self.assertEqual(policies.list_rules(), listed)
        for rule in listed:
            self.assertTrue(rule.name.startswith('evs_fake:'))


class SamplesTest(testtools.TestCase):

    def test_generators(self):
        for name, group in (('config', 'oslo.config.opts'),
                            ('policy', 'oslo.policy.policies')):
            config = configparser.ConfigParser()
            config.read(TOP / ('etc/evs-fake/evs-fake-%s-generator.conf'
                               % name))
            self.assertIn(
                (group, config['DEFAULT']['namespace']),
                {(each.group, each.name) for each in entry_points()})

    def test_cinder_conf(self):
        path = TOP / 'etc/evs-fake/cinder.conf'
        # Every option, in comments where the default will do.
        for option in driver.EVSFakeDriver.get_driver_options():
            self.assertRegex(path.read_text(),
                             r'(?m)^#?%s = ' % option.name)
        conf = cfg.ConfigOpts()
        conf.register_opts([
            cfg.ListOpt('enabled_backends'),
            cfg.MultiStrOpt('osapi_volume_extension')])
        conf.register_opts([*backend.BACKEND_OPTS,
                            cfg.StrOpt('volume_driver')], group='evs')
        conf([], default_config_files=[str(path)])
        self.assertEqual(['evs'], conf.enabled_backends)
        module, _dot, name = conf.evs.volume_driver.rpartition('.')
        self.assertEqual((driver.__name__, 'EVSFakeDriver'), (module, name))
        self.assertIn('evs_fake.api.native.extension.register',
                      conf.osapi_volume_extension)
        self.assertEqual('/var/lib/cinder/evs-fake',
                         conf.evs.evs_fake_pool_dir)
