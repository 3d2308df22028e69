# SPDX-License-Identifier: Apache-2.0
"""EVS's methods for snapshots of both kinds, as a story."""

from tests.functional import cloud


class SnapshotsMixin:

    def walk_cloudsnapshots(self):
        source = self.create_volume()
        self.write(source, b'before')
        made = self.methods.works('create_snapshot', body={'snapshot': {
            'volume_id': source.id, 'name': 's', 'description': 'd',
            'metadata': {'k': 'v'}, 'force': False}}).snapshot
        self.assertEqual(('s', 'creating'), (made.name, made.status))
        shown = self.shown_snapshot(made.id, 'available')
        self.assertEqual(
            ('s', 'd', source.id, 1, {'k': 'v'}, self.project, '100%'),
            (shown.name, shown.description, shown.volume_id, shown.size,
             shown.metadata, shown.os_extended_snapshot_attributesproject_id,
             shown.os_extended_snapshot_attributesprogress))
        listed = self.methods.works('list_snapshots', status='available',
                                    limit=5, offset=0)
        self.assertEqual((1, [(made.id, 'EVS')]), (
            listed.count, [(each.id, each.service_type)
                           for each in listed.snapshots]))
        updated = self.methods.works(
            'update_snapshot', snapshot_id=made.id,
            body={'snapshot': {'name': 't', 'description': 'e'}}).snapshot
        self.assertEqual((made.id, 't', 'e'), (
            updated.id, updated.name, updated.description))
        self.write(source, b'after!')
        rollback = self.methods.works(
            'rollback_snapshot', snapshot_id=made.id, body={'rollback': {
                'volume_id': source.id, 'name': source.name}}).rollback
        self.assertEqual(source.id, rollback.volume_id)
        self.wait_for(self.cinder.volumes, source, 'available')
        self.assertEqual(b'before', self.read(source, 6))
        self.shown_snapshot(made.id, 'available')
        self.methods.works('delete_snapshot', snapshot_id=made.id)
        self.wait_gone(self.cinder.volume_snapshots, made)

    def shown_snapshot(self, snapshot_id, status):
        def reached():
            shown = self.methods.works(
                'show_snapshot', snapshot_id=snapshot_id).snapshot
            return shown if shown.status == status else None

        return cloud.until(reached, status)

    def walk_standard_snapshots(self):
        disk = self.create_volume()
        self.write(disk, b'before')
        made = self.methods.works(
            'create_standard_snapshot', body={'snapshot': {
                'volume_id': disk.id, 'name': 's', 'description': 'd',
                'tags': {'k': 'v'}, 'instant_access': True,
                'incremental': True, 'retention_days': 3}})
        self.followed(made, 'createSnapshot')
        shown = self.methods.works('show_standard_snapshot',
                                   snapshot_id=made.snapshot_id).snapshot
        chain, = shown.snapshot_chains
        self.assertEqual(
            ('s', 'd', disk.id, 1, 'available', {'k': 'v'}, True, True,
             'user', 'standard', False, disk.id),
            (shown.name, shown.description, shown.volume_id, shown.size,
             shown.status, shown.tags, shown.instant_access,
             shown.incremental, shown.snapshot_type, shown.category,
             shown.encrypted, chain.volume_id))
        self.assertLess(shown.created_at, shown.retention_at)
        listed, = self.methods.works(
            'list_snapshots_details', limit='5', offset='0').snapshots
        self.assertEqual(shown.to_dict(), listed.to_dict())
        self.assertEqual(1, self.methods.works(
            'count_snapshots', status='available').count)
        updated = self.methods.works(
            'update_standard_snapshot', snapshot_id=made.snapshot_id,
            body={'snapshot': {'name': 't', 'instant_access': False}})
        self.assertEqual(('t', 'd', False), (
            updated.snapshot.name, updated.snapshot.description,
            updated.snapshot.instant_access))
        self.snapshot_tags_of(made.snapshot_id)
        self.chains_of(disk, chain.id)
        self.write(disk, b'after!')
        self.followed(self.methods.works(
            'rollback_standard_snapshot', snapshot_id=made.snapshot_id,
            body={'rollback': {'volume_id': disk.id, 'name': disk.name}}),
            'rollbackSnapshot')
        self.assertEqual(b'before', self.read(disk, 6))
        self.followed(self.methods.works(
            'delete_standard_snapshot', snapshot_id=made.snapshot_id),
            'deleteSnapshot')
        self.assertEqual(0, self.methods.works('count_snapshots').count)

    def snapshot_tags_of(self, snapshot_id):
        self.methods.works(
            'batch_create_snapshot_tags', snapshot_id=snapshot_id,
            body={'tags': [{'key': 'a', 'value': '1'}]})
        self.methods.works(
            'batch_delete_snapshot_tags', snapshot_id=snapshot_id,
            body={'tags': [{'key': 'k', 'value': 'v'}]})
        self.assertEqual([('a', ['1'])], [
            (tag.key, tag.value) for tag in self.methods.works(
                'list_snapshot_tags').tags])

    def chains_of(self, disk, chain_id):
        chain, = self.methods.works('list_snapshot_chains', limit=5,
                                    volume_id=disk.id).snapshot_chains
        self.assertEqual(
            (chain_id, self.zone, 1, 1.0, self.project, disk.id, 'standard'),
            (chain.id, chain.availability_zone, chain.snapshot_count,
             float(chain.capacity), chain.project_id, chain.volume_id,
             chain.category))
        self.assertEqual(1, self.methods.works(
            'count_snapshot_chains', volume_id=disk.id).count)

    def walk_groups(self):
        disks = [self.create_volume().id for _time in range(2)]
        made = self.methods.works(
            'create_snapshot_group', body={'snapshot_group': {
                'volume_ids': disks, 'name': 'g', 'description': 'd',
                'tags': {'k': 'v'}, 'incremental': True}})
        self.followed(made, 'createSnapshotGroup')
        group_id = made.snapshot_group_id
        shown = self.methods.works(
            'show_snapshot_group', snapshot_group_id=group_id).snapshot_group
        self.assertEqual(
            (group_id, 'g', 'd', 'available', {'k': 'v'}, self.project),
            (shown.id, shown.name, shown.description, shown.status,
             shown.tags, shown.project_id))
        listed, = self.methods.works(
            'list_snapshot_group', limit=5).snapshot_groups
        self.assertEqual(shown.to_dict(), listed.to_dict())
        self.assertEqual(1, self.methods.works(
            'count_snapshots_group', name='g').count)
        updated = self.methods.works(
            'update_snapshot_group', snapshot_group_id=group_id,
            body={'snapshot_group': {'name': 'h'}}).snapshot_group
        self.assertEqual(('h', 'd'), (updated.name, updated.description))
        self.methods.works(
            'batch_create_snapshot_group_tag', snapshot_group_id=group_id,
            body={'tags': [{'key': 'a', 'value': '1'}]})
        self.methods.works(
            'batch_delete_snapshot_group_tag', snapshot_group_id=group_id,
            body={'tags': [{'key': 'k'}]})
        self.assertEqual([('a', ['1'])], [
            (tag.key, tag.value) for tag in self.methods.works(
                'list_snapshot_group_tags').tags])
        self.followed(self.methods.works(
            'delete_snapshot_group', snapshot_group_id=group_id),
            'deleteSnapshotGroup')
        self.assertEqual(0, self.methods.works('count_snapshots_group').count)

    def walk_policies(self):
        made = self.methods.works(
            'create_auto_snapshot_policy', body={'snapshot_policy': {
                'name': 'p', 'repeat_weekdays': ['1', '7'],
                'time_points': ['0', '12'], 'retention_days': 2,
                'tags': {'k': 'v'}}}).snapshot_policy
        self.assertEqual(
            ('p', ['1', '7'], ['0', '12'], 2, {'k': 'v'}),
            (made.name, made.repeat_weekdays, made.time_points,
             made.retention_days, made.tags))
        shown = self.methods.works('show_auto_snapshot_policy',
                                   snapshot_policy_id=made.id)
        self.assertEqual(made.to_dict(), shown.snapshot_policy.to_dict())
        listed = self.methods.works('list_auto_snapshot_policy', limit=5)
        self.assertEqual([made.to_dict()], [
            each.to_dict() for each in listed.snapshot_policies])
        self.assertEqual(1, self.methods.works(
            'count_auto_snapshot_policies').count)
        updated = self.methods.works(
            'update_auto_snapshot_policy', snapshot_policy_id=made.id,
            body={'snapshot_policy': {'name': 'q'}}).snapshot_policy
        self.assertEqual(('q', 2), (updated.name, updated.retention_days))
        disk = self.create_volume()
        self.methods.works('associate_auto_snapshot_policy',
                           snapshot_policy_id=made.id, body=[disk.id])
        self.methods.works('disassociate_auto_snapshot_policy',
                           snapshot_policy_id=made.id, body=[disk.id])
        self.methods.works('delete_auto_snapshot_policy',
                           snapshot_policy_id=made.id)
        self.assertEqual(0, self.methods.works(
            'count_auto_snapshot_policies').count)
