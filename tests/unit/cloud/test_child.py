# SPDX-License-Identifier: Apache-2.0
"""Services in processes of their own: their beginning and their end."""

import os
import pathlib
import queue
import select
import signal
import subprocess
import sys

import fixtures
import requests
import testtools

from evs_fake.cloud import address
from evs_fake.cloud import exception
from evs_fake.cloud.child import parent

#: Seconds in which anything must have happened, on the slowest machine.
TIMEOUT = 120

_SERVICE = 'tests.unit.cloud.child_service'

#: A cloud that starts a child, tells where it is, and waits to be killed.
_CLOUD = """
import pathlib, sys, threading
from evs_fake.cloud import address
from evs_fake.cloud.child import parent
where = address.Address()
listener = where.listen(0)
url = where.url(listener)
child = parent.Child('Child', %r, listener, url, pathlib.Path(sys.argv[1]))
child.start({'text': 'here'})
child.wait_ready()
print(url, child._process.pid, flush=True)
threading.Event().wait()
""" % _SERVICE


class ChildTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.log = top / 'log'

    def child(self, **settings):
        where = address.Address()
        listener = where.listen(0)
        child = parent.Child('Child', _SERVICE, listener,
                             where.url(listener), self.log)
        child.start(settings)
        self.addCleanup(child.stop)
        return child

    def test_serves_and_stops(self):
        child = self.child(text='here')
        child.wait_ready()
        died = queue.Queue()
        child.watch(died.put)
        self.assertEqual('here', requests.get(
            child.url, timeout=TIMEOUT).text)
        # In its pipe there is nothing but what it says itself.
        self.assertIn('what libraries print', self.log.read_text())
        child.stop()
        self.assertRaises(requests.ConnectionError, requests.get, child.url,
                          timeout=TIMEOUT)
        self.assertTrue(died.empty())

    def test_signals_are_the_clouds_affair(self):
        child = self.child(text='here')
        child.wait_ready()
        for signum in (signal.SIGINT, signal.SIGTERM):
            child._process.send_signal(signum)
        self.assertEqual('here', requests.get(
            child.url, timeout=TIMEOUT).text)

    def test_dies(self):
        child = self.child(text='here')
        child.wait_ready()
        died = queue.Queue()
        child.watch(died.put)
        self.assertRaises(requests.ConnectionError, requests.get,
                          child.url + '/die', timeout=TIMEOUT)
        self.assertEqual(
            'Child ended unexpectedly (exit code 7); see the log, %s'
            % self.log, died.get(timeout=TIMEOUT))

    def test_refusal(self):
        error = self.assertRaises(
            exception.CloudError, self.child(refusal='not so').wait_ready)
        self.assertEqual('not so', str(error))

    def test_error(self):
        error = self.assertRaises(
            exception.CloudError, self.child(error='oops').wait_ready)
        self.assertEqual(
            'Child could not start; see the log, %s' % self.log, str(error))
        self.assertIn('ValueError: oops', self.log.read_text())

    def test_cloud_that_is_killed(self):
        cloud = subprocess.Popen(
            [sys.executable, '-c', _CLOUD, str(self.log)],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(cloud.stdout.close)
        self.addCleanup(cloud.wait)
        self.addCleanup(cloud.kill)
        url, pid = cloud.stdout.readline().split()
        self.assertEqual('here', requests.get(url, timeout=TIMEOUT).text)
        ended = os.pidfd_open(int(pid))
        self.addCleanup(os.close, ended)
        cloud.kill()
        self.assertEqual(([ended], [], []),
                         select.select([ended], [], [], TIMEOUT))
