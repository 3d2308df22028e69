# SPDX-License-Identifier: Apache-2.0
"""What tempest gets of the plugin, and when its tests skip."""

import ast
import collections
import importlib
import importlib.metadata
import pathlib
import uuid
from types import SimpleNamespace

import testtools
from oslo_config import cfg
from tempest import test

from evs_fake.tempest import config
from evs_fake.tempest import plugin
from evs_fake.tempest import waiting
from evs_fake.tempest.tests.api import base

TOP = pathlib.Path(__file__).parents[3]
TESTS = TOP / 'evs_fake/tempest/tests'
KINDS = {'smoke', 'slow', 'negative'}


def tests():
    """Names of all tests, each with the arguments of its decorators."""
    for path in TESTS.rglob('test_*.py'):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                for each in node.body:
                    if (isinstance(each, ast.FunctionDef)
                            and each.name.startswith('test_')):
                        yield '%s.%s.%s' % (
                            path.stem, node.name, each.name), {
                            call.func.attr: call
                            for call in each.decorator_list}


class PluginTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.plugin = plugin.EVSFakePlugin()

    def test_entry_point(self):
        found, = importlib.metadata.entry_points(
            group='tempest.test_plugins', name='evs_fake')
        self.assertIs(plugin.EVSFakePlugin, found.load())

    def test_tests_are_found(self):
        directory, top = map(pathlib.Path, self.plugin.load_tests())
        self.assertEqual((TESTS, TOP), (directory, top))

    def test_options(self):
        conf = cfg.ConfigOpts()
        self.plugin.register_opts(conf)
        conf([])
        self.assertTrue(conf.evs_fake.evs)
        self.assertFalse(conf.evs_fake.control)
        self.assertEqual([('evs_fake', config.OPTIONS)],
                         self.plugin.get_opt_lists())

    def test_clients(self):
        self.patch(plugin.config, 'service_client_config', lambda name: {
            'service': 'block-storage', 'build_timeout': 7})
        self.patch(plugin.config, 'CONF', SimpleNamespace(
            evs_fake=SimpleNamespace(
                evs_catalog_type='e', cbr_catalog_type='c',
                evs_endpoint='https://e', cbr_endpoint='https://c',
                control_endpoint='https://control')))
        services = self.plugin.get_service_clients()
        self.assertEqual(
            [('block-storage', None), ('e', 'https://e'), ('c', 'https://c'),
             ('block-storage', 'https://control')],
            [(each['service'], each.get('endpoint')) for each in services])
        for each in services:
            self.assertEqual(7, each['build_timeout'])
            module = importlib.import_module(each['module_path'])
            for name in each['client_names']:
                self.assertTrue(hasattr(module, name), name)

    def test_documentation_has_every_option(self):
        text = (TOP / 'doc/source/howto/tempest.rst').read_text()
        for option in config.OPTIONS:
            self.assertIn('``%s``' % option.name, text)


class IdsTest(testtools.TestCase):

    def test_every_test_has_its_own(self):
        ids = collections.Counter()
        for name, decorators in tests():
            self.assertIn('idempotent_id', decorators, name)
            argument, = decorators['idempotent_id'].args
            ids[str(uuid.UUID(argument.value))] += 1
        self.assertEqual({1}, set(ids.values()))

    def test_kinds(self):
        found = set()
        for name, decorators in tests():
            if 'attr' in decorators:
                kinds = ast.literal_eval(decorators['attr'].keywords[0].value)
                kinds = {kinds} if isinstance(kinds, str) else set(kinds)
                self.assertEqual(set(), kinds - KINDS, name)
                found |= kinds
        self.assertEqual(KINDS, found)


class SkipTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.conf = SimpleNamespace(
            identity=SimpleNamespace(auth_version='v3'),
            service_available=SimpleNamespace(cinder=True),
            volume_feature_enabled=SimpleNamespace(
                snapshot=True, backup=True),
            evs_fake=SimpleNamespace(
                evs=True, cbr=True, control=True, revert=True))
        self.patch(base, 'CONF', self.conf)
        # Tempest's own would register its options beside Cinder's.
        self.patch(test, 'CONF', self.conf)

    def check(self, *needs):
        """Whether tests with these needs skip."""
        class Checked(base.BaseTest):
            credentials = ()

        Checked.needs = needs
        try:
            Checked.skip_checks()
        except Checked.skipException:
            return True
        return False

    def test_each(self):
        for group, option, need in (
                ('volume_feature_enabled', 'snapshot', 'snapshots'),
                ('volume_feature_enabled', 'backup', 'backups'),
                ('evs_fake', 'evs', 'EVS'), ('evs_fake', 'cbr', 'CBR'),
                ('evs_fake', 'control', 'the control API'),
                ('evs_fake', 'revert', 'revert')):
            self.assertFalse(self.check(need))
            setattr(getattr(self.conf, group), option, False)
            self.assertTrue(self.check(need))
            self.assertFalse(self.check())
            setattr(getattr(self.conf, group), option, True)

    def test_no_cinder(self):
        self.conf.service_available.cinder = False
        self.assertTrue(self.check())

    def test_needs_are_known(self):
        for path in TESTS.rglob('test_*.py'):
            module = importlib.import_module(
                '.'.join(path.relative_to(TOP).with_suffix('').parts))
            for each in vars(module).values():
                if (isinstance(each, type)
                        and issubclass(each, base.BaseTest)):
                    self.assertEqual(set(), set(each.needs) - set(
                        base._OFFERED), each)


class WaitingTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.patch(waiting, 'CONF', SimpleNamespace(volume=SimpleNamespace(
            build_timeout=0, build_interval=0)))
        self.patch(waiting, '_FIRST_PAUSE', 0)

    def client(self, *statuses):
        left = list(statuses)
        return SimpleNamespace(
            resource_type='volume-snapshot',
            show_snapshot=lambda _id: {
                'snapshot': {'status': left.pop(0)}})

    def test_reached(self):
        self.assertEqual({'status': 'available'}, waiting.for_status(
            self.client('available'), 's', 'available'))

    def test_in_vain(self):
        error = self.assertRaises(
            waiting.exceptions.TimeoutException, waiting.for_status,
            self.client('creating', 'creating'), 's', 'available')
        self.assertIn('available of snapshot s', str(error))

    def test_an_error_is_the_end(self):
        self.assertRaises(AssertionError, waiting.for_status,
                          self.client('error', 'available'), 's', 'available')
        self.assertEqual({'status': 'error'}, waiting.for_status(
            self.client('error'), 's', 'error'))
