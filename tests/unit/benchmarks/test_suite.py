# SPDX-License-Identifier: Apache-2.0
"""The benchmark of tests that share a cloud."""

import unittest

import testtools

from benchmarks import client as bench_client
from benchmarks import suite
from tests.functional import base
from tests.functional import cloud


class _Cloud:

    def __init__(self, state_dir):
        self.state_dir = state_dir
        _Cloud.made.append(self)
        self.running = False
        self.stopped = False

    def start(self):
        self.running = True

    def client(self, _project):
        return None

    def stop(self):
        self.running, self.stopped = False, True


def _tests():
    """Classes of tests, out of the sight of whoever looks for tests."""

    class Sharing(base.CloudTestCase):

        used = []

        def passing(self):
            self.used.append(self.cloud)
            self.assertTrue(self.cloud.running)

        def failing(self):
            self.fail('as it is to')

    class Own(Sharing):

        def make_cloud(self):
            return None

    return Sharing, Own


class SuiteTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        _Cloud.made = []
        self.sharing, self.own = _tests()
        self.patch(cloud, 'Cloud', _Cloud)

    def seconds(self, each, *names):
        return suite.seconds([self.sharing(name) for name in names], each,
                             lambda _text: None)

    def test_one_cloud(self):
        self.assertGreater(self.seconds(False, 'passing', 'passing'), 0)
        made, = _Cloud.made
        self.assertEqual([made, made], self.sharing.used)
        self.assertTrue(made.stopped)

    def test_a_cloud_for_each(self):
        self.seconds(True, 'passing', 'passing')
        self.assertEqual(_Cloud.made, self.sharing.used)
        self.assertEqual([True, True], [each.stopped for each in _Cloud.made])

    def test_failure(self):
        error = self.assertRaises(bench_client.BenchmarkError, self.seconds,
                                  True, 'failing', 'passing')
        self.assertIn('as it is to', str(error))
        self.assertEqual([True], [each.stopped for each in _Cloud.made])

    def test_which_tests(self):
        found = unittest.TestSuite([
            self.sharing('passing'),
            unittest.TestSuite([self.own('passing')]),
            testtools.TestCase('run')])
        self.patch(unittest.defaultTestLoader, 'loadTestsFromNames',
                   lambda names: found)
        self.assertEqual([self.sharing], [
            type(test) for test in suite.tests_of(['any'])])
        self.patch(unittest.defaultTestLoader, 'loadTestsFromNames',
                   lambda names: unittest.TestSuite())
        self.assertRaises(bench_client.BenchmarkError, suite.measure,
                          ['none'], lambda _text: None)
