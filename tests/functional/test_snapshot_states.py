# SPDX-License-Identifier: Apache-2.0
"""The seven snapshot statuses and the faults that hold them, over HTTP."""

from cinderclient import exceptions

from evs_fake import states
from tests.functional import base
from tests.functional import cloud


class TestFaults(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        self.volume = self.create_volume()
        self.snapshots = self.cinder.volume_snapshots

    def snapshot(self, **faults):
        return self.snapshots.create(self.volume.id, metadata={
            'evs_fake:snapshot-' + operation: value
            for operation, value in faults.items()})

    def test_held_creation(self):
        snapshot = self.snapshot(create='hold')
        self.assertEqual('creating', self.snapshots.get(snapshot.id).status)
        self.assertRaises(exceptions.BadRequest,
                          self.snapshots.delete, snapshot)
        other = self.create_snapshot(self.volume)
        self.assertEqual('available', other.status)
        self.assertEqual('creating', self.snapshots.get(snapshot.id).status)
        self.snapshots.delete_metadata(
            snapshot, ['evs_fake:snapshot-create'])
        self.wait_for(self.snapshots, snapshot, 'available')

    def test_hold_on_the_source_volume(self):
        self.cinder.volumes.set_metadata(
            self.volume, {'evs_fake:snapshot-create': 'hold'})
        snapshot = self.snapshot()
        free = self.snapshot(create='delay:0')
        self.wait_for(self.snapshots, free, 'available')
        self.assertEqual('creating', self.snapshots.get(snapshot.id).status)
        self.cinder.volumes.delete_metadata(
            self.volume, ['evs_fake:snapshot-create'])
        self.wait_for(self.snapshots, snapshot, 'available')

    def test_hold_that_becomes_a_failure(self):
        snapshot = self.snapshot(create='hold')
        self.snapshots.set_metadata(
            snapshot, {'evs_fake:snapshot-create': 'fail'})
        self.wait_for(self.snapshots, snapshot, 'error')

    def test_failed_creation_leaves_no_bytes(self):
        snapshot = self.snapshot(create='fail:no space on the array')
        self.wait_for(self.snapshots, snapshot, 'error')
        self.assertNotIn(snapshot.id, ' '.join(self.cloud.pool_files()))
        self.snapshots.delete(snapshot)
        self.wait_gone(self.snapshots, snapshot)

    def test_held_deletion(self):
        snapshot = self.create_snapshot(
            self.volume, metadata={'evs_fake:snapshot-delete': 'hold'})
        self.snapshots.delete(snapshot)
        self.wait_for(self.snapshots, snapshot, 'deleting')
        self.assertRaises(exceptions.BadRequest,
                          self.snapshots.delete, snapshot)
        self.snapshots.delete_metadata(
            snapshot, ['evs_fake:snapshot-delete'])
        self.wait_gone(self.snapshots, snapshot)

    def test_failed_deletion(self):
        snapshot = self.create_snapshot(
            self.volume, metadata={'evs_fake:snapshot-delete': 'fail'})
        self.snapshots.delete(snapshot)
        self.wait_for(self.snapshots, snapshot, 'error_deleting')
        self.assertIn(snapshot.id, ' '.join(self.cloud.pool_files()))
        self.assertRaises(exceptions.BadRequest,
                          self.snapshots.delete, snapshot)

    def test_volume_operations(self):
        held = self.cinder.volumes.create(
            1, metadata={'evs_fake:volume-create': 'hold'})
        self.assertEqual('creating', self.cinder.volumes.get(held.id).status)
        self.cinder.volumes.delete_metadata(held, ['evs_fake:volume-create'])
        self.wait_for(self.cinder.volumes, held, 'available')
        self.cinder.volumes.set_metadata(
            held, {'evs_fake:volume-extend': 'fail',
                   'evs_fake:volume-delete': 'fail'})
        self.cinder.volumes.extend(held, 2)
        self.wait_for(self.cinder.volumes, held, 'error_extending')
        self.assertEqual(1, self.cinder.volumes.get(held.id).size)
        self.cinder.volumes.delete(held)
        self.wait_for(self.cinder.volumes, held, 'error_deleting')
        failed = self.cinder.volumes.create(
            1, metadata={'evs_fake:volume-create': 'fail'})
        self.wait_for(self.cinder.volumes, failed, 'error')
        self.assertNotIn(failed.id, ' '.join(self.cloud.pool_files()))

    def test_wrong_faults_are_refused(self):
        volumes = self.cinder.volumes
        snapshot = self.create_snapshot(self.volume)
        for key, value, known in (
                ('evs_fake:snapshot-crate', 'hold', 'snapshot-create'),
                ('evs_fake:', 'hold', 'snapshot-create'),
                ('evs_fake:snapshot-create', 'holds', 'hold'),
                ('evs_fake:snapshot-create', 'hold:1', 'hold'),
                ('evs_fake:snapshot-create', 'delay', 'delay:<seconds>'),
                ('evs_fake:snapshot-create', 'delay:nan', 'seconds'),
                ('evs_fake:snapshot-create', 'delay:-1', 'seconds'),
                ('evs_fake:snapshot-create', 'delay:1e9', 'seconds'),
                ('evs_fake:snapshot-create', '', 'hold')):
            metadata = {key: value}
            for refused in (
                    lambda m=metadata: self.snapshots.create(
                        self.volume.id, metadata=m),
                    lambda m=metadata: self.snapshots.set_metadata(
                        snapshot, m),
                    lambda m=metadata: self.snapshots.update_all_metadata(
                        snapshot, m),
                    lambda m=metadata: volumes.create(1, metadata=m),
                    lambda m=metadata: volumes.set_metadata(self.volume, m),
                    lambda m=metadata: volumes.update_all_metadata(
                        self.volume, m)):
                error = self.assertRaises(exceptions.BadRequest, refused)
                self.assertIn(known, str(error))
        self.assertEqual({}, self.snapshots.get(snapshot.id).metadata)


class TestResetState(base.CloudTestCase):

    def test_each_of_the_seven(self):
        volume = self.create_volume()
        snapshot = self.create_snapshot(volume)
        snapshots = self.cinder.volume_snapshots
        for status in states.SNAPSHOT_STATUSES:
            snapshots.reset_state(snapshot, status)
            self.assertEqual(status, snapshots.get(snapshot.id).status)
            found = snapshots.list(search_opts={'status': status})
            self.assertEqual([(snapshot.id, status)],
                             [(each.id, each.status) for each in found])

    def test_unknown(self):
        snapshot = self.create_snapshot(self.create_volume())
        self.assertRaises(exceptions.BadRequest,
                          self.cinder.volume_snapshots.reset_state,
                          snapshot, 'nonsense')

    def test_sort_and_pages(self):
        volume = self.create_volume()
        snapshots = [self.create_snapshot(volume) for _ in range(3)]
        for snapshot, status in zip(
                snapshots, ('rollbacking', 'rollbacking', 'error'),
                strict=True):
            self.cinder.volume_snapshots.reset_state(snapshot, status)
        listed = self.cinder.volume_snapshots.list(sort='status:asc')
        self.assertEqual(['error', 'rollbacking', 'rollbacking'],
                         [each.status for each in listed])
        page = self.cloud.session(self.project).get(
            '%s/v3/%s/snapshots/detail?status=rollbacking&limit=1' % (
                self.cloud.url, self.project)).json()
        (link,) = page['snapshots_links']
        self.assertIn('status=rollbacking', link['href'])
        last = self.cloud.session(self.project).get(link['href']).json()
        self.assertEqual(
            {snapshots[0].id, snapshots[1].id},
            {page['snapshots'][0]['id'], last['snapshots'][0]['id']})


class TestBackingUp(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        self.volume = self.create_volume()
        self.snapshots = self.cinder.volume_snapshots

    def hold(self):
        self.cinder.volumes.set_metadata(
            self.volume, {'evs_fake:backup-create': 'hold'})

    def release(self):
        self.cinder.volumes.delete_metadata(
            self.volume, ['evs_fake:backup-create'])

    def system_snapshot(self):
        (snapshot,) = self.snapshots.list(
            search_opts={'status': 'backing-up'})
        return snapshot

    def wait_system_snapshot(self):

        cloud.until(lambda: self.snapshots.list(
            search_opts={'status': 'backing-up'}), 'the system\'s snapshot')
        return self.system_snapshot()

    def back_up_snapshot_held(self):
        """A snapshot in ``backing-up``, and its backup."""
        snapshot = self.create_snapshot(self.volume)
        self.hold()
        backup = self.cinder.backups.create(
            self.volume.id, snapshot_id=snapshot.id)
        self.wait_for(self.snapshots, snapshot, 'backing-up')
        return snapshot, backup

    def test_backup_of_a_snapshot(self):
        snapshot, backup = self.back_up_snapshot_held()
        self.assertEqual(snapshot.id, self.system_snapshot().id)
        response = self.rollback(snapshot, self.volume)
        self.assertEqual(400, response.status_code)
        self.assertIn('backing-up', response.text)
        self.release()
        self.wait_for(self.cinder.backups, backup, 'available')
        self.wait_for(self.snapshots, snapshot, 'available')

    def test_backup_of_a_snapshot_whose_volume_is_extended(self):
        """It is counted as of the size that its deletion gives back."""
        snapshot, backup = self.back_up_snapshot_held()
        self.cinder.volumes.extend(self.volume, 3)
        self.wait_for(self.cinder.volumes, self.volume, 'available')
        self.release()
        backup = self.wait_for(self.cinder.backups, backup, 'available')
        self.assertEqual((backup.size, 1), (
            self.quota_usage()['backup_gigabytes'],
            self.quota_usage()['backups']))
        self.cinder.backups.delete(backup)
        self.wait_gone(self.cinder.backups, backup)
        self.assertNotIn('backup_gigabytes', self.quota_usage())

    def test_backup_of_a_volume(self):
        self.hold()
        backup = self.cinder.backups.create(self.volume.id)
        snapshot = self.wait_system_snapshot()
        self.assertTrue(snapshot.name.startswith('autobk_snapshot_vbs_'))
        self.assertEqual(self.volume.id, snapshot.volume_id)
        self.assert_view_only(snapshot)
        self.release()
        self.wait_for(self.cinder.backups, backup, 'available')
        self.wait_gone(self.snapshots, snapshot)
        self.wait_for(self.cinder.volumes, self.volume, 'available')

    def assert_view_only(self, snapshot):
        for refused in (
                lambda: self.snapshots.delete(snapshot),
                lambda: self.snapshots.update(snapshot, name='mine'),
                lambda: self.snapshots.set_metadata(snapshot, {'a': 'b'}),
                lambda: self.snapshots.update_all_metadata(
                    snapshot, {'a': 'b'}),
                lambda: self.cinder.volumes.create(
                    1, snapshot_id=snapshot.id),
                lambda: self.cinder.backups.create(
                    self.volume.id, snapshot_id=snapshot.id),
                lambda: self.cinder.volumes.delete(self.volume),
                lambda: self.cinder.volumes.delete(
                    self.volume, cascade=True)):
            error = self.assertRaises(exceptions.ClientException, refused)
            self.assertIn(error.code, (400, 409))
        response = self.rollback(snapshot, self.volume)
        self.assertEqual(400, response.status_code)
        self.assertIn('view-only', response.text)

    def test_failed_backups(self):
        snapshot = self.create_snapshot(self.volume)
        self.cinder.volumes.set_metadata(
            self.volume, {'evs_fake:backup-create': 'fail:no backups today'})
        for arguments in ({}, {'snapshot_id': snapshot.id}):
            backup = self.cinder.backups.create(self.volume.id, **arguments)
            failed = self.wait_for(self.cinder.backups, backup, 'error')
            self.assertIn('no backups today', failed.fail_reason)
            self.wait_for(self.cinder.volumes, self.volume, 'available')
            self.assertEqual(
                [(snapshot.id, 'available')],
                [(each.id, each.status) for each in self.snapshots.list()])
