# SPDX-License-Identifier: Apache-2.0
"""EVS's methods for volumes, as a story."""

from tests.functional import cloud

#: A volume type whose users choose their IOPS.
FAST = 'ESSD2'


class VolumesMixin:

    def followed(self, answer, job_type):
        """Follow the job of an answer to its good end."""
        def ended():
            job = self.methods.works('show_job', job_id=answer.job_id)
            return job if job.status not in ('INIT', 'RUNNING') else None

        job = cloud.until(ended, 'the end of a job', pause=0.05)
        self.assertEqual((answer.job_id, job_type, 'SUCCESS', None),
                         (job.job_id, job.job_type, job.status,
                          job.error_code))
        self.assertLessEqual(job.begin_time, job.end_time)
        return job

    def made(self, **option):
        """Make volumes; their ids."""
        return self.methods.works('create_volume', body={'volume': {
            'availability_zone': self.zone, 'volume_type': '__DEFAULT__',
            'size': 1, **option}})

    def shown(self, volume_id):
        return self.methods.works('show_volume', volume_id=volume_id).volume

    def walk_volumes(self):
        answer = self.made(name='v', description='d', tags={'k': 'v'},
                           metadata={'m': '1'}, multiattach=False)
        volume_id, = answer.volume_ids
        job = self.followed(answer, 'createVolume')
        self.assertEqual((volume_id, 'v', 1, '__DEFAULT__'), (
            job.entities.volume_id, job.entities.name, job.entities.size,
            job.entities.volume_type))
        shown = self.shown(volume_id)
        self.assertEqual(
            ('v', 'd', 'available', 1, {'k': 'v'}, {'m': '1'}, False,
             'false', False, self.zone, 'EVS', self.project, []),
            (shown.name, shown.description, shown.status, shown.size,
             shown.tags, shown.metadata, shown.multiattach, shown.bootable,
             shown.encrypted, shown.availability_zone, shown.service_type,
             shown.os_vol_tenant_attrtenant_id, shown.attachments))
        listed = self.methods.works('list_volumes', name='v', limit=5)
        self.assertEqual((1, [shown.to_dict()]), (
            listed.count, [each.to_dict() for each in listed.volumes]))
        updated = self.methods.works(
            'update_volume', volume_id=volume_id,
            body={'volume': {'name': 'w', 'description': 'e'}})
        self.assertEqual((volume_id, 'w', 'e', 1), (
            updated.id, updated.name, updated.description, updated.size))
        self.tags_of(volume_id)
        self.sizes_of(volume_id)
        self.performance_of(volume_id)
        self.followed(self.methods.works(
            'delete_volume', volume_id=volume_id), 'deleteVolume')
        self.methods.refused('show_volume', 'EVS.5404', 404,
                             volume_id=volume_id)

    def tags_of(self, volume_id):
        self.methods.works(
            'batch_create_volume_tags', volume_id=volume_id,
            body={'action': 'create', 'tags': [{'key': 'a', 'value': '1'}]})
        tags = self.methods.works('show_volume_tags', volume_id=volume_id)
        self.assertEqual({('a', '1'), ('k', 'v')},
                         {(tag.key, tag.value) for tag in tags.tags})
        found = self.methods.works('list_volumes_by_tags', body={
            'action': 'filter', 'limit': 10, 'offset': 0,
            'tags': [{'key': 'a', 'values': ['1']}],
            'matches': [{'key': 'resource_name', 'value': 'w'}]})
        resource, = found.resources
        self.assertEqual((1, volume_id, 'w', volume_id), (
            found.total_count, resource.resource_id, resource.resource_name,
            resource.resource_detail.id))
        self.methods.works(
            'batch_delete_volume_tags', volume_id=volume_id,
            body={'action': 'delete', 'tags': [{'key': 'k'}]})
        self.assertEqual({'a': ['1']},
                         self.methods.works('list_volume_tags').tags)

    def sizes_of(self, volume_id):
        answer = self.methods.works('resize_volume', volume_id=volume_id,
                                    body={'os_extend': {'new_size': 2}})
        self.followed(answer, 'extendVolume')
        self.assertEqual(2, self.shown(volume_id).size)
        answer = self.methods.works('batch_resize_volumes', body={
            'volumes': [{'id': volume_id, 'new_size': 3}]})
        job = self.followed(answer, 'batchExtendVolume')
        self.assertEqual([(volume_id, 3)], [
            (each.entities.volume_id, each.entities.size)
            for each in job.entities.sub_jobs])
        self.assertEqual(3, self.shown(volume_id).size)

    def performance_of(self, volume_id):
        answer = self.methods.works(
            'retype_volume', volume_id=volume_id,
            body={'os_retype': {'new_type': FAST, 'iops': 3000}})
        self.followed(answer, 'retypeVolume')
        self.assertEqual((FAST, 3000), (
            self.shown(volume_id).volume_type,
            self.shown(volume_id).iops.total_val))
        answer = self.methods.works('modify_volume_qo_s', volume_id=volume_id,
                                    body={'qos_modify': {'iops': 4000}})
        self.followed(answer, 'modifyVolumeQos')
        self.assertEqual(4000, self.shown(volume_id).iops.total_val)

    def walk_recycle_bin(self):
        self.methods.works('update_recycle_policy', body={
            'switch': True, 'threshold_time': 2, 'keep_time': 3})
        policy = self.methods.works('show_recycle_policy')
        self.assertEqual((True, 2, 3), (
            policy.switch, policy.threshold_time, policy.keep_time))
        answer = self.made(name='old')
        self.followed(answer, 'createVolume')
        volume_id, = answer.volume_ids
        self.cloud.alter("UPDATE volumes SET created_at = '2020-01-01 "
                         "00:00:00.000000' WHERE id = ?", volume_id)
        self.methods.works('delete_volume', volume_id=volume_id)
        shown = self.methods.works(
            'show_volume_in_recycle', volume_id=volume_id).volume
        self.assertEqual(('old', 'pre-deleted', 1), (
            shown.name, shown.status, shown.size))
        self.assertLess(shown.pre_deleted_at, shown.plan_delete_at)
        listed = self.methods.works('list_volumes_in_recycle', limit=5)
        self.assertEqual((1, [volume_id]), (
            listed.count, [each.id for each in listed.volumes]))
        self.methods.works('revert_volume_in_recycle', volume_id=volume_id)
        self.assertEqual('available', self.shown(volume_id).status)
        self.methods.works('delete_volume', volume_id=volume_id)
        self.methods.works('delete_volume_in_recycle', volume_id=volume_id)
        self.assertEqual(0, self.methods.works(
            'list_volumes_in_recycle').count)

    def walk_billing(self):
        volume = self.create_volume()
        self.methods.refused(
            'change_volume_charge_mode', 'EVS.1027', 403,
            body={'volume_ids': [volume.id],
                  'bss_param': {'is_auto_pay': False}})
        self.methods.refused('unsubscribe_postpaid_volume', 'EVS.1027', 403,
                             body={'volume_ids': [volume.id]})
        self.assertEqual('available', self.shown(volume.id).status)
