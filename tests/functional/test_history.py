# SPDX-License-Identifier: Apache-2.0
"""The history of a real cloud, as clients ask for it."""

import json
import subprocess
import sys
import threading

from cinderclient import exceptions

from tests.functional import base
from tests.functional import cloud


class HistoryTestCase(base.CloudTestCase):

    def history(self, path='/history', project=None, **query):
        response = self.cloud.session(project or self.project).get(
            self.cloud.endpoint['control'] + path, params=query)
        return response.json()

    def seen(self, resource):
        return [(change['old_status'], change['new_status'])
                for change in self.history(resource_id=resource.id)[
                    'history']]


class TestHistory(HistoryTestCase):

    def test_life(self):
        volume = self.create_volume()
        snapshot = self.create_snapshot(volume)
        self.assertEqual(
            202, self.rollback(snapshot, volume).status_code)
        self.wait_for(self.cinder.volumes, volume, 'available')
        self.wait_for(self.cinder.volume_snapshots, snapshot, 'available')
        backup = self.cinder.backups.create(volume.id)
        self.wait_for(self.cinder.backups, backup, 'available')
        self.cinder.volume_snapshots.delete(snapshot)
        self.wait_gone(self.cinder.volume_snapshots, snapshot)
        self.assertEqual(
            [(None, 'creating'), ('creating', 'available'),
             ('available', 'rollbacking'), ('rollbacking', 'available'),
             ('available', 'deleting'), ('deleting', 'deleted')],
            self.seen(snapshot))
        self.assertEqual(
            [(None, 'creating'), ('creating', 'available'),
             ('available', 'rollbacking'), ('rollbacking', 'available'),
             ('available', 'backing-up'), ('backing-up', 'available')],
            self.seen(volume))
        self.assertEqual([(None, 'creating'), ('creating', 'available')],
                         self.seen(backup))
        # The system's own snapshot is the one that is left.
        others = {change['resource_id'] for change in self.history(
            resource_type='snapshot')['history']} - {snapshot.id}
        self.assertEqual(1, len(others))
        self.assertIn('backing-up', [
            change['new_status'] for change in self.history(
                resource_id=others.pop())['history']])

    def test_poller_saw_nothing_else(self):
        volume = self.create_volume()
        polled, done = {}, threading.Event()

        def poll():
            client = self.cloud.client(self.project)
            while not done.is_set():
                for each in client.volume_snapshots.list():
                    statuses = polled.setdefault(each.id, [])
                    if statuses[-1:] != [each.status]:
                        statuses.append(each.status)

        poller = threading.Thread(target=poll, daemon=True)
        poller.start()
        snapshots = [self.create_snapshot(volume) for _number in range(5)]
        for snapshot in snapshots:
            self.cinder.volume_snapshots.delete(snapshot)
            self.wait_gone(self.cinder.volume_snapshots, snapshot)
        done.set()
        poller.join(cloud.TIMEOUT)
        self.assertTrue(polled)
        for snapshot in snapshots:
            changes = iter([new for _old, new in self.seen(snapshot)])
            for status in polled.get(snapshot.id, []):
                # As a subsequence.
                self.assertIn(status, changes)

    def test_wait_with_a_cursor(self):
        volume = self.create_volume()
        cursor = self.history()['cursor']
        rule = self.cloud.session().post(
            self.cloud.endpoint['control'] + '/rules', json={'rule': {
                'operation': 'snapshot-create', 'action': 'delay',
                'seconds': 0.5, 'match': {'volume_id': volume.id}}})
        self.assertEqual(201, rule.status_code)
        snapshot = self.cinder.volume_snapshots.create(volume.id)
        found = self.history(after=cursor, wait=60, status='available')
        self.assertEqual([snapshot.id], [
            change['resource_id'] for change in found['history']])
        self.assertEqual('available', self.cinder.volume_snapshots.get(
            snapshot.id).status)

    def test_projects(self):
        volume = self.create_volume()
        other = self.project + '-other'
        self.assertEqual(
            [], self.history(project=other, resource_id=volume.id)['history'])
        self.assertEqual(
            {self.project}, {change['project_id'] for change in self.history(
                '/history/all-projects', other,
                resource_id=volume.id)['history']})


class TestKill(HistoryTestCase):

    def make_cloud(self):
        own = self.useFixture(cloud.CloudFixture()).cloud
        own.start()
        return own

    def test_complete_and_in_order(self):
        """What was seen before a kill is there; recovery adds its own."""
        volume = self.create_volume()
        snapshot = self.cinder.volume_snapshots.create(
            volume.id, metadata={'evs_fake:snapshot-create': 'hold'})
        self.cloud.kill()
        self.cloud.start()
        self.cinder = self.cloud.client(self.project)
        self.wait_settled()
        final = self.cinder.volume_snapshots.get(snapshot.id).status
        self.assertEqual([(None, 'creating'), ('creating', final)],
                         self.seen(snapshot))
        found = self.history()['history']
        numbers = [change['number'] for change in found]
        self.assertEqual(sorted(numbers), numbers)
        before = {}
        for change in found:
            # Each change begins where the one before it ended.
            self.assertEqual(before.get(change['resource_id']),
                             change['old_status'])
            before[change['resource_id']] = change['new_status']


class TestCommand(HistoryTestCase):

    def command(self, *arguments):
        return [sys.executable, '-m', 'evs_fake.cmd.evs_fake', 'history',
                '--state-dir', str(self.cloud.state_dir), *arguments]

    def test_list(self):
        def listed():
            printed = subprocess.run(
                self.command('--resource', volume.id, '-f', 'json'),
                check=True, capture_output=True, text=True).stdout
            return [change['new_status'] for change in json.loads(printed)]

        volume = self.create_volume()
        # Nothing is told while another's change before it may still come.
        cloud.until(lambda: len(listed()) >= 2, 'two changes')
        self.assertEqual(['creating', 'available'], listed())

    def test_follow(self):
        follower = subprocess.Popen(
            self.command('--project', self.project, '--type', 'volume',
                         '--follow'),
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(follower.stdout.close)
        self.addCleanup(follower.wait)
        self.addCleanup(follower.kill)
        volume = self.create_volume()
        self.cinder.volumes.delete(volume)
        seen = [follower.stdout.readline().split() for _change in range(4)]
        self.assertEqual(
            ['creating', 'available', 'deleting', 'deleted'],
            [fields[4] for fields in seen])
        self.assertEqual({volume.id}, {fields[2] for fields in seen})
        self.assertRaises(exceptions.NotFound, self.cinder.volumes.get,
                          volume.id)
