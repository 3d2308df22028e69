# SPDX-License-Identifier: Apache-2.0
"""EVS's v5 API, through Huawei's own SDK, on the snapshots of the others."""

import contextlib
import json

from huaweicloudsdkcore.exceptions import exceptions
from huaweicloudsdkevs import v2 as evs

from tests.functional import cloud
from tests.functional import test_evs

#: Members of a group, policies of a list ...
_SEVERAL = 3


class V5TestCase(test_evs.EVSTestCase):

    def succeed(self, answer, job_type):
        """Follow the job of an answer to its good end."""
        job = self.job(answer.job_id)
        self.assertEqual(('SUCCESS', job_type), (job.status, job.job_type))
        return job

    def snap(self, volume_id, **option):
        """Make a standard snapshot; its id."""
        answer = self.evs.create_standard_snapshot(
            evs.CreateStandardSnapshotRequest(
                body=evs.CreateStandardSnapshotRequestBody(
                    snapshot=evs.CreateStandardSnapshot(
                        volume_id=volume_id, **option))))
        self.succeed(answer, 'createSnapshot')
        return answer.snapshot_id

    def shown(self, snapshot_id):
        return self.evs.show_standard_snapshot(
            evs.ShowStandardSnapshotRequest(snapshot_id=snapshot_id)).snapshot

    def found(self, **query):
        """Ids of what a list shows, in its order."""
        return [each.id for each in self.evs.list_snapshots_details(
            evs.ListSnapshotsDetailsRequest(**query)).snapshots]

    def count(self, **query):
        return self.evs.count_snapshots(
            evs.CountSnapshotsRequest(**query)).count

    def chains(self, **query):
        return self.evs.list_snapshot_chains(
            evs.ListSnapshotChainsRequest(**query)).snapshot_chains


class StandardSnapshotsTest(V5TestCase):

    def setUp(self):
        super().setUp()
        self.disk = self.create_volume()

    def test_life(self):
        snapshot_id = self.snap(
            self.disk.id, name='s', description='d', tags={'k': 'v'},
            instant_access=True, incremental=False, retention_days=3,
            enterprise_project_id='0')
        shown = self.shown(snapshot_id)
        self.assertEqual(
            ('s', 'd', self.disk.id, 1, 'available', self.project, '0', False,
             'standard', self.zone, {'k': 'v'}, True, False, 'user', '100%'),
            (shown.name, shown.description, shown.volume_id, shown.size,
             shown.status, shown.project_id, shown.enterprise_project_id,
             shown.encrypted, shown.category, shown.availability_zone,
             shown.tags, shown.instant_access, shown.incremental,
             shown.snapshot_type, shown.progress))
        self.assertLess(shown.created_at, shown.retention_at)
        self.assertEqual(shown.retention_at,
                         shown.instant_access_retention_at)
        chain, = shown.snapshot_chains
        self.assertEqual((self.disk.id, 1),
                         (chain.volume_id, chain.snapshot_count))
        updated = self.evs.update_standard_snapshot(
            evs.UpdateStandardSnapshotRequest(
                snapshot_id=snapshot_id, body=evs.UpdateSnapshotRequestBodyV5(
                    snapshot=evs.CinderUpdateSnapshotOptionV5(
                        name='t', description='', instant_access=False)))
        ).snapshot
        self.assertEqual(
            ('t', '', False, None),
            (updated.name, updated.description, updated.instant_access,
             updated.instant_access_retention_at))
        self.assertEqual(
            't', self.cinder.volume_snapshots.get(snapshot_id).name)
        answer = self.evs.delete_standard_snapshot(
            evs.DeleteStandardSnapshotRequest(snapshot_id=snapshot_id))
        self.succeed(answer, 'deleteSnapshot')
        self.refused('EVS.5404', self.shown, snapshot_id, status=404)
        self.assertEqual([], self.tags())

    def tags(self):
        return [(tag.key, tag.value) for tag in self.evs.list_snapshot_tags(
            evs.ListSnapshotTagsRequest()).tags]

    def test_rollback(self):
        self.write(self.disk, b'before')
        snapshot_id = self.snap(self.disk.id)
        self.write(self.disk, b'after!')
        other = self.create_volume()

        def rollback(volume):
            return self.evs.rollback_standard_snapshot(
                evs.RollbackStandardSnapshotRequest(
                    snapshot_id=snapshot_id,
                    body=evs.RollbackSnapshotRequestBodyV5(
                        rollback=evs.RollbackSnapshotRequestBodyNew(
                            volume_id=volume.id, name=volume.name))))

        self.refused('EVS.5400', rollback, other)
        self.succeed(rollback(self.disk), 'rollbackSnapshot')
        self.assertEqual(b'before', self.read(self.disk, 6))
        self.set_stored_status('volumes', self.disk, 'in-use')
        self.refused('EVS.5400', rollback, self.disk)
        self.set_stored_status('volumes', self.disk, 'available')

    def test_failures(self):
        self.cinder.volumes.set_metadata(
            self.disk, {'evs_fake:snapshot-create': 'fail'})
        answer = self.evs.create_standard_snapshot(
            evs.CreateStandardSnapshotRequest(
                body=evs.CreateStandardSnapshotRequestBody(
                    snapshot=evs.CreateStandardSnapshot(
                        volume_id=self.disk.id))))
        self.assertEqual('FAIL', self.job(answer.job_id).status)
        self.assertEqual('error', self.shown(answer.snapshot_id).status)
        self.refused('EVS.5404', self.snap, answer.snapshot_id, status=404)
        self.refused('EVS.1027', lambda: self.snap(
            self.disk.id, enterprise_project_id='other'), status=403)

    def test_tags(self):
        snapshot_id = self.snap(self.disk.id, tags={'a': '1'})
        self.snap(self.disk.id, tags={'a': '2'})
        self.evs.batch_create_snapshot_tags(evs.BatchCreateSnapshotTagsRequest(
            snapshot_id=snapshot_id,
            body=evs.BatchCreateResourceTagsRequestBody(tags=[
                evs.CreateResourceTag(key='b', value='x'),
                evs.CreateResourceTag(key='c', value='')])))
        self.assertEqual({'a': '1', 'b': 'x', 'c': ''},
                         self.shown(snapshot_id).tags)
        self.assertEqual([('a', ['1', '2']), ('b', ['x']), ('c', [''])],
                         self.tags())
        self.assertEqual([snapshot_id], self.found(tag_key='b'))
        self.evs.batch_delete_snapshot_tags(evs.BatchDeleteSnapshotTagsRequest(
            snapshot_id=snapshot_id,
            body=evs.BatchDeleteResourceTagsRequestBody(tags=[
                evs.DeleteResourceTag(key='b'),
                evs.DeleteResourceTag(key='c', value='other')])))
        self.assertEqual({'a': '1', 'c': ''}, self.shown(snapshot_id).tags)

    def test_one_resource_three_views(self):
        standard = self.snap(self.disk.id, name='v5')
        native = self.create_snapshot(self.disk, name='native').id
        cloud_snapshot = self.evs.create_snapshot(evs.CreateSnapshotRequest(
            body=evs.CreateSnapshotRequestBody(
                snapshot=evs.CreateSnapshotOption(
                    volume_id=self.disk.id, name='v2')))).snapshot.id
        ids = [cloud_snapshot, native, standard]
        self.assertEqual(ids, self.found())
        self.assertEqual(ids, [each.id for each in self.evs.list_snapshots(
            evs.ListSnapshotsRequest()).snapshots])
        self.assertEqual(set(ids), set(self.statuses(
            self.cinder.volume_snapshots)))
        cloud.until(
            lambda: self.count(status='available') == len(ids), 'snapshots')
        shown = self.shown(native)
        self.assertEqual(
            ('user', False, True, None, {}),
            (shown.snapshot_type, shown.instant_access, shown.incremental,
             shown.retention_at, shown.tags))
        chain, = shown.snapshot_chains
        self.assertEqual(len(ids), chain.snapshot_count)

    def test_lists(self):
        ids = [self.snap(self.disk.id, name='n%d' % number,
                         tags={'t': str(number)})
               for number in range(_SEVERAL)]
        other = self.create_volume(2)
        last = self.snap(other.id, name='other')
        every = [last, *reversed(ids)]
        for query, expected in (
                ({}, every), ({'sort_dir': 'asc'}, every[::-1]),
                ({'sort_key': 'size', 'limit': 1}, [last]),
                ({'sort_key': 'id'}, sorted(every, reverse=True)),
                ({'limit': 2}, every[:2]),
                ({'limit': 2, 'offset': 1}, every[1:3]),
                ({'limit': 2, 'marker': every[0]}, every[1:3]),
                ({'ids': str(ids[:2])}, ids[1::-1]),
                ({'ids': ','.join(ids[:2]), 'id': last}, ids[1::-1]),
                ({'id': last}, [last]), ({'name': 'n1'}, [ids[1]]),
                ({'volume_id': other.id}, [last]),
                ({'availability_zone': self.zone}, every),
                ({'availability_zone': 'nowhere'}, []),
                ({'snapshot_type': 'auto'}, []),
                ({'status': 'rollbacking'}, []),
                ({'status': 'available'}, every),
                ({'tag_key': 't'}, every[1:]),
                ({'tags': json.dumps([{'key': 't', 'value': '0'}])},
                 [ids[0]]),
                ({'snapshot_chain_id':
                  self.chains(volume_id=other.id)[0].id}, [last]),
                ({'snapshot_chain_id': last}, []),
                ({'snapshot_group_id': last}, []),
                ({'enterprise_project_id': 'other'}, [])):
            self.assertEqual(expected, self.found(**query), query)
            for beyond in ('limit', 'offset', 'marker', 'sort_key',
                           'sort_dir'):
                query.pop(beyond, None)
            if set(query) <= set(evs.CountSnapshotsRequest.attribute_map):
                self.assertEqual(len(self.found(**query)),
                                 self.count(**query), query)
        self.refused('EVS.1024', lambda: self.found(marker=self.disk.id))
        self.refused('EVS.1039', lambda: self.found(sort_key='name'))

    def test_chains(self):
        other = self.create_volume(2)
        for volume in (self.disk, other, other):
            self.snap(volume.id)
        first, second = self.chains()
        self.assertEqual(
            [(other.id, 2, 4.0), (self.disk.id, 1, 1.0)],
            [(chain.volume_id, chain.snapshot_count, chain.capacity)
             for chain in (first, second)])
        self.assertEqual(
            (self.zone, self.project, 'standard'),
            (first.availability_zone, first.project_id, first.category))
        self.assertEqual([second.id], [
            chain.id for chain in self.chains(marker=first.id, limit=5)])
        self.assertEqual([first.id], [
            chain.id for chain in self.chains(id=first.id)])
        self.assertEqual([], self.chains(category='standard_copy'))
        self.assertEqual(2, self.evs.count_snapshot_chains(
            evs.CountSnapshotChainsRequest(
                availability_zone=self.zone)).count)
        self.create_snapshot(self.disk)
        chain, = self.chains(volume_id=self.disk.id)
        self.assertEqual((second.id, 2), (chain.id, chain.snapshot_count))

    def test_retention(self):
        snapshot_id = self.snap(self.disk.id, retention_days=1)
        keeper = self.snap(self.disk.id, retention_days=1)
        self.cloud.alter(
            'UPDATE evs_fake_standard_snapshots SET retention_at = ? '
            'WHERE snapshot_id = ?', '2020-01-01 00:00:00.000000',
            snapshot_id)
        cloud.until(lambda: self.found() == [keeper], 'the end of retention')


class GroupsTest(V5TestCase):

    def setUp(self):
        super().setUp()
        self.disks = [self.create_volume() for _number in range(_SEVERAL)]

    def make(self, **option):
        return self.evs.create_snapshot_group(evs.CreateSnapshotGroupRequest(
            body=evs.CreateSnapshotGroupRequestBody(
                snapshot_group=evs.SnapshotGroup(**option))))

    def group(self, group_id):
        return self.evs.show_snapshot_group(evs.ShowSnapshotGroupRequest(
            snapshot_group_id=group_id)).snapshot_group

    def groups(self, **query):
        return [each.id for each in self.evs.list_snapshot_group(
            evs.ListSnapshotGroupRequest(**query)).snapshot_groups]

    def delete(self, group_id):
        return self.evs.delete_snapshot_group(evs.DeleteSnapshotGroupRequest(
            snapshot_group_id=group_id))

    def test_life(self):
        answer = self.make(
            volume_ids=[disk.id for disk in self.disks], name='g',
            description='d', tags={'k': 'v'}, instant_access=True,
            incremental=False)
        group_id = answer.snapshot_group_id
        self.succeed(answer, 'createSnapshotGroup')
        group = self.group(group_id)
        self.assertEqual(
            ('available', 'g', 'd', {'k': 'v'}, self.project, '0', None),
            (group.status, group.name, group.description, group.tags,
             group.project_id, group.enterprise_project_id,
             group.server_id))
        members = self.found(snapshot_group_id=group_id)
        self.assertEqual(_SEVERAL, len(members))
        member = self.shown(members[0])
        self.assertEqual((group_id, 'g', True, False),
                         (member.snapshot_group_id, member.name,
                          member.instant_access, member.incremental))
        updated = self.evs.update_snapshot_group(
            evs.UpdateSnapshotGroupRequest(
                snapshot_group_id=group_id,
                body=evs.UpdateSnapshotGroupRequestBody(
                    snapshot_group=evs.UpdateSnapshotGroupResponseBody(
                        name='h')))).snapshot_group
        self.assertEqual(('h', 'd'), (updated.name, updated.description))
        self.evs.batch_create_snapshot_group_tag(
            evs.BatchCreateSnapshotGroupTagRequest(
                snapshot_group_id=group_id,
                body=evs.BatchCreateResourceTagsRequestBody(tags=[
                    evs.CreateResourceTag(key='l', value='w')])))
        self.evs.batch_delete_snapshot_group_tag(
            evs.BatchDeleteSnapshotGroupTagRequest(
                snapshot_group_id=group_id,
                body=evs.BatchDeleteResourceTagsRequestBody(tags=[
                    evs.DeleteResourceTag(key='k')])))
        self.assertEqual({'l': 'w'}, self.group(group_id).tags)
        self.assertEqual([('l', ['w'])], self.tags())
        for query, expected in (
                ({}, [group_id]), ({'name': 'h'}, [group_id]),
                ({'name': 'g'}, []), ({'status': 'available'}, [group_id]),
                ({'status': 'deleted'}, []), ({'tag_key': 'l'}, [group_id]),
                ({'tags': '[{"l": "x"}]'}, []), ({'id': group_id},
                                                 [group_id])):
            self.assertEqual(expected, self.groups(**query), query)
            self.assertEqual(len(expected), self.evs.count_snapshots_group(
                evs.CountSnapshotsGroupRequest(**query)).count, query)
        self.succeed(self.delete(group_id), 'deleteSnapshotGroup')
        self.refused('EVS.5404', self.group, group_id, status=404)
        self.assertEqual(([], [], []),
                         (self.groups(), self.tags(), self.found()))

    def tags(self):
        return [(tag.key, tag.value)
                for tag in self.evs.list_snapshot_group_tags(
                    evs.ListSnapshotGroupTagsRequest()).tags]

    def test_all_or_none(self):
        self.set_stored_status('volumes', self.disks[1], 'error')
        self.refused('EVS.5400', lambda: self.make(
            volume_ids=[disk.id for disk in self.disks]))
        self.set_stored_status('volumes', self.disks[1], 'available')
        self.cinder.quotas.update(self.project, snapshots=_SEVERAL - 1)
        self.refused('EVS.5413', lambda: self.make(
            volume_ids=[disk.id for disk in self.disks]), status=413)
        self.assertEqual([], self.found())
        self.refused('EVS.5400', lambda: self.make(name='empty'))

    def test_disks_of_a_server(self):
        server = '11111111-2222-4333-8444-555555555555'
        for disk in self.disks[:2]:
            attachment = self.cinder.attachments.create(
                disk.id, {'host': 'here'}, server)
            attachment = attachment['id']
            self.cinder.attachments.complete(attachment)
        answer = self.make(server_id=server)
        self.succeed(answer, 'createSnapshotGroup')
        self.assertEqual(
            {disk.id for disk in self.disks[:2]},
            {self.shown(each).volume_id for each in self.found()})
        self.assertEqual([answer.snapshot_group_id],
                         self.groups(server_id=server))
        self.refused('EVS.5400', lambda: self.make(
            server_id=server, volume_ids=[self.disks[2].id]))

    def test_status_of_members(self):
        held = {'evs_fake:snapshot-create': 'hold'}
        self.cinder.volumes.set_metadata(self.disks[0], held)
        answer = self.make(volume_ids=[disk.id for disk in self.disks])
        group_id = answer.snapshot_group_id
        self.assertEqual('creating', self.group(group_id).status)
        self.refused('EVS.1047', self.delete, group_id)
        self.cinder.volumes.set_metadata(
            self.disks[0], {'evs_fake:snapshot-create': 'fail'})
        job = self.job(answer.job_id)
        self.assertEqual(('FAIL', 'error'),
                         (job.status, self.group(group_id).status))
        self.cinder.volumes.set_metadata(
            self.disks[1], {'evs_fake:snapshot-delete': 'hold'})
        answer = self.delete(group_id)
        self.assertEqual('deleting', self.group(group_id).status)
        self.cinder.volumes.set_metadata(
            self.disks[1], {'evs_fake:snapshot-delete': 'fail'})
        job = self.job(answer.job_id)
        self.assertEqual(('FAIL', 'error_deleting'),
                         (job.status, self.group(group_id).status))


class PoliciesTest(V5TestCase):

    def make(self, **option):
        made = self.evs.create_auto_snapshot_policy(
            evs.CreateAutoSnapshotPolicyRequest(
                body=evs.CreateSnapshotPolicyRequestBody(
                    snapshot_policy=evs.CreateSnapshotPolicy(**{
                        'name': 'p', 'repeat_interval_days': 1,
                        'time_points': ['0', '12'], **option})))
        ).snapshot_policy
        self.addCleanup(self.remove, made)
        return made

    def remove(self, policy):
        """A policy that stays would go on making snapshots at its hours."""
        with contextlib.suppress(exceptions.ClientRequestException):
            self.evs.delete_auto_snapshot_policy(
                evs.DeleteAutoSnapshotPolicyRequest(
                    snapshot_policy_id=policy.id))

    def associate(self, policy, *volumes):
        self.evs.associate_auto_snapshot_policy(
            evs.AssociateAutoSnapshotPolicyRequest(
                snapshot_policy_id=policy.id,
                body=[volume.id for volume in volumes]))

    def test_life(self):
        made = self.make(repeat_interval_days=None,
                         repeat_weekdays=['1', '7'], tags={'k': 'v'},
                         retention_days=2, enterprise_project_id='0')
        shown = self.evs.show_auto_snapshot_policy(
            evs.ShowAutoSnapshotPolicyRequest(
                snapshot_policy_id=made.id)).snapshot_policy
        self.assertEqual(made.to_dict(), shown.to_dict())
        self.assertEqual(
            ('p', ['1', '7'], None, ['0', '12'], 2, {'k': 'v'}, '0'),
            (shown.name, shown.repeat_weekdays, shown.repeat_interval_days,
             shown.time_points, shown.retention_days, shown.tags,
             shown.enterprise_project_id))
        other = self.make(name='q')
        self.assertEqual(-1, other.retention_days)
        for query, expected in (
                ({}, [other.id, made.id]), ({'name': 'p'}, [made.id]),
                ({'sort_dir': 'asc'}, [made.id, other.id]),
                ({'limit': 1, 'offset': 1}, [made.id]),
                ({'id': other.id}, [other.id]), ({'tag_key': 'k'},
                                                 [made.id]),
                ({'tags': '[{"k": "v"}]'}, [made.id])):
            listed = self.evs.list_auto_snapshot_policy(
                evs.ListAutoSnapshotPolicyRequest(**query))
            self.assertEqual(expected, [
                each.id for each in listed.snapshot_policies], query)
        self.assertEqual(2, self.evs.count_auto_snapshot_policies(
            evs.CountAutoSnapshotPoliciesRequest()).count)
        updated = self.evs.update_auto_snapshot_policy(
            evs.UpdateAutoSnapshotPolicyRequest(
                snapshot_policy_id=made.id,
                body=evs.UpdateSnapshotPolicyRequestBody(
                    snapshot_policy=evs.UpdateSnapshotPolicy(
                        name='r', repeat_interval_days=3, time_points=['5'],
                        retention_days=-1)))).snapshot_policy
        self.assertEqual(
            ('r', [], 3, ['5'], -1),
            (updated.name, updated.repeat_weekdays,
             updated.repeat_interval_days, updated.time_points,
             updated.retention_days))
        self.evs.delete_auto_snapshot_policy(
            evs.DeleteAutoSnapshotPolicyRequest(snapshot_policy_id=made.id))
        self.refused('EVS.5404', self.evs.show_auto_snapshot_policy,
                     evs.ShowAutoSnapshotPolicyRequest(
                         snapshot_policy_id=made.id), status=404)
        self.refused('EVS.5400', lambda: self.make(repeat_weekdays=['1']))

    def test_schedule(self):
        policy = self.make(retention_days=2)
        disk, other = self.create_volume(), self.create_volume()
        self.associate(policy, disk, other)
        self.evs.disassociate_auto_snapshot_policy(
            evs.DisassociateAutoSnapshotPolicyRequest(
                snapshot_policy_id=policy.id, body=[other.id]))
        self.cloud.alter(
            'UPDATE evs_fake_snapshot_policies SET next_run_at = ? '
            'WHERE id = ?', cloud.stored_time(), policy.id)
        # It is 'auto' before cinder-volume hears of it, but listed before.
        snapshot_id, = cloud.until(
            lambda: self.found(snapshot_type='auto'),
            'the snapshot of a policy')
        shown = self.shown(snapshot_id)
        self.assertEqual((disk.id, 'auto'),
                         (shown.volume_id, shown.snapshot_type))
        self.assertLess(shown.created_at, shown.retention_at)
        self.assertEqual([snapshot_id], self.found())

    def test_on_demand(self):
        policy = self.make()
        disk, broken = self.create_volume(), self.create_volume()
        self.associate(policy, disk, broken)
        self.set_stored_status('volumes', broken, 'error')
        answer = self.cloud.session(self.project).post(
            '%s/v5/%s/evs-fake/snapshot-policies/%s/run' % (
                self.cloud.url, self.project, policy.id)).json()
        made, = answer['snapshots']
        self.assertEqual(disk.id, made['volume_id'])
        self.assertEqual([made['snapshot_id']], self.found())
        failure, = answer['failures']
        self.assertEqual(broken.id, failure['volume_id'])
        self.assertIsNone(self.shown(made['snapshot_id']).retention_at)
