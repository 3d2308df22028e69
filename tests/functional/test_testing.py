# SPDX-License-Identifier: Apache-2.0
"""What other people's tests have: the fixture, and the sample project."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import textwrap

import fixtures
import testtools
from cinderclient import exceptions
from testtools import matchers

from evs_fake.testing import EVSFake
from evs_fake.testing import exception
from tests.functional import cloud

_TOP = pathlib.Path(__file__).parents[2]
_SNAPWAIT = _TOP / 'examples' / 'snapwait'

#: A tests' process that has a cloud when it is killed.
_PARENT = '''
import json, signal
from evs_fake.testing import EVSFake
fixture = EVSFake()
fixture.setUp()
fixture.cinder().volumes.create(1)
print(json.dumps(dict(fixture.endpoint)), flush=True)
signal.pause()
'''


class TestFixture(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.cloud = self.useFixture(EVSFake())
        self.cinder = self.cloud.cinder()

    def create_volume(self):
        volume = self.cinder.volumes.create(1)
        self.cloud.wait(volume, 'available')
        return volume

    def create_snapshot(self, volume):
        snapshot = self.cinder.volume_snapshots.create(volume.id)
        self.cloud.wait(snapshot, 'available')
        return snapshot

    def status(self, snapshot):
        return self.cinder.volume_snapshots.get(snapshot.id).status

    # Rules

    def test_hold(self):
        volume, other = self.create_volume(), self.create_volume()
        hold = self.cloud.hold('snapshot-create', volume_id=volume)
        self.create_snapshot(other)
        snapshot = self.cinder.volume_snapshots.create(volume.id)
        self.assertEqual(snapshot.id, hold.wait())
        self.assertEqual('creating', self.status(snapshot))
        self.assertEqual(['creating'], self.cloud.statuses(snapshot))
        hold.release()
        self.cloud.wait(snapshot, 'available')
        error = self.assertRaises(exception.Refused, hold.release)
        self.assertIn('was released before', str(error))

    def test_hold_until_the_end_of_a_context(self):
        volume = self.create_volume()
        with self.cloud.hold('snapshot-create', times=None) as hold:
            snapshots = [self.cinder.volume_snapshots.create(volume.id)
                         for _number in range(2)]
            hold.wait(times=2)
            self.assertEqual(['creating'] * 2,
                             list(map(self.status, snapshots)))
        for snapshot in [*snapshots, self.create_snapshot(volume)]:
            self.cloud.wait(snapshot, 'available')

    def test_hold_and_fail(self):
        volume = self.create_volume()
        with self.cloud.hold('snapshot-create') as hold:
            snapshot = self.cinder.volume_snapshots.create(volume.id)
            hold.wait()
            # The end of the context comes sooner than the driver hears it.
            hold.release(fail=True, message='the array gave up')
        self.cloud.wait(snapshot, 'error')
        self.assertEqual('the array gave up', hold.show()['failure'])

    def test_hold_meets_nothing(self):
        hold = self.cloud.hold('snapshot-create', name='nobody')
        error = self.assertRaises(exception.InVain, hold.wait, timeout=0)
        self.assertIn('0 of 1 snapshot-create', str(error))

    def test_fail(self):
        snapshot = self.create_snapshot(self.create_volume())
        fail = self.cloud.fail('snapshot-delete', when='after', times=None,
                               message='of a test', resource_id=snapshot)
        self.cinder.volume_snapshots.delete(snapshot)
        self.cloud.wait(snapshot, 'error_deleting')
        self.assertEqual(snapshot.id, fail.wait())
        self.assertEqual(
            ['after', None, 'of a test'],
            [fail.show()[name] for name in ('when', 'times', 'message')])

    def test_fail_in_a_context(self):
        volume = self.create_volume()
        with self.cloud.fail('snapshot-create', times=None):
            failed = self.cinder.volume_snapshots.create(volume.id)
            self.cloud.wait(failed, 'error')
        self.create_snapshot(volume)

    def test_outcome(self):
        snapshot = self.create_snapshot(self.create_volume())
        fail = self.cloud.fail('snapshot-delete', outcome='available')
        self.cinder.volume_snapshots.delete(snapshot)
        deleting = self.cloud.wait(snapshot, 'deleting')
        self.cloud.wait(snapshot, 'available', after=deleting)
        self.assertEqual('available', fail.show()['outcome'])

    def test_delay(self):
        volume = self.create_volume()
        delay = self.cloud.delay('snapshot-create', (0.2, 0.3))
        snapshot = self.create_snapshot(volume)
        self.assertEqual(snapshot.id, delay.wait())
        created, available = self.cloud.history(snapshot)
        self.assertThat(
            (available.occurred_at - created.occurred_at).total_seconds(),
            matchers.GreaterThan(0.2))

    def test_rule_that_would_never_fire(self):
        for wrong, field in (
                (('snapshot-explode', {}), 'operation'),
                (('snapshot-create', {'colour': 'red'}), 'colour'),
                (('snapshot-create', {'when': 'never'}), 'when')):
            operation, arguments = wrong
            error = self.assertRaises(
                exception.Refused, self.cloud.hold, operation, **arguments)
            self.assertIn(field, str(error))
            self.assertIn('400', str(error))

    # History

    def test_history(self):
        snapshot = self.create_snapshot(self.create_volume())
        first, second = self.cloud.history(snapshot.id)
        self.assertEqual(
            ('snapshot', snapshot.id, 'demo', None, 'creating'),
            (first.resource_type, first.resource_id, first.project_id,
             first.old_status, first.new_status))
        self.assertEqual(('creating', 'available'),
                         (second.old_status, second.new_status))
        self.assertEqual(
            sorted(self.cloud.history(), key=lambda change: change.number),
            self.cloud.history())
        self.assertEqual({'volume', 'snapshot'}, {
            change.resource_type for change in self.cloud.history()})

    def test_wait_for_what_is_over(self):
        volume = self.create_volume()
        snapshot = self.create_snapshot(volume)
        self.cloud.rollback(snapshot)
        over = self.cloud.wait(volume, 'rollbacking')
        self.cloud.wait(volume, 'available', after=over)
        self.assertEqual(over, self.cloud.wait(volume, 'rollbacking'))

    def test_wait_in_vain(self):
        volume = self.create_volume()
        error = self.assertRaises(exception.InVain, self.cloud.wait,
                                  volume, 'in-use', timeout=0)
        self.assertIn("was not 'in-use'", str(error))
        self.assertRegex(
            str(error), r': \(new\) -> creating\n'
                        r'.* volume .*: creating -> available$')
        last = self.cloud.history(volume)[-1]
        self.assertRaises(exception.InVain, self.cloud.wait, volume,
                          'available', timeout=0, after=last)

    # Rollback

    def test_rollback(self):
        volume = self.create_volume()
        snapshot = self.create_snapshot(volume)
        with self.cloud.hold('snapshot-rollback') as hold:
            self.cloud.rollback(snapshot)
            hold.wait()
            error = self.assertRaises(
                exception.Refused, self.cloud.rollback, snapshot.id)
            self.assertIn('rollbacking', str(error))
        self.cloud.wait(snapshot, 'rollbacking')

    # Clients

    def test_projects(self):
        cinder = self.cloud.cinder('other')
        volume = cinder.volumes.create(1, name='disk')
        change = self.cloud.wait(volume, 'available')
        self.assertEqual('other', change.project_id)
        self.assertEqual([], self.cinder.volumes.list())
        with self.cloud.connection('other') as connection:
            self.assertEqual(
                [volume.id],
                [each.id for each in connection.block_storage.volumes()])
            snapshot = connection.block_storage.create_snapshot(
                volume_id=volume.id)
        # Of any client's, and whatever project it is in.
        self.cloud.wait(snapshot, 'available')
        self.cloud.rollback(snapshot)
        self.cloud.wait(snapshot, 'rollbacking')
        self.assertEqual([], list(
            self.cloud.connection().block_storage.volumes()))

    def test_environment(self):
        self.useFixture(fixtures.EnvironmentVariable(
            'OS_AUTH_URL', 'http://another.invalid'))
        volume = self.cloud.cinder('other').volumes.create(1)
        environment = self.cloud.environment('other', region='some-where')
        self.assertEqual(os.environ['PATH'], environment['PATH'])
        self.assertEqual('other', environment['HUAWEICLOUD_SDK_PROJECT_ID'])
        self.assertEqual(
            self.cloud.endpoint['evs'],
            environment['HUAWEICLOUD_SDK_REGION_EVS_SOME_WHERE'])
        listed = subprocess.run(
            [pathlib.Path(sys.executable).parent / 'cinder', 'list'],
            env=environment, capture_output=True, text=True)
        self.assertIn(volume.id, listed.stdout, listed.stderr)

    # States

    def test_reset(self):
        volume = self.create_volume()
        hold = self.cloud.hold('snapshot-create')
        self.cinder.volume_snapshots.create(volume.id)
        hold.wait()
        self.cloud.reset()
        self.assertEqual([], self.cinder.volumes.list())
        self.assertEqual([], self.cinder.volume_snapshots.list())
        self.assertEqual([], self.cloud.history())
        error = self.assertRaises(exception.Refused, hold.show)
        self.assertIn('404', str(error))
        # One that a context ends after a reset is no error.
        hold.__exit__(None, None, None)
        hold.delete()
        self.create_snapshot(self.create_volume())

    def test_saved_state(self):
        self.cloud.save('with-a-volume')
        volume = self.create_volume()
        # What was saved by that name is lost.
        self.cloud.save('with-a-volume')
        other = self.create_volume()
        again = self.useFixture(EVSFake('with-a-volume'))
        self.assertEqual(self.cloud.endpoint, again.endpoint)
        self.assertEqual([volume.id], [
            each.id for each in again.cinder().volumes.list()])
        self.assertRaises(exceptions.NotFound, self.cinder.volumes.get,
                          other.id)
        for refused in (self.cloud.reset, 'none'), (self.cloud.save, 'a/b?c'):
            error = self.assertRaises(exception.Refused, *refused)
            self.assertIn(refused[1], str(error))


class TestProcess(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)

    def test_does_not_start(self):
        config = self.top / 'bad.conf'
        config.write_text('[evs-2]\nvolume_driver = nobody.knows.Driver\n')
        fixture = EVSFake(config_files=[config], shared=False)
        error = self.assertRaises(exception.NotStarted, fixture.setUp)
        self.assertIn('did not start', str(error))
        self.assertIn('nobody', str(error))

    def test_killed(self):
        """Neither process nor directory outlives a tests' process."""
        tests = subprocess.Popen(
            [sys.executable, '-c', _PARENT], stdout=subprocess.PIPE,
            text=True, env={**os.environ, 'TMPDIR': str(self.top)})
        self.addCleanup(tests.communicate)
        self.addCleanup(tests.kill)
        endpoint = json.loads(tests.stdout.readline())
        os.kill(endpoint['pid'], 0)
        self.assertNotEqual([], list(self.top.iterdir()))
        tests.send_signal(signal.SIGKILL)
        cloud.until(lambda: not list(self.top.iterdir()), 'the end')
        # The directory goes after the process.
        self.assertRaises(ProcessLookupError, os.kill, endpoint['pid'], 0)


class TestExamples(testtools.TestCase):

    def setUp(self):
        super().setUp()
        top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.readme = top / 'test_readme.py'
        text = (_TOP / 'README.rst').read_text()
        sample, = re.findall(r'^    def test_\w+\(evs_fake\):\n(?:     .*\n)+',
                             text, re.MULTILINE)
        self.readme.write_text(textwrap.dedent(sample))

    def test_outcomes(self):
        """The naive one fails as it must, all else passes."""
        tests = subprocess.run(
            [sys.executable, '-m', 'pytest', '-p', 'no:cacheprovider', '-rA',
             '-c', str(_SNAPWAIT / 'pyproject.toml'),
             str(_SNAPWAIT), str(self.readme)],
            capture_output=True, text=True, timeout=cloud.TIMEOUT)
        self.assertEqual(0, tests.returncode, tests.stdout + tests.stderr)
        outcomes = re.findall(
            r'^(PASSED|XFAIL) \S*::(\w+)(?:\[snapwait\.(\w+)\])?',
            tests.stdout, re.MULTILINE)
        waits_for_ever = {'test_creation_fails', 'test_creation_hangs',
                          'test_deletion_fails', 'test_deletion_hangs'}
        slow = {'test_slow', 'test_slow_deletion'}
        others = {'test_nothing_else_meanwhile',
                  'test_once_more_after_a_failure',
                  'test_snapshot_that_hangs'}
        self.assertEqual(
            {('XFAIL', name, 'naive') for name in waits_for_ever}
            | {('PASSED', name, 'naive') for name in slow}
            | {('PASSED', name, 'careful') for name in waits_for_ever | slow}
            | {('PASSED', name, '') for name in others},
            set(outcomes))
