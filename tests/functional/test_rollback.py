# SPDX-License-Identifier: Apache-2.0
"""The document's rollback rules, seen through HTTP."""

import threading

from cinderclient import exceptions

from tests.functional import base

OLD = b'old bytes ' * 1000
NEW = b'new bytes ' * 1000

#: Requests that race for one volume.
RACERS = 50


class RollbackTestCase(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        self.volume = self.create_volume()
        self.write(self.volume, OLD)
        self.snapshot = self.create_snapshot(self.volume)
        self.write(self.volume, NEW)

    def assert_bytes(self, data):
        self.assertEqual(data, self.read(self.volume, len(data)))

    def assert_accepted(self, response):
        self.assertEqual(202, response.status_code, response.text)
        self.assertEqual({'rollback': {'volume_id': self.volume.id}},
                         response.json())

    def assert_refused(self, response, word, code=400):
        """Refused with EVS's fault, the word in its message; no change."""
        self.assertEqual(code, response.status_code, response.text)
        (fault,) = response.json().values()
        self.assertEqual('EVS.5%d' % code, fault['code'])
        self.assertIn(word, fault['message'])
        self.assert_bytes(NEW)

    def fault(self, value):
        self.cinder.volume_snapshots.set_metadata(
            self.snapshot, {'evs_fake:snapshot-rollback': value})

    def release(self):
        self.cinder.volume_snapshots.delete_metadata(
            self.snapshot, ['evs_fake:snapshot-rollback'])

    def wait_done(self):
        self.wait_for(self.cinder.volumes, self.volume, 'available')
        self.wait_for(self.cinder.volume_snapshots, self.snapshot,
                      'available')

    def fail_rollback(self):
        self.fault('fail')
        self.assert_accepted(self.rollback(self.snapshot, self.volume))
        self.wait_for(self.cinder.volumes, self.volume, 'error_rollbacking')
        self.wait_for(self.cinder.volume_snapshots, self.snapshot,
                      'available')
        self.release()


class TestRollback(RollbackTestCase):

    def test_bytes_return(self):
        self.assert_accepted(self.rollback(self.snapshot, self.volume))
        self.wait_done()
        self.assert_bytes(OLD)

    def test_v3_route(self):
        self.assert_accepted(
            self.rollback(self.snapshot, self.volume, version='v3'))
        self.wait_done()
        self.assert_bytes(OLD)

    def test_older_snapshot_and_repeatedly(self):
        newer = self.create_snapshot(self.volume)
        for snapshot, data in ((self.snapshot, OLD), (newer, NEW),
                               (self.snapshot, OLD)):
            self.assert_accepted(self.rollback(snapshot, self.volume))
            self.wait_done()
            self.wait_for(self.cinder.volume_snapshots, newer, 'available')
            self.assert_bytes(data)

    def test_extended_volume_keeps_its_size(self):
        self.cinder.volumes.extend(self.volume, 2)
        self.wait_for(self.cinder.volumes, self.volume, 'available')
        self.write(self.volume, b'beyond the snapshot', offset=3 << 29)
        self.assert_accepted(self.rollback(self.snapshot, self.volume))
        self.wait_done()
        self.assert_bytes(OLD)
        self.assertEqual(2, self.cinder.volumes.get(self.volume.id).size)
        tail = self.read(self.volume, 1 << 20, offset=3 << 29)
        self.assertEqual(bytes(1 << 20), tail)

    def test_rollbacking_is_shown_everywhere(self):
        self.fault('hold')
        self.assert_accepted(self.rollback(self.snapshot, self.volume))
        self.wait_for(self.cinder.volume_snapshots, self.snapshot,
                      'rollbacking')
        self.wait_for(self.cinder.volumes, self.volume, 'rollbacking')
        for manager, resource in (
                (self.cinder.volume_snapshots, self.snapshot),
                (self.cinder.volumes, self.volume)):
            listed = manager.list(search_opts={'status': 'rollbacking'})
            self.assertEqual([(resource.id, 'rollbacking')],
                             [(each.id, each.status) for each in listed])
            self.assertEqual([], manager.list(
                search_opts={'status': 'available'}))
            renamed = manager.update(resource, name='renamed')
            self.assertEqual(
                'rollbacking', renamed[next(iter(renamed))]['status'])
        self.release()
        self.wait_done()
        self.assert_bytes(OLD)

    def test_while_it_lasts_the_rest_is_refused(self):
        self.fault('hold')
        self.assert_accepted(self.rollback(self.snapshot, self.volume))
        self.wait_for(self.cinder.volume_snapshots, self.snapshot,
                      'rollbacking')
        self.assert_refused(
            self.rollback(self.snapshot, self.volume), 'rollbacking')
        for refused in (
                lambda: self.cinder.volumes.delete(self.volume),
                lambda: self.cinder.volumes.delete(
                    self.volume, cascade=True),
                lambda: self.cinder.volume_snapshots.delete(self.snapshot),
                lambda: self.cinder.volumes.extend(self.volume, 2),
                lambda: self.cinder.attachments.create(
                    self.volume.id, {}, None),
                lambda: self.cinder.volume_snapshots.create(self.volume.id),
                lambda: self.cinder.volumes.create(
                    1, snapshot_id=self.snapshot.id),
                lambda: self.cinder.volumes.create(
                    1, source_volid=self.volume.id),
                lambda: self.cinder.backups.create(self.volume.id)):
            error = self.assertRaises(exceptions.ClientException, refused)
            self.assertIn(error.code, (400, 409))
        self.release()
        self.wait_done()
        self.assert_bytes(OLD)

    def test_one_of_racing_requests_wins(self):
        """The others change nothing: neither statuses nor bytes."""
        newer = self.create_snapshot(self.volume)
        self.write(self.volume, b'after both')
        # None may end before all have asked.
        self.cinder.volumes.set_metadata(
            self.volume, {'evs_fake:snapshot-rollback': 'hold'})
        answers = []
        start = threading.Barrier(RACERS)

        def race(snapshot):
            start.wait()
            answers.append((snapshot, self.rollback(snapshot, self.volume)))

        threads = [threading.Thread(target=race, args=(snapshot,))
                   for snapshot in [self.snapshot, newer] * (RACERS // 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(RACERS, len(answers))
        (winner, won), = [(snapshot, answer) for snapshot, answer in answers
                          if answer.ok]
        self.assert_accepted(won)
        for _snapshot, answer in answers:
            if answer is not won:
                self.assertEqual(400, answer.status_code, answer.text)
                fault = answer.json()['badRequest']
                self.assertEqual('EVS.5400', fault['code'])
                self.assertIn('volume %s is "rollbacking"' % self.volume.id,
                              fault['message'])
        loser = newer if winner is self.snapshot else self.snapshot
        self.assertEqual(
            {winner.id: 'rollbacking', loser.id: 'available'},
            self.statuses(self.cinder.volume_snapshots))
        self.cinder.volumes.delete_metadata(
            self.volume, ['evs_fake:snapshot-rollback'])
        self.wait_done()
        self.assert_bytes(OLD if winner is self.snapshot else NEW)
        # One rollback: no other one was only late.
        self.assertEqual([('available', 'restoring')], self.cloud.stored(
            'SELECT old_status, new_status FROM evs_fake_history WHERE '
            "resource_id IN (?, ?) AND new_status = 'restoring'",
            self.snapshot.id, newer.id))


class TestRefusal(RollbackTestCase):

    def test_project_of_another_token(self):
        response = self.cloud.session('other').post(
            '%s/v2/%s/cloudsnapshots/%s/rollback' % (
                self.cloud.url, self.project, self.snapshot.id),
            json={'rollback': {'volume_id': self.volume.id}},
            raise_exc=False)
        self.assert_refused(response, 'project')

    def test_bodies(self):
        for body in (b'', b'{', b'[]', b'{}', b'null', b'"rollback"',
                     b'{"rollback": {}}', b'{"rollback": []}',
                     b'{"rollback": {"name": "x"}}',
                     b'{"rollback": {"volume_id": 1}}',
                     b'{"rollback": {"volume_id": "../../etc/passwd"}}',
                     b'{"rollback": {"volume_id": "\\u0000"}}',
                     b'\xff\xfe', b'[' * 100_000):
            response = self.cloud.session(self.project).post(
                '%s/v2/%s/cloudsnapshots/%s/rollback' % (
                    self.cloud.url, self.project, self.snapshot.id),
                data=body, headers={'Content-Type': 'application/json'},
                raise_exc=False)
            self.assert_refused(response, '')

    def test_unknown_route(self):
        response = self.cloud.session(self.project).get(
            '%s/v1/%s/nothing' % (self.cloud.url, self.project),
            raise_exc=False)
        self.assert_refused(response, 'No such resource', 404)


class TestErrorRollbacking(RollbackTestCase):

    def test_failed_rollback_changes_nothing(self):
        self.fail_rollback()
        self.assert_bytes(NEW)

    def test_rollback_again(self):
        self.fail_rollback()
        self.assert_accepted(self.rollback(self.snapshot, self.volume))
        self.wait_done()
        self.assert_bytes(OLD)

    def test_listed_by_status(self):
        self.fail_rollback()
        listed = self.cinder.volumes.list(
            search_opts={'status': 'error_rollbacking'})
        self.assertEqual([self.volume.id], [each.id for each in listed])

    def test_native_revert(self):
        self.fail_rollback()
        self.cinder.volumes.revert_to_snapshot(self.volume, self.snapshot)
        self.wait_done()
        self.assert_bytes(OLD)

    def test_native_revert_keeps_the_rule_of_the_newest(self):
        self.create_snapshot(self.volume)
        self.fail_rollback()
        self.assertRaises(
            exceptions.BadRequest, self.cinder.volumes.revert_to_snapshot,
            self.volume, self.snapshot)
        self.assertEqual('error_rollbacking',
                         self.cinder.volumes.get(self.volume.id).status)

    def test_delete(self):
        self.fail_rollback()
        self.cinder.volume_snapshots.delete(self.snapshot)
        self.wait_gone(self.cinder.volume_snapshots, self.snapshot)
        self.cinder.volumes.delete(self.volume)
        self.wait_gone(self.cinder.volumes, self.volume)

    def test_delete_cascade(self):
        self.fail_rollback()
        self.cinder.volumes.delete(self.volume, cascade=True)
        self.wait_gone(self.cinder.volumes, self.volume)

    def test_refused_delete_leaves_the_status(self):
        self.fail_rollback()
        self.assertRaises(exceptions.BadRequest,
                          self.cinder.volumes.delete, self.volume)
        self.assertEqual('error_rollbacking',
                         self.cinder.volumes.get(self.volume.id).status)

    def test_reset_state(self):
        for status in ('error_rollbacking', 'rollbacking', 'available'):
            self.cinder.volumes.reset_state(self.volume, status)
            self.assertEqual(
                status, self.cinder.volumes.get(self.volume.id).status)
