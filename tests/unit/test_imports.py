# SPDX-License-Identifier: Apache-2.0
"""Who may import whom.

Read from the source: what an import leads to at run time depends on what was
imported before.
"""

import ast
import functools
import itertools
import pathlib
import sys

import testtools

TOP = pathlib.Path(__file__).parents[2]
PACKAGE = 'evs_fake'

#: What the parts of the package may import of each other, besides
#: themselves: the layers from the command line down to plain data.
ALLOWED = {
    'cmd': {'demo', 'clients', 'cloud', 'api', 'db'},
    # By HTTP only: of the cloud itself they know nothing.
    'clients': {'states'},
    'demo': {'cloud', 'states'},
    'cloud': {'api', 'volume', 'faults', 'storage', 'db', 'states',
              'exception'},
    'api': {'policies', 'faults', 'db', 'states', 'conf', 'exception'},
    'policies': set(),
    'volume': {'faults', 'storage', 'db', 'states', 'conf', 'exception'},
    'faults': {'db', 'states', 'conf', 'exception'},
    'storage': {'exception'},
    'conf': set(),
    'db': {'states'},
    'exception': set(),
    'states': set(),
    # A cloud is a process of its own there, and spoken to by HTTP.
    'testing': set(),
    # Proves clouds that may be none of ours.
    'tempest': {'states'},
}

#: Read before anything chooses how Cinder runs, and where there is none.
WITHOUT_CINDER = ('evs_fake.cmd.evs_fake', 'evs_fake.cloud.exception',
                  'evs_fake.cloud.runtime', 'evs_fake.states',
                  'evs_fake.api.auth.identity')


@functools.cache
def modules():
    """Every module of the package by name, as a syntax tree."""
    found = {}
    for path in (TOP / PACKAGE).rglob('*.py'):
        parts = path.relative_to(TOP).with_suffix('').parts
        if parts[-1] == '__init__':
            parts = parts[:-1]
        found['.'.join(parts)] = ast.parse(path.read_text())
    return found


def at_import(tree):
    """The statements that run when a module is imported."""
    pending = [tree]
    while pending:
        for node in ast.iter_child_nodes(pending.pop()):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef
                              | ast.Lambda):
                yield node
                pending.append(node)


class ImportsTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.modules = modules()
        self.assertIn('evs_fake.volume.driver', self.modules)

    def imported(self, nodes):
        """Names of modules that import statements lead to."""
        for node in nodes:
            if isinstance(node, ast.Import):
                yield from (name.name for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                self.assertEqual(0, node.level, 'a relative import')
                for name in node.names:
                    whole = '%s.%s' % (node.module, name.name)
                    yield whole if whole in self.modules else node.module

    def everywhere(self, name):
        return set(self.imported(ast.walk(self.modules[name])))

    @staticmethod
    def part(name):
        """The part of the package that a module belongs to."""
        return (name.split('.') + [''])[1]

    def test_every_part_has_a_layer(self):
        parts = {self.part(name) for name in self.modules} - {''}
        self.assertEqual(set(ALLOWED), parts)

    def test_layers_have_no_cycle(self):
        def below(part, above):
            self.assertNotIn(part, above)
            for other in ALLOWED[part]:
                below(other, above | {part})

        for part in ALLOWED:
            below(part, frozenset())

    def test_imports_of_each_other(self):
        for name in self.modules:
            part = self.part(name)
            for other in self.everywhere(name):
                if other.split('.')[0] != PACKAGE:
                    continue
                other_part = self.part(other)
                if other_part not in ('', part):
                    self.assertIn(
                        other_part, ALLOWED.get(part, set()),
                        '%s imports %s' % (name, other))

    def test_api_and_driver_run_in_different_processes(self):
        for one, other in itertools.permutations(('api', 'volume')):
            self.assertNotIn(other, ALLOWED[one])

    def test_faults_and_storage_are_apart(self):
        for one, other in itertools.permutations(('faults', 'storage')):
            self.assertNotIn(other, ALLOWED[one])

    def test_commands_use_of_the_api_no_more_than_names(self):
        used = {other for name in self.modules if self.part(name) == 'cmd'
                for other in self.imported(at_import(self.modules[name]))
                if self.part(other) == 'api'}
        self.assertEqual({'evs_fake.api.auth.identity'}, used)

    def test_commands_without_openstackclient(self):
        """It is an extra of the package: only its own commands need it."""
        for name in self.modules:
            if not name.startswith('evs_fake.clients.osc'):
                absent = {'osc_lib', 'cliff'}
                # Gives a connection to tests that have openstacksdk.
                if name != 'evs_fake.testing.cloud':
                    absent.add('openstack')
                for other in self.everywhere(name):
                    self.assertNotIn(other.split('.')[0], absent, name)
                    self.assertFalse(
                        other.startswith('evs_fake.clients.osc'), name)

    def test_extension_of_cinderclient(self):
        path = TOP / 'cinderclient-extension/evs_fake_cinderclient_ext.py'
        names = set(self.imported(ast.walk(ast.parse(path.read_text()))))
        self.assertIn('evs_fake.clients.control', names)
        for name in names:
            root = name.split('.')[0]
            if root == PACKAGE:
                self.assertEqual('clients', self.part(name))
                self.assertFalse(name.startswith('evs_fake.clients.osc'))
            else:
                self.assertIn(root, {'cinderclient'}
                              | sys.stdlib_module_names)

    def test_states_need_nothing(self):
        for name in self.everywhere('evs_fake.states'):
            self.assertIn(name, sys.stdlib_module_names)

    def closure(self, name):
        """All modules that importing one imports, of ours and of others."""
        found, pending = set(), [name]
        while pending:
            current = pending.pop()
            if current in found:
                continue
            found.add(current)
            package = current.rpartition('.')[0]
            if package:
                pending.append(package)
            if current in self.modules:
                pending.extend(self.imported(
                    at_import(self.modules[current])))
        return found

    def test_without_cinder(self):
        clients = [name for name in self.modules
                   if self.part(name) == 'clients']
        for name in [*WITHOUT_CINDER, *clients]:
            roots = {other.split('.')[0] for other in self.closure(name)}
            self.assertEqual(
                set(), roots & {'cinder', 'os_brick', 'oslo_config',
                                'oslo_messaging', 'eventlet'}, name)

    def test_tempest_plugin_needs_no_server(self):
        for name in self.modules:
            if self.part(name) == 'tempest':
                roots = {other.split('.')[0]
                         for other in self.closure(name)}
                self.assertEqual(
                    set(), roots - {PACKAGE, 'tempest', 'oslo_config'}
                    - sys.stdlib_module_names, name)

    def test_no_test_code_of_cinder(self):
        for name in self.modules:
            for other in self.everywhere(name):
                self.assertFalse(other.startswith('cinder.tests'), name)
