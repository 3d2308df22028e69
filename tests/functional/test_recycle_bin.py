# SPDX-License-Identifier: Apache-2.0
"""The end of what is in the recycle bin."""

from huaweicloudsdkcore.exceptions import exceptions
from huaweicloudsdkevs import v2 as evs

from tests.functional import base
from tests.functional import cloud

_LONG_AGO = '2020-01-01 00:00:00.000000'


class RecycleBinTestCase(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        self.connect()
        self.evs.update_recycle_policy(evs.UpdateRecyclePolicyRequest(
            body=evs.ModifyRecycleBinPolicyRequestBody(
                switch=True, threshold_time=1, keep_time=1)))

    def connect(self):
        self.cinder = self.cloud.client(self.project)
        self.evs = evs.EvsClient.new_builder().with_credentials(
            self.cloud.credentials(self.project)).with_endpoints(
                [self.cloud.url]).build()

    def recycle(self, volume):
        self.cloud.alter('UPDATE volumes SET created_at = ? WHERE id = ?',
                         _LONG_AGO, volume.id)
        answer = self.evs.delete_volume(
            evs.DeleteVolumeRequest(volume_id=volume.id))
        self.assertIn(volume.id, self.listed())
        return answer.job_id

    def listed(self):
        return {each.id for each in self.evs.list_volumes_in_recycle(
            evs.ListVolumesInRecycleRequest()).volumes}

    def make_overdue(self, volume):
        self.cloud.alter(
            'UPDATE evs_fake_recycled_volumes SET plan_delete_at = ? '
            'WHERE volume_id = ?', _LONG_AGO, volume.id)

    def rows(self, volume):
        return self.cloud.stored(
            'SELECT volume_id FROM evs_fake_recycled_volumes '
            'WHERE volume_id = ?', volume.id)


class TestRecycleBin(RecycleBinTestCase):

    def test_overdue(self):
        kept, overdue = self.create_volume(), self.create_volume()
        snapshot = self.create_snapshot(overdue)
        usage = self.quota_usage()
        self.assertEqual((2, 1), (usage['volumes'], usage['snapshots']))
        for volume in (kept, overdue):
            self.recycle(volume)
        self.make_overdue(overdue)
        self.wait_gone(self.cinder.volumes, overdue)
        self.wait_gone(self.cinder.volume_snapshots, snapshot)
        cloud.until(lambda: not self.rows(overdue), 'the row')
        self.assertEqual({kept.id}, self.listed())
        self.assertEqual(set(), {overdue.id, snapshot.id}
                         & self.cloud.pool_files())
        cloud.until(lambda: self.quota_usage() == {
            'volumes': 1, 'gigabytes': 1}, 'the quota')

    def test_what_cannot_be_deleted_is_tried_again(self):
        """It stays in the bin meanwhile, and keeps nobody else there."""
        hindered, other = self.create_volume(), self.create_volume()
        snapshot = self.create_snapshot(hindered)
        self.set_stored_status('snapshots', snapshot, 'restoring')
        for volume in (hindered, other):
            self.recycle(volume)
        for volume in (hindered, other):
            self.make_overdue(volume)
        self.wait_gone(self.cinder.volumes, other)
        cloud.until(lambda: 'Volume %s is to be kept' % hindered.id
                    in self.cloud.log(), 'the attempt')
        cloud.until(lambda: hindered.id in self.listed(), 'its way back')
        self.set_stored_status('snapshots', snapshot, 'available')
        self.wait_gone(self.cinder.volumes, hindered)

    def test_job(self):
        """Into the bin is what was asked for."""
        volume = self.create_volume()
        job = self.evs.show_job(evs.ShowJobRequest(
            job_id=self.recycle(volume)))
        self.assertEqual(('SUCCESS', 'deleteVolume', volume.id), (
            job.status, job.job_type, job.entities.volume_id))
        self.evs.delete_volume_in_recycle(
            evs.DeleteVolumeInRecycleRequest(volume_id=volume.id))
        self.wait_gone(self.cinder.volumes, volume)
        error = self.assertRaises(
            exceptions.ClientRequestException,
            self.evs.revert_volume_in_recycle,
            evs.RevertVolumeInRecycleRequest(volume_id=volume.id))
        self.assertEqual(404, error.status_code)


class TestRestart(RecycleBinTestCase):

    def make_cloud(self):
        own = self.useFixture(cloud.CloudFixture()).cloud
        own.start()
        return own

    def test_restart(self):
        names = ('overdue', 'leaving', 'reset', 'kept')
        volumes = {name: self.create_volume() for name in names}
        for volume in volumes.values():
            self.recycle(volume)
        self.cloud.kill()
        for name in ('overdue', 'leaving', 'reset'):
            self.make_overdue(volumes[name])
        # What a crash in the middle of leaving leaves.
        self.set_stored_status('volumes', volumes['leaving'], 'error')
        # What an administrator gave another status.
        self.set_stored_status('volumes', volumes['reset'], 'available')
        self.cloud.start()
        self.connect()
        for name in ('overdue', 'leaving'):
            self.wait_gone(self.cinder.volumes, volumes[name])
        for name in ('overdue', 'leaving', 'reset'):
            cloud.until(lambda name=name: not self.rows(volumes[name]), name)
        self.assertEqual({volumes['kept'].id}, self.listed())
        self.assertEqual('available', self.cinder.volumes.get(
            volumes['reset'].id).status)
