# SPDX-License-Identifier: Apache-2.0
"""A cloud's process, with a program in the place of the cloud."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import threading

import fixtures
import testtools
from testtools import matchers

from evs_fake.testing import exception
from evs_fake.testing import server

_SECONDS = 60

#: Does what "evs-fake serve" promises to.
_SERVES = '''
import json, os, pathlib, signal, sys
state = pathlib.Path(sys.argv[sys.argv.index('--state-dir') + 1])
(state / 'log').mkdir(parents=True)
(state / 'arguments.json').write_text(json.dumps(sys.argv[1:]))
(state / 'endpoint.json').write_text(json.dumps({'pid': os.getpid()}))
def end(*_arguments):
    (state / 'tidied').touch()
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print('evs-fake ready: somewhere', flush=True)
signal.pause()
'''
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


def ended(pid: int) -> bool:
    try:
        status = pathlib.Path('/proc/%d/stat' % pid).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    # Nobody may be there who waits for it.
    return status.rpartition(')')[2].split()[0] == 'Z'


class ServerTestCase(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.temporary = self.top / 'tmp'
        self.temporary.mkdir()
        self.useFixture(fixtures.MonkeyPatch(
            'tempfile.tempdir', str(self.temporary)))
        self.runs(_SERVES)

    def runs(self, program):
        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.testing.server.command',
            lambda *arguments: [sys.executable, '-c', program, *arguments]))

    def start(self, *arguments):
        running = server.Server(*arguments)
        self.addCleanup(running.end)
        running.start()
        return running

    def until(self, predicate):
        never = threading.Event()
        for _look in range(_SECONDS * 100):
            if predicate():
                return
            never.wait(0.01)
        self.fail('in vain')


class TestServer(ServerTestCase):

    def test_temporary(self):
        running = self.start()
        self.assertTrue(running.running)
        self.assertFalse(ended(running.endpoint['pid']))
        self.assertEqual(self.temporary, running.state_dir.parents[1])
        running.end()
        self.assertFalse(running.running)
        self.assertTrue(ended(running.endpoint['pid']))
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
        self.assertFalse(ended(running.endpoint['pid']))

    def test_end_though_a_fork_holds_the_pipe(self):
        running = self.start()
        pid = os.fork()
        if not pid:
            signal.pause()
        try:
            running.end()
            self.assertTrue(ended(running.endpoint['pid']))
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


class TestShared(ServerTestCase):

    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.testing.server._shared', {}))

    def shared(self, *arguments):
        running = server.shared(*arguments)
        self.addCleanup(running.end)
        return running

    def test_one_for_all(self):
        self.assertIs(self.shared(), self.shared())

    def test_one_for_each_way_to_make_it(self):
        first = self.shared(self.top / 'one')
        self.assertIs(first, self.shared(str(self.top / 'one')))
        self.assertIsNot(first, self.shared(self.top / 'two'))
        self.assertIsNot(first, self.shared(self.top / 'three', ['a.conf']))

    def test_another_after_it_died(self):
        first = self.shared()
        os.kill(first.endpoint['pid'], signal.SIGKILL)
        self.until(lambda: not first.running)
        second = self.shared()
        self.assertTrue(second.running)
        self.assertEqual([second.state_dir.parent],
                         list(self.temporary.iterdir()))

    def test_another_after_its_end(self):
        self.shared().end()
        self.assertTrue(self.shared().running)


class TestParent(ServerTestCase):

    def parent(self):
        """Of a cloud; pids of cloud and supervisor, and the state."""
        process = subprocess.Popen(
            [sys.executable, '-c', textwrap.dedent(_PARENT), _SERVES],
            stdout=subprocess.PIPE, text=True,
            env={**os.environ, 'TMPDIR': str(self.temporary)})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process, json.loads(process.stdout.readline())

    def test_killed(self):
        process, (cloud, supervisor, state) = self.parent()
        self.assertThat(state, matchers.DirExists())
        process.kill()
        process.wait(_SECONDS)
        self.until(lambda: ended(cloud) and ended(supervisor))
        self.assertEqual([], list(self.temporary.iterdir()))

    def test_supervisor_ended(self):
        _process, (cloud, supervisor, _state) = self.parent()
        os.kill(supervisor, signal.SIGTERM)
        self.until(lambda: ended(cloud) and ended(supervisor))
        self.assertEqual([], list(self.temporary.iterdir()))
