# SPDX-License-Identifier: Apache-2.0
"""A cloud's process, with a program in the place of the cloud."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import fixtures
from testtools import matchers

from evs_fake.testing import exception
from evs_fake.testing import server
from tests.unit.testing import base

_FAILS = '''
import pathlib, sys
state = pathlib.Path(sys.argv[sys.argv.index('--state-dir') + 1])
(state / 'log').mkdir(parents=True)
(state / 'log' / 'evs-fake.log').write_text(
    ''.join('line %d\\n' % number for number in range(100)))
sys.exit('evs-fake: no such driver')
'''
_HANGS = 'import signal; signal.pause()'

#: A tests' process: has a cloud, says where, and waits to be killed.
_PARENT = '''
import json, os, sys, threading
from evs_fake.testing import server
server.command = lambda *arguments: [
    sys.executable, '-c', sys.argv[1], *arguments]
running = server.shared()
print(json.dumps([running.endpoint['pid'], running._process.pid,
                  str(running.state_dir)]), flush=True)
threading.Event().wait()
'''


class TestServer(base.ServerTestCase):

    def test_temporary(self):
        running = self.start()
        self.assertTrue(running.running)
        self.assertFalse(base.ended(running.endpoint['pid']))
        self.assertEqual(self.temporary, running.state_dir.parents[1])
        running.end()
        self.assertFalse(running.running)
        self.assertTrue(base.ended(running.endpoint['pid']))
        self.assertEqual([], list(self.temporary.iterdir()))
        # Once is enough.
        running.end()

    def test_given_state_and_configuration(self):
        state = self.top / 'state'
        running = self.start(state, [self.top / 'a.conf', 'b.conf'])
        self.assertEqual(
            ['serve', '--port', '0', '--cbr-port', '0', '--state-dir',
             str(state), '--config-file', str(self.top / 'a.conf'),
             '--config-file', 'b.conf'],
            json.loads((state / 'arguments.json').read_text()))
        running.end()
        # It was asked to end, not killed.
        self.assertThat(str(state / 'tidied'), matchers.FileExists())

    def test_not_started(self):
        self.runs(_FAILS)
        error = self.assertRaises(exception.NotStarted, self.start)
        self.assertIn('did not start', str(error))
        self.assertIn('evs-fake: no such driver', str(error))
        self.assertIn('line 99', str(error))
        self.assertNotIn('line 1\n', str(error))
        self.assertEqual([], list(self.temporary.iterdir()))

    def test_not_ready(self):
        self.runs(_HANGS)
        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.testing.server._BOOT_SECONDS', 0))
        error = self.assertRaises(exception.NotStarted, self.start)
        self.assertIn('was not ready in 0 s', str(error))
        self.assertIn('there is none', str(error))

    def test_cloud_died(self):
        running = self.start()
        os.kill(running.endpoint['pid'], signal.SIGKILL)
        self.until(lambda: not running.running)
        running.end()
        self.assertEqual([], list(self.temporary.iterdir()))

    def test_interrupt_of_the_terminal_spares_it(self):
        running = self.start()
        self.assertNotEqual(os.getsid(0), os.getsid(running.endpoint['pid']))

    def test_fork_leaves_it_alone(self):
        running = self.start()
        pid = os.fork()
        if not pid:
            running.end()
            os._exit(0)
        self.assertEqual(0, os.waitpid(pid, 0)[1])
        self.assertFalse(base.ended(running.endpoint['pid']))

    def test_end_though_a_fork_holds_the_pipe(self):
        running = self.start()
        pid = os.fork()
        if not pid:
            signal.pause()
        try:
            running.end()
            self.assertTrue(base.ended(running.endpoint['pid']))
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


class TestShared(base.ServerTestCase):

    def setUp(self):
        super().setUp()
        self.forget_shared()

    def test_one_for_all(self):
        self.assertIs(server.shared(), server.shared())

    def test_one_for_each_way_to_make_it(self):
        first = server.shared(self.top / 'one')
        self.assertIs(first, server.shared(str(self.top / 'one')))
        self.assertIsNot(first, server.shared(self.top / 'two'))
        self.assertIsNot(first, server.shared(self.top / 'three', ['a.conf']))

    def test_another_after_it_died(self):
        first = server.shared()
        os.kill(first.endpoint['pid'], signal.SIGKILL)
        self.until(lambda: not first.running)
        second = server.shared()
        self.assertTrue(second.running)
        self.assertEqual([second.state_dir.parent],
                         list(self.temporary.iterdir()))

    def test_another_after_its_end(self):
        server.shared().end()
        self.assertTrue(server.shared().running)


class TestParent(base.ServerTestCase):

    def parent(self):
        """Of a cloud; pids of cloud and supervisor, and the state."""
        process = subprocess.Popen(
            [sys.executable, '-c', textwrap.dedent(_PARENT), base.SERVES],
            stdout=subprocess.PIPE, text=True,
            env={**os.environ, 'TMPDIR': str(self.temporary)})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process, json.loads(process.stdout.readline())

    def test_killed(self):
        process, (cloud, supervisor, state) = self.parent()
        self.assertThat(state, matchers.DirExists())
        process.kill()
        process.wait(base.SECONDS)
        self.until(lambda: base.ended(cloud) and base.ended(supervisor))
        self.assertEqual([], list(self.temporary.iterdir()))

    def test_supervisor_ended(self):
        _process, (cloud, supervisor, _state) = self.parent()
        os.kill(supervisor, signal.SIGTERM)
        self.until(lambda: base.ended(cloud) and base.ended(supervisor))
        self.assertEqual([], list(self.temporary.iterdir()))
