# SPDX-License-Identifier: Apache-2.0
"""EVS's API, through Huawei's own SDK."""

import json

from huaweicloudsdkcore.exceptions import exceptions
from huaweicloudsdkevs import v2 as evs

from tests.functional import base
from tests.functional import cloud


class EVSTestCase(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        self.evs = self.client()
        self.zone = self.cinder.availability_zones.list()[0].zoneName

    def client(self):
        return evs.EvsClient.new_builder().with_credentials(
            self.cloud.credentials(self.project)).with_endpoints(
                [self.cloud.url]).build()

    def job(self, job_id):
        """Follow a job to its end."""
        def ended():
            job = self.evs.show_job(evs.ShowJobRequest(job_id=job_id))
            return job if job.status not in ('INIT', 'RUNNING') else None

        return cloud.until(ended, 'the end of job %s' % job_id, pause=0.05)

    def create(self, **option):
        request = evs.CreateVolumeRequest(body=evs.CreateVolumeRequestBody(
            volume=evs.CreateVolumeOption(**{
                'availability_zone': self.zone, 'size': 1,
                'volume_type': '__DEFAULT__', **option})))
        answer = self.evs.create_volume(request)
        job = self.job(answer.job_id)
        self.assertEqual('SUCCESS', job.status, job)
        return answer.volume_ids

    def refused(self, code, call, *args, status=400):
        error = self.assertRaises(
            exceptions.ClientRequestException, call, *args)
        self.assertEqual((status, code),
                         (error.status_code, error.error_code))
        self.assertTrue(error.request_id)
        return error

    def volume(self, volume_id):
        return self.evs.show_volume(
            evs.ShowVolumeRequest(volume_id=volume_id)).volume


class TestVolumes(EVSTestCase):

    def test_create_and_show(self):
        volume_id, = self.create(name='v', description='d', tags={'k': 'v'},
                                 metadata={'m': '1'}, multiattach=True)
        shown = self.volume(volume_id)
        self.assertEqual(
            ('v', 'd', 'available', 1, {'k': 'v'}, {'m': '1'}, True, 'EVS',
             self.project, self.zone, 'false'),
            (shown.name, shown.description, shown.status, shown.size,
             shown.tags, shown.metadata, shown.multiattach,
             shown.service_type, shown.os_vol_tenant_attrtenant_id,
             shown.availability_zone, shown.bootable))
        self.assertEqual(32, len(shown.wwn))
        self.assertEqual('v', self.cinder.volumes.get(volume_id).name)

    def test_several_at_once(self):
        ids = self.create(name='many', count=3)
        listed = self.evs.list_volumes(evs.ListVolumesRequest(
            sort_key='created_at', sort_dir='asc'))
        self.assertEqual(3, listed.count)
        self.assertEqual(
            {'many-0001', 'many-0002', 'many-0003'},
            {volume.name for volume in listed.volumes})
        page = self.evs.list_volumes(evs.ListVolumesRequest(
            limit=2, offset=1))
        self.assertEqual((3, 2), (page.count, len(page.volumes)))
        found = self.evs.list_volumes(evs.ListVolumesRequest(
            ids=str(ids[:2])))
        self.assertEqual(set(ids[:2]),
                         {volume.id for volume in found.volumes})
        for filters in ({'status': 'error'}, {'name': 'other'},
                        {'service_type': 'DSS'}, {'server_id': 'x'},
                        {'metadata': json.dumps({'a': 'b'})}):
            self.assertEqual(0, self.evs.list_volumes(
                evs.ListVolumesRequest(**filters)).count, filters)

    def test_extend_retype_and_qos(self):
        self.cinder.volume_types.create('ESSD2-%s' % self.project)
        volume_id, = self.create()
        answer = self.evs.resize_volume(evs.ResizeVolumeRequest(
            volume_id=volume_id, body=evs.ResizeVolumeRequestBody(
                os_extend=evs.OsExtend(new_size=2))))
        job = self.job(answer.job_id)
        self.assertEqual(('SUCCESS', 'extendVolume', volume_id),
                         (job.status, job.job_type, job.entities.volume_id))
        self.assertEqual(2, self.volume(volume_id).size)
        answer = self.evs.batch_resize_volumes(evs.BatchResizeVolumesRequest(
            body=evs.BatchResizeVolumeRequestBody(volumes=[
                evs.VolumesForBatchResizeVolume(
                    id=volume_id, new_size=3)])))
        self.assertEqual('SUCCESS', self.job(answer.job_id).status)
        self.assertEqual(3, self.volume(volume_id).size)
        answer = self.evs.retype_volume(evs.RetypeVolumeRequest(
            volume_id=volume_id, body=evs.RetypeVolumeRequestBody(
                os_retype=evs.RetypeVolume(
                    new_type='ESSD2-%s' % self.project))))
        self.assertEqual('SUCCESS', self.job(answer.job_id).status)
        self.refused('EVS.5400', self.evs.modify_volume_qo_s,
                     evs.ModifyVolumeQoSRequest(
                         volume_id=volume_id,
                         body=evs.ModifyVolumeQoSRequestBody(
                             qos_modify=evs.ModifyVolumeQoSOption(
                                 iops=3000))))

    def test_update(self):
        volume_id, = self.create(name='before')
        shown = self.evs.update_volume(evs.UpdateVolumeRequest(
            volume_id=volume_id, body=evs.UpdateVolumeRequestBody(
                volume=evs.UpdateVolumeOption(
                    name='after', description=''))))
        self.assertEqual(('after', ''), (shown.name, shown.description))

    def test_tags(self):
        volume_id, = self.create()
        self.evs.batch_create_volume_tags(evs.BatchCreateVolumeTagsRequest(
            volume_id=volume_id,
            body=evs.BatchCreateVolumeTagsRequestBody(
                action='create', tags=[evs.Tag(key='a', value='1'),
                                       evs.Tag(key='b', value='2')])))
        shown = self.evs.show_volume_tags(
            evs.ShowVolumeTagsRequest(volume_id=volume_id))
        self.assertEqual({('a', '1'), ('b', '2')},
                         {(tag.key, tag.value) for tag in shown.tags})
        found = self.evs.list_volumes_by_tags(evs.ListVolumesByTagsRequest(
            body=evs.ListVolumesByTagsRequestBody(
                action='filter', limit=10, offset=0,
                tags=[evs.TagsForListVolumes(key='a', values=['1', '9'])])))
        self.assertEqual([volume_id],
                         [each.resource_id for each in found.resources])
        self.evs.batch_delete_volume_tags(evs.BatchDeleteVolumeTagsRequest(
            volume_id=volume_id,
            body=evs.BatchDeleteVolumeTagsRequestBody(
                action='delete', tags=[evs.DeleteTagsOption(key='a')])))
        self.assertEqual({'b': ['2']}, self.evs.list_volume_tags(
            evs.ListVolumeTagsRequest()).tags)

    def test_delete_takes_snapshots_along(self):
        volume_id, = self.create()
        snapshot = self.create_snapshot(self.cinder.volumes.get(volume_id))
        answer = self.evs.delete_volume(
            evs.DeleteVolumeRequest(volume_id=volume_id))
        self.assertEqual('SUCCESS', self.job(answer.job_id).status)
        self.refused('EVS.5404', self.volume, volume_id, status=404)
        self.refused('EVS.5404', self.evs.show_snapshot,
                     evs.ShowSnapshotRequest(snapshot_id=snapshot.id),
                     status=404)

    def test_failed_jobs(self):
        volume = self.create_volume(
            metadata={'evs_fake:volume-delete': 'fail',
                      'evs_fake:volume-extend': 'fail'})
        answer = self.evs.resize_volume(evs.ResizeVolumeRequest(
            volume_id=volume.id, body=evs.ResizeVolumeRequestBody(
                os_extend=evs.OsExtend(new_size=2))))
        job = self.job(answer.job_id)
        self.assertEqual(('FAIL', 'EVS.2026'), (job.status, job.error_code))
        self.assertIn('error_extending', job.fail_reason)
        answer = self.evs.delete_volume(
            evs.DeleteVolumeRequest(volume_id=volume.id))
        job = self.job(answer.job_id)
        self.assertEqual(('FAIL', 'EVS.2020'), (job.status, job.error_code))
        self.refused('EVS.1046', self.evs.delete_volume,
                     evs.DeleteVolumeRequest(volume_id=volume.id))

    def test_job_of_another_project(self):
        answer = self.evs.delete_volume(
            evs.DeleteVolumeRequest(volume_id=self.create()[0]))
        self.project += '-other'
        self.evs = self.client()
        self.refused('Common.0011', self.evs.show_job,
                     evs.ShowJobRequest(job_id=answer.job_id))

    def test_refusals(self):
        for code, option in (
                ('EVS.1036', {'availability_zone': 'none'}),
                ('EVS.1020', {'volume_type': 'none'}),
                ('EVS.1010', {'size': 0}),
                ('EVS.1021', {'count': 101}),
                ('EVS.1045', {'backup_id': self.uuid()}),
                ('EVS.1016', {'backup_id': self.uuid(),
                              'snapshot_id': self.uuid()})):
            self.refused(code, lambda option=option: self.create(**option))
        self.refused('EVS.1027', lambda: self.create(
            metadata={'__system__encrypted': '1'}), status=403)
        self.assertEqual(0, self.evs.list_volumes(
            evs.ListVolumesRequest()).count)

    def test_recycle_bin(self):
        self.assertFalse(self.evs.show_recycle_policy(
            evs.ShowRecyclePolicyRequest()).switch)
        self.evs.update_recycle_policy(evs.UpdateRecyclePolicyRequest(
            body=evs.ModifyRecycleBinPolicyRequestBody(
                switch=True, threshold_time=2, keep_time=3)))
        young, old = self.create(count=2)
        self.cloud.alter("UPDATE volumes SET created_at = '2020-01-01 "
                         "00:00:00.000000' WHERE id = ?", old)
        for volume_id in (young, old):
            self.evs.delete_volume(
                evs.DeleteVolumeRequest(volume_id=volume_id))
        listed = self.evs.list_volumes_in_recycle(
            evs.ListVolumesInRecycleRequest())
        self.assertEqual([old], [each.id for each in listed.volumes])
        self.assertEqual('pre-deleted', listed.volumes[0].status)
        self.evs.revert_volume_in_recycle(
            evs.RevertVolumeInRecycleRequest(volume_id=old))
        self.assertEqual('available', self.volume(old).status)
        self.evs.delete_volume(evs.DeleteVolumeRequest(volume_id=old))
        self.assertEqual(old, self.evs.show_volume_in_recycle(
            evs.ShowVolumeInRecycleRequest(volume_id=old)).volume.id)
        self.evs.delete_volume_in_recycle(
            evs.DeleteVolumeInRecycleRequest(volume_id=old))
        self.wait_gone(self.cinder.volumes,
                       self.cinder.volumes.resource_class(
                           self.cinder.volumes, {'id': old}))
        self.refused('EVS.5404', self.evs.show_volume_in_recycle,
                     evs.ShowVolumeInRecycleRequest(volume_id=old),
                     status=404)

    @staticmethod
    def uuid():
        return '00000000-0000-4000-8000-000000000000'


class TestSnapshots(EVSTestCase):

    def setUp(self):
        super().setUp()
        self.source = self.create_volume()

    def take(self, **option):
        made = self.evs.create_snapshot(evs.CreateSnapshotRequest(
            body=evs.CreateSnapshotRequestBody(
                snapshot=evs.CreateSnapshotOption(
                    volume_id=self.source.id, **option)))).snapshot
        return self.wait_for(
            self.cinder.volume_snapshots, made, 'available')

    def test_life(self):
        snapshot = self.take(name='sn\u00e4p', description='d',
                             metadata={'k': 'v'}, force=True)
        shown = self.evs.show_snapshot(
            evs.ShowSnapshotRequest(snapshot_id=snapshot.id)).snapshot
        self.assertEqual(
            ('sn\u00e4p', 'd', 'available', self.source.id, 1, {'k': 'v'}),
            (shown.name, shown.description, shown.status, shown.volume_id,
             shown.size, shown.metadata))
        updated = self.evs.update_snapshot(evs.UpdateSnapshotRequest(
            snapshot_id=snapshot.id, body=evs.UpdateSnapshotRequestBody(
                snapshot=evs.UpdateSnapshotOption(name='n2')))).snapshot
        self.assertEqual('n2', updated.name)
        self.write(self.source, b'new')
        self.evs.rollback_snapshot(evs.RollbackSnapshotRequest(
            snapshot_id=snapshot.id, body=evs.RollbackSnapshotRequestBody(
                rollback=evs.RollbackSnapshotOption(
                    volume_id=self.source.id))))
        self.wait_for(self.cinder.volumes, self.source, 'available')
        self.assertEqual(b'\0\0\0', self.read(self.source, 3))
        self.evs.delete_snapshot(
            evs.DeleteSnapshotRequest(snapshot_id=snapshot.id))
        self.wait_gone(self.cinder.volume_snapshots, snapshot)

    def test_lists(self):
        first, second = self.take(name='one'), self.take(name='two')
        listed = self.evs.list_snapshots(evs.ListSnapshotsRequest())
        self.assertEqual(2, listed.count)
        self.assertEqual([second.id, first.id],
                         [each.id for each in listed.snapshots])
        self.assertEqual('EVS', listed.snapshots[0].service_type)
        page = self.evs.list_snapshots(
            evs.ListSnapshotsRequest(limit=1, offset=1))
        self.assertEqual((2, [first.id]),
                         (page.count, [each.id for each in page.snapshots]))
        for filters, found in (
                ({'name': 'one'}, [first.id]), ({'id': first.id}, [first.id]),
                ({'status': 'rollbacking'}, []),
                ({'volume_id': self.source.id}, [second.id, first.id]),
                ({'service_type': 'DSS'}, [])):
            listed = self.evs.list_snapshots(
                evs.ListSnapshotsRequest(**filters))
            self.assertEqual(found, [each.id for each in listed.snapshots])
            self.assertEqual(len(found), listed.count)
        self.refused('EVS.2142', self.evs.list_snapshots,
                     evs.ListSnapshotsRequest(limit=1001))

    def test_volume_from_snapshot(self):
        self.write(self.source, b'old')
        snapshot = self.take()
        self.write(self.source, b'new')
        volume_id, = self.create(snapshot_id=snapshot.id)
        volume = self.cinder.volumes.get(volume_id)
        self.assertEqual(b'old', self.read(volume, 3))

    def test_delete_in_a_status_that_does_not_allow_it(self):
        snapshot = self.take()
        self.set_stored_status('snapshots', snapshot, 'restoring')
        self.addCleanup(
            self.set_stored_status, 'snapshots', snapshot, 'available')
        self.refused('EVS.1047', self.evs.delete_snapshot,
                     evs.DeleteSnapshotRequest(snapshot_id=snapshot.id))
