# SPDX-License-Identifier: Apache-2.0
"""What of the documentation is run, and by what it is known to be right."""

import importlib.util
import pathlib
import re
from unittest import mock

import fixtures
import testtools

from evs_fake import states
from tests.documentation import output
from tests.documentation import page as pages
from tests.documentation import runner
from tests.documentation import terminal

_TOP = pathlib.Path(__file__).parents[2]

#: Blocks of each page that no test runs; the page says why.
NOT_RUN = {
    'tutorial': ['git clone'],
    'howto/attach': ['[evs]', 'tgt/conf.d', 'unshare -r tgtd',
                     'attachment-create', 'qemu-img info'],
    'howto/cinder': ['pip install', 'uwsgi', 'systemctl restart'],
    'howto/devstack': ['enable_plugin'],
    'howto/huawei_sdk': ['pip install', 'storage_availability_zone'],
    'howto/identity': ['--auth keystone', 'openrc --user'],
    'howto/scale_out': ['[DEFAULT]', 'db sync', 'uwsgi'],
    'howto/tempest': ['tests.suites tempest', 'tempest init', '[auth]',
                      'tempest run'],
    'howto/terraform': ['go run', 'terraform {'],
}


def _extension(name):
    """A module of the Sphinx extensions."""
    spec = importlib.util.spec_from_file_location(
        name, _TOP / 'doc' / 'ext' / (name + '.py'))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class PagesTest(testtools.TestCase):

    def test_every_block_is_run_or_says_why_not(self):
        left = {}
        for name in pages.names():
            page = pages.read(name)
            for block in page.blocks:
                if block.not_run:
                    left.setdefault(name, []).append(block)
                elif block.path is None:
                    self.assertTrue(block.commands, name)
        self.assertEqual(set(NOT_RUN), set(left))
        for name, blocks in left.items():
            for marker, block in zip(NOT_RUN[name], blocks, strict=True):
                self.assertIn(marker, block.text, name)

    def read(self, text):
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        (directory / 'page.rst').write_text(text)
        with mock.patch.object(pages, 'SOURCE', directory):
            return pages.read('page')

    def test_marks(self):
        page = self.read('''
.. test environment: cloud

.. test terminal: second
.. test again until shown
.. test status: 3

.. code-block:: console

   $ first
   shown
   $ cat <<END
   > END
   $ last

.. test append: /etc/file

.. code-block:: ini

   [section]
''')
        self.assertEqual('cloud', page.environment)
        console, file = page.blocks
        self.assertEqual(
            ('second', pages.Wait.AGAIN, 3, None),
            (console.terminal, console.wait, console.status, console.path))
        self.assertEqual(
            [pages.Command('first', 'shown'),
             pages.Command('cat <<END\nEND', None),
             pages.Command('last', None)], console.commands)
        self.assertEqual(('first', '/etc/file', True, '[section]'),
                         (file.terminal, file.path, file.append, file.text))

    def assert_bad(self, message, text):
        error = self.assertRaises(pages.BadPage, self.read, text)
        self.assertIn(message, str(error))

    def test_bad_pages(self):
        block = '\n.. code-block:: console\n\n   $ true\n'
        self.assert_bad('which environment', block)
        here = '.. test environment: cloud\n'
        self.assert_bad('neither run', here + '\nText::\n\n   a block\n')
        self.assert_bad('no mark', here + '.. test tomorrow\n' + block)
        self.assert_bad('why', here + '.. test not run\n' + block)
        self.assert_bad('a mark of no block', here + '.. test status: 1\n')
        page = self.read(here + block.replace('$ true', 'what it prints'))
        self.assertRaises(pages.BadPage, lambda: page.blocks[0].commands)


class OutputTest(testtools.TestCase):

    SHOWN = ('| id | 0f6c1f0e-7c3f-4f5c-8a36-0b1f6e9d4d11 |\n'
             '| at | 2026-11-23T09:00:01.120000 |\n'
             'at http://127.0.0.1:8776 ... in 1.20s')

    def test_what_changes(self):
        self.assertTrue(output.matches(
            self.SHOWN, '| id | 11111111-7c3f-4f5c-8a36-0b1f6e9d4d11 |  \n'
            '| at | 2027-01-01T10:11:12.13 |\n'
            'at http://127.0.0.1:1234 or\nso in 17.00s\n'))

    def test_what_does_not(self):
        for printed in (self.SHOWN.replace('| id', '| no'),
                        self.SHOWN.replace('11 |', '11 | more'),
                        self.SHOWN.replace('127.0.0.1', '127.0.0.2'), ''):
            self.assertFalse(output.matches(self.SHOWN, printed), printed)
            self.assertIn('- ', output.difference(self.SHOWN, printed))


class RunnerTest(testtools.TestCase):

    def run_blocks(self, *blocks):
        top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        said = []
        runner.run(pages.Page('page', 'installed', blocks), top, said.append)
        return ''.join(said)

    def test_one_shell_after_the_other(self):
        said = self.run_blocks(
            pages.Block(1, '$ cd /\n$ here=$PWD'),
            pages.Block(2, '$ echo $PWD; echo 2 >&2\n/\n2'),
            pages.Block(3, '$ echo "$here", then\n, then', terminal='other'),
            pages.Block(4, '$ false', status=1),
            pages.Block(5, '$ echo no', not_run='because'))
        self.assertIn('$ echo "$here", then\n, then\n', said)
        self.assertNotIn('echo no', said)

    def test_files(self):
        self.run_blocks(
            pages.Block(1, '$ mkdir below\n$ cd below'),
            pages.Block(2, 'one', path='file'),
            pages.Block(3, 'two', path='file', append=True),
            pages.Block(4, '$ cat file\none\ntwo'))

    def test_commands_that_go_on(self):
        self.run_blocks(
            pages.Block(1, '$ echo ready; sleep 600\nready',
                        wait=pages.Wait.SHOWN),
            pages.Block(2, '$ echo x >>file; grep -c x file\n3',
                        terminal='other', wait=pages.Wait.AGAIN))

    def test_failures(self):
        for block, message in (
                (pages.Block(1, '$ false'), 'ended with 1, not 0'),
                (pages.Block(1, '$ true', status=1), 'ended with 0, not 1'),
                (pages.Block(1, '$ echo one\ntwo'), 'two'),
                (pages.Block(1, '$ true\nnothing'), 'nothing')):
            error = self.assertRaises(runner.Failed, self.run_blocks, block)
            self.assertIn(message, str(error))

    def test_ends_before_it_is_ready(self):
        self.assertRaises(terminal.Died, self.run_blocks, pages.Block(
            1, '$ echo not yet\nready', wait=pages.Wait.SHOWN))


class StatesPageTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.page = _extension('states_page')

    def test_every_transition_is_drawn(self):
        drawn = set(re.findall(r'data-from="(\S+)" data-to="(\S+)"',
                               self.page.svg()))
        self.assertEqual(
            {(state.name, successor) for state in states.SNAPSHOT_STATES
             for successor in state.successors}, drawn)
        self.assertEqual(
            {*states.SNAPSHOT_STATUSES, states.DELETED},
            set(re.findall(r'data-status="(\S+)"', self.page.svg())))

    def test_status_without_a_place(self):
        with mock.patch.dict(self.page._PLACES):
            del self.page._PLACES['error']
            error = self.assertRaises(ValueError, self.page.svg)
        self.assertIn('error', str(error))


class SecurityTest(testtools.TestCase):

    def test_named_tests_exist(self):
        """What SECURITY claims is shown by tests that there are."""
        text = (_TOP / 'SECURITY.rst').read_text()
        names = re.findall(r'``(tests[\w.]+)``', text)
        self.assertLess(20, len(names))
        for name in names:
            module, case, test = name.rsplit('.', 2)
            path = _TOP / (module.replace('.', '/') + '.py')
            body = re.split(r'\nclass %s[(:]' % case, path.read_text())[1]
            self.assertIn('\n    def %s(' % test,
                          re.split(r'\n\S', body)[0], name)
