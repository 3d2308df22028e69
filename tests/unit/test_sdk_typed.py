# SPDX-License-Identifier: Apache-2.0
"""What functional tests hold against an answer that an SDK would cast."""

import json

import testtools
from huaweicloudsdkcbr import v1 as cbr
from huaweicloudsdkevs import v2 as evs

from tests.functional.sdk import typed


class TypedTest(testtools.TestCase):

    def assert_faults(self, expected, response, content, package=evs):
        response.raw_content = json.dumps(content).encode()
        self.assertEqual(expected, typed.faults(response, package))

    def test_right(self):
        for volume in ({}, {'size': 1, 'multiattach': False, 'name': None,
                            'attachments': [{'id': 'x'}], 'tags': {'a': 'b'},
                            'metadata': {'any': 1}, 'unknown': 5}):
            self.assert_faults([], evs.ShowVolumeResponse(),
                               {'volume': volume})
        self.assert_faults([], evs.ListVolumeTagsResponse(),
                           {'tags': {'a': ['b']}})
        self.assert_faults([], evs.DeleteSnapshotResponse(), None)
        self.assert_faults([], cbr.ShowBackupResponse(), {'backup': {
            'created_at': '2026-01-02T03:04:05.678'}}, cbr)

    def test_wrong(self):
        for volume, fault in (
                ({'multiattach': 'false'}, "multiattach: no bool: 'false'"),
                ({'size': '1'}, "size: no int: '1'"),
                ({'size': True}, 'size: no int: True'),
                ({'name': 1}, 'name: no str: 1'),
                ({'tags': []}, 'tags: no collection: []'),
                ({'tags': {'a': 1}}, 'tags[a]: no str: 1'),
                ({'links': {}}, 'links: no collection: {}'),
                ({'links': ['x']}, "links[0]. no Link: 'x'"),
                ({'links': [{'rel': 1}]}, 'links[0].rel: no str: 1')):
            self.assert_faults(['volume.' + fault], evs.ShowVolumeResponse(),
                               {'volume': volume})
        self.assert_faults(
            ["backup.created_at: no time: 'soon'"], cbr.ShowBackupResponse(),
            {'backup': {'created_at': 'soon'}}, cbr)

    def test_nothing_of_what_is_declared(self):
        for content in (None, {}, {'other': 1}):
            self.assert_faults(
                ["has nothing of ['volume']: %s" % content],
                evs.ShowVolumeResponse(), content)
