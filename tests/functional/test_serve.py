# SPDX-License-Identifier: Apache-2.0
"""``evs-fake serve`` as a command: its streams, its errors, its end."""

import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import sys
import urllib.parse

import fixtures
import requests
import testtools

from tests.functional import cloud

#: A revision of Cinder's database schema before that of Cinder 29.
OLDER_SCHEMA = '89aa6f9639f9'

_MAKE_DATABASE = """
import sys
from evs_fake.cloud import runtime
runtime.prepare()
from cinder.db import migration
from cinder import objects
from oslo_config import cfg
objects.register_all()
cfg.CONF([], project='cinder', default_config_files=[])
cfg.CONF.set_override('connection', 'sqlite:///' + sys.argv[1], 'database')
migration.db_sync(version=sys.argv[2] or None)
"""


class TestErrors(testtools.TestCase):
    """Each is one line on stderr, and the process ends."""

    def setUp(self):
        super().setUp()
        self.top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.state_dir = self.top / 'state'

    def refused(self, *arguments):
        """Serve in vain; the line on stderr."""
        ended = subprocess.run(
            cloud.serve_command(self.state_dir, *arguments),
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=cloud.TIMEOUT)
        self.assertEqual('', ended.stdout)
        self.assertEqual(1, ended.returncode, ended.stderr)
        line, end = ended.stderr[:-1], ended.stderr[-1:]
        self.assertEqual('\n', end)
        self.assertNotIn('\n', line)
        self.assertTrue(line.startswith('evs-fake: '), line)
        self.assertFalse((self.state_dir / 'endpoint.json').exists())
        return line

    def test_taken_port(self):
        with socket.create_server(('127.0.0.1', 0)) as taken:
            port = taken.getsockname()[1]
            for option in ('--port', '--cbr-port'):
                self.assertIn('cannot listen on 127.0.0.1 port %d' % port,
                              self.refused(option, str(port)))

    def test_address_of_another_machine(self):
        # 192.0.2.0/24 is for documentation: no machine has it.
        self.assertIn('cannot listen on 192.0.2.1',
                      self.refused('--host', '192.0.2.1',
                                   '--insecure-listen'))

    def test_address_that_other_machines_reach(self):
        line = self.refused('--host', '0.0.0.0')
        self.assertIn('--insecure-listen', line)
        self.assertIn('--auth keystone', line)

    def test_settings_that_undo_keystone(self):
        contradicting = self.top / 'contradicting.conf'
        contradicting.write_text('[DEFAULT]\nauth_strategy = noauth\n')
        self.assertIn('auth_strategy = noauth', self.refused(
            '--auth', 'keystone', '--identity-port', '0', '--config-file',
            str(contradicting)))

    def test_host_that_does_not_exist(self):
        self.assertIn('cannot listen on no-such-host.invalid',
                      self.refused('--host', 'no-such-host.invalid'))

    def test_state_directory_below_a_file(self):
        file = self.top / 'file'
        file.write_text('')
        self.state_dir = file / 'state'
        line = self.refused()
        self.assertIn('cannot use %s as state directory' % self.state_dir,
                      line)
        self.assertIn('--state-dir', line)

    def test_unwritable_state_directory(self):
        # On Linux, not even root makes files there.
        self.state_dir = pathlib.Path('/proc/self/state')
        self.assertIn('cannot use /proc/self/state', self.refused())

    def test_database_that_is_none(self):
        self.state_dir.mkdir()
        database = self.state_dir / 'cinder.sqlite'
        database.write_bytes(b'This was a database once. ' * 1000)
        line = self.refused()
        self.assertIn('database %s is damaged' % database, line)
        self.assertTrue(database.read_bytes().startswith(b'This was'))

    def test_database_that_is_damaged(self):
        """One half of its pages is whole."""
        self.state_dir.mkdir()
        database = self.state_dir / 'cinder.sqlite'
        make_database(database, None)
        whole = database.read_bytes()
        kept = len(whole) // 2
        database.write_bytes(whole[:kept] + b'x' * (len(whole) - kept))
        self.assertIn('database %s ' % database, self.refused())

    def test_database_of_a_newer_version(self):
        self.state_dir.mkdir()
        database = self.state_dir / 'cinder.sqlite'
        make_database(database, None)
        own = cloud.Cloud(self.state_dir)
        own.alter("UPDATE alembic_version SET version_num = 'future'")
        self.assertIn('database %s cannot be migrated' % database,
                      self.refused())

    def test_database_that_is_a_directory(self):
        (self.state_dir / 'cinder.sqlite').mkdir(parents=True)
        self.assertIn('cinder.sqlite is damaged', self.refused())

    def test_missing_config_file(self):
        missing = self.top / 'missing.conf'
        self.assertIn(str(missing), self.refused(
            '--config-file', str(missing)))

    def test_config_file_of_bad_form(self):
        bad = self.top / 'bad.conf'
        bad.write_text('what is this?\n')
        self.assertIn(str(bad), self.refused('--config-file', str(bad)))

    def test_config_file_with_bad_value(self):
        bad = self.top / 'bad.conf'
        bad.write_text('[DEFAULT]\nreport_interval = often\n')
        line = self.refused('--config-file', str(bad))
        self.assertIn('report_interval', line)
        self.assertIn('often', line)

    def test_config_file_with_unknown_driver(self):
        bad = self.top / 'bad.conf'
        bad.write_text('[evs-2]\nvolume_driver = nobody.knows.Driver\n')
        self.assertIn('nobody', self.refused('--config-file', str(bad)))

    def test_config_file_with_bad_pool(self):
        bad = self.top / 'bad.conf'
        bad.write_text('[evs-2]\nevs_fake_pool_dir = /proc/self/pool\n'
                       '[DEFAULT]\nreinit_driver_count = 0\n')
        self.assertIn('evs-2', self.refused('--config-file', str(bad)))


class TestServing(testtools.TestCase):

    def setUp(self):
        super().setUp()
        top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.state_dir = top / 'state'

    def serve(self):
        process = subprocess.Popen(
            cloud.serve_command(self.state_dir), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def ends_well(self, process, signum, first):
        """End a process; the ready line was all that it printed."""
        process.send_signal(signum)
        stdout, stderr = process.communicate(timeout=cloud.TIMEOUT)
        self.assertEqual(0, process.returncode)
        self.assertEqual('', stderr)
        self.assertEqual('', stdout)
        self.assertTrue(first.startswith('evs-fake ready: http://'), first)
        self.assertFalse((self.state_dir / 'endpoint.json').exists())

    def test_good_case(self):
        process = self.serve()
        first = process.stdout.readline()
        own = cloud.Cloud(self.state_dir)
        endpoint = own.read_endpoint()
        self.assertEqual(
            {'url', 'evs', 'cbr', 'control', 'auth', 'pid'}, endpoint.keys())
        self.assertEqual('evs-fake ready: %s\n' % endpoint['url'], first)
        self.assertEqual(process.pid, endpoint['pid'])
        self.assertEqual('noauth', endpoint['auth'])
        ports = {urllib.parse.urlsplit(endpoint[name]).port
                 for name in ('url', 'cbr')}
        self.assertEqual(2, len(ports))
        self.assertNotIn(0, ports)
        self.assertEqual(
            200, requests.get(endpoint['url'] + '/healthcheck',
                              timeout=cloud.TIMEOUT).status_code)
        self.assertEqual(0o600, os.stat(
            self.state_dir / 'endpoint.json').st_mode & 0o777)
        self.assertEqual(0o700, os.stat(self.state_dir).st_mode & 0o777)

        # A second one on the same directory leaves the first alone.
        second = self.serve()
        stdout, stderr = second.communicate(timeout=cloud.TIMEOUT)
        self.assertEqual(1, second.returncode)
        self.assertEqual('', stdout)
        self.assertEqual(
            'evs-fake: another evs-fake serves %s already (pid %d, %s). '
            'Stop it, or give another --state-dir.\n' % (
                self.state_dir, process.pid, endpoint['url']), stderr)
        self.assertEqual(endpoint, own.read_endpoint())
        self.ends_well(process, signal.SIGTERM, first)

    def test_sigint(self):
        process = self.serve()
        first = process.stdout.readline()
        self.ends_well(process, signal.SIGINT, first)

    def test_signal_that_another_thread_gets(self):
        process = self.serve()
        process.stdout.readline()
        threads = sorted(
            int(name) for name in os.listdir('/proc/%d/task' % process.pid))
        self.assertEqual(0, ctypes.CDLL(None).tgkill(
            process.pid, threads[-1], signal.SIGTERM))
        self.assertEqual(0, process.wait(cloud.TIMEOUT))

    def test_report(self):
        own = cloud.Cloud(self.state_dir)
        own.start()
        self.addCleanup(own.kill)
        self.assertIn('Threads', own.report())
        self.assertTrue(own.running)
        self.assertEqual(200, requests.get(
            own.url + '/healthcheck', timeout=cloud.TIMEOUT).status_code)

    def test_older_database(self):
        self.state_dir.mkdir()
        database = self.state_dir / 'cinder.sqlite'
        make_database(database, OLDER_SCHEMA)
        own = cloud.Cloud(self.state_dir)
        version = 'SELECT version_num FROM alembic_version'
        self.assertEqual([(OLDER_SCHEMA,)], own.stored(version))
        process = self.serve()
        first = process.stdout.readline()
        self.assertTrue(first.startswith('evs-fake ready: '), first)
        self.assertNotEqual([(OLDER_SCHEMA,)], own.stored(version))
        own.endpoint = own.read_endpoint()
        client = own.client()
        volume = client.volumes.create(1)
        cloud.until(
            lambda: client.volumes.get(volume.id).status == 'available',
            'the volume')
        self.ends_well(process, signal.SIGTERM, first)


def make_database(database, revision):
    """Make an empty one of a schema; None is Cinder's present one."""
    subprocess.run(
        [sys.executable, '-c', _MAKE_DATABASE, str(database), revision or ''],
        check=True, capture_output=True, timeout=cloud.TIMEOUT)
