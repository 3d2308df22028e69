# SPDX-License-Identifier: Apache-2.0
"""EVS's methods that are Cinder's own, and its versions, as a story."""


class NativeMixin:

    def walk_versions(self):
        listed = self.methods.works('list_versions').versions
        self.assertIn('CURRENT', {each.status for each in listed})
        for name in ('v2', 'v3'):
            version, = self.methods.works(
                'show_version', version=name).versions
            self.assertEqual(name, version.id.partition('.')[0])
            self.assertTrue(version.links)

    def walk_zones_and_types(self):
        zones = self.methods.works(
            'cinder_list_availability_zones').availability_zone_info
        self.assertIn((self.zone, True), {
            (each.zone_name, each.zone_state.available) for each in zones})
        types = {each.name: each for each in self.methods.works(
            'cinder_list_volume_types').volume_types}
        self.assertTrue(types['__DEFAULT__'].is_public)
        self.assertTrue(types['__DEFAULT__'].id)

    def walk_quotas(self):
        self.cinder.quotas.update(self.project, volumes=50)
        before = self.quotas()
        self.create_volume(2)
        after = self.quotas()
        self.assertEqual(self.project, after.id)
        self.assertEqual((1, 2), (
            after.volumes.in_use - before.volumes.in_use,
            after.gigabytes.in_use - before.gigabytes.in_use))
        self.assertEqual((50, 0), (after.volumes.limit,
                                   after.volumes.reserved))
        self.assertEqual(-1, after.per_volume_gigabytes.limit)

    def quotas(self):
        return self.methods.works(
            'cinder_list_quotas', target_project_id=self.project,
            usage='True').quota_set

    def walk_transfers(self):
        volume = self.create_volume(name='given')
        made = self.offer(volume)
        self.assertEqual(('t', volume.id), (made.name, made.volume_id))
        shown = self.methods.works(
            'cinder_show_volume_transfer', transfer_id=made.id).transfer
        self.assertEqual((made.id, made.created_at, volume.id), (
            shown.id, shown.created_at, shown.volume_id))
        listed, = self.methods.works(
            'cinder_list_volume_transfers', limit=5, offset=0).transfers
        self.assertEqual((made.id, volume.id, 't'), (
            listed.id, listed.volume_id, listed.name))
        self.assertEqual('awaiting-transfer', self.shown(volume.id).status)
        self.methods.works('cinder_delete_volume_transfer',
                           transfer_id=made.id)
        self.assertEqual('available', self.shown(volume.id).status)
        made = self.offer(volume)
        other = self.methods.of(self.client_of('other-' + self.project))
        accepted = other.works(
            'cinder_accept_volume_transfer', transfer_id=made.id,
            body={'accept': {'auth_key': made.auth_key}}).transfer
        self.assertEqual((made.id, 't', volume.id), (
            accepted.id, accepted.name, accepted.volume_id))
        self.methods.refused('show_volume', 'EVS.5404', 404,
                             volume_id=volume.id)
        self.assertEqual('given', other.works(
            'show_volume', volume_id=volume.id).volume.name)

    def offer(self, volume):
        return self.methods.works('cinder_create_volume_transfer', body={
            'transfer': {'name': 't', 'volume_id': volume.id}}).transfer
