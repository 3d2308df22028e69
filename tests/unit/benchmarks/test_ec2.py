# SPDX-License-Identifier: Apache-2.0
"""Tests of the client of moto, with answers as moto gives them."""

import urllib.parse

import fixtures
import testtools

from benchmarks import client as bench_client
from benchmarks import ec2

_SNAPSHOT = '<item><snapshotId>%s</snapshotId><status>%s</status></item>'


class _Answer:

    def __init__(self, status, text):
        self.status = status
        self._text = text

    def read(self):
        return self._text.encode()


class ClientTest(testtools.TestCase):

    URL = 'http://127.0.0.1:5000'

    def setUp(self):
        super().setUp()
        self.asked = []
        self.statuses = ['pending', 'completed']
        test = self

        class Connection:

            def __init__(self, *_args, **_kwargs):
                pass

            def request(self, _method, _path, body, _headers):
                test.asked.append(dict(urllib.parse.parse_qsl(body)))

            def getresponse(self):
                status, text = test.answer(test.asked[-1])
                return _Answer(
                    status, 'no XML' if status == 500 else
                    f'<R xmlns="http://ec2.amazonaws.com/doc/">{text}</R>')

            def close(self):
                pass

        self.useFixture(fixtures.MonkeyPatch(
            'http.client.HTTPConnection', Connection))

    def answer(self, asked):
        if asked['Action'] == 'CreateVolume':
            return 200, '<volumeId>vol-1</volumeId>'
        if asked['Action'] == 'CreateSnapshot':
            return 200, _SNAPSHOT % ('snap-1', 'pending')
        if asked['Action'] == 'DescribeSnapshots':
            status = (self.statuses.pop(0) if len(self.statuses) > 1
                      else self.statuses[0])
            return 200, ''.join(
                _SNAPSHOT % (value, status) for key, value in asked.items()
                if key.startswith('SnapshotId.'))
        return 500, ''

    def test_waits_until_a_snapshot_is_completed(self):
        client = ec2.Client(self.URL)
        self.assertEqual('snap-1', client.make_snapshot('vol-1'))
        self.assertEqual(
            ['CreateSnapshot', 'DescribeSnapshots', 'DescribeSnapshots'],
            [asked['Action'] for asked in self.asked])

    def test_a_failed_snapshot_ends_the_run(self):
        self.statuses = ['error']
        client = ec2.Client(self.URL)
        self.assertRaises(bench_client.BenchmarkError,
                          client.make_snapshot, 'vol-1')

    def test_a_refusal_ends_the_run(self):
        client = ec2.Client(self.URL)
        self.assertRaises(bench_client.BenchmarkError,
                          client.insist, 'DescribeVolumes')

    def test_answers(self):
        self.assertFalse(ec2.answers(self.URL))
        self.answer = lambda _asked: (200, '')
        self.assertTrue(ec2.answers(self.URL))

    def test_lists_as_many_as_a_client_of_cinder(self):
        single = ec2.SingleClient(self.URL)
        single.list()
        asked = self.asked[-1]
        self.assertEqual(
            20, len([key for key in asked if key.startswith('SnapshotId.')]))
        self.answer = lambda _asked: (200, '')
        self.assertRaises(bench_client.BenchmarkError, single.list)
