# SPDX-License-Identifier: Apache-2.0
"""What a cloud has from the start: EVS's volume types, and its zone."""

from huaweicloudsdkcore.exceptions import exceptions
from huaweicloudsdkevs import v2 as evs

from tests.functional import base
from tests.functional import cloud
from tests.functional import shell

_TYPES = {'SATA', 'SAS', 'GPSSD', 'SSD', 'ESSD', 'GPSSD2', 'ESSD2'}


class SeedsTestCase(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        self.connect()

    def connect(self):
        """Make the clients anew, after a start on another port."""
        self.cinder = self.cloud.client(self.project)
        self.evs = evs.EvsClient.new_builder().with_credentials(
            self.cloud.credentials(self.project)).with_endpoints(
                [self.cloud.url]).build()

    def types(self):
        return {each.name: each for each in self.evs.cinder_list_volume_types(
            evs.CinderListVolumeTypesRequest()).volume_types}

    def zones(self):
        return [(each.zone_name, each.zone_state.available) for each in
                self.evs.cinder_list_availability_zones(
                    evs.CinderListAvailabilityZonesRequest()
                ).availability_zone_info]

    def create(self, zone, volume_type, **option):
        answer = self.evs.create_volume(evs.CreateVolumeRequest(
            body=evs.CreateVolumeRequestBody(volume=evs.CreateVolumeOption(
                availability_zone=zone, volume_type=volume_type, size=1,
                **option))))
        volume_id, = answer.volume_ids
        shown = cloud.until(
            lambda: self.rested(volume_id), 'rest of %s' % volume_id)
        self.assertEqual(
            ('available', zone, volume_type),
            (shown.status, shown.availability_zone, shown.volume_type))
        return shown

    def rested(self, volume_id):
        shown = self.evs.show_volume(
            evs.ShowVolumeRequest(volume_id=volume_id)).volume
        return shown if shown.status != 'creating' else None

    def refused(self, code, *args, **option):
        error = self.assertRaises(
            exceptions.ClientRequestException, self.create, *args, **option)
        self.assertEqual((400, code), (error.status_code, error.error_code))


class TestSharedCloud(SeedsTestCase):

    def test_listed(self):
        self.assertEqual([('nova', True)], self.zones())
        types = self.types()
        self.assertEqual(_TYPES, _TYPES & set(types))
        for name in _TYPES:
            self.assertEqual(
                'nova', types[name].extra_specs.reske_yavailability_zones)
            self.assertTrue(types[name].description)
            self.assertTrue(types[name].is_public)

    def test_each_can_be_used(self):
        (zone, _available), = self.zones()
        for name in _TYPES:
            option = {'GPSSD2': {'iops': 3000, 'throughput': 125},
                      'ESSD2': {'iops': 3000}}.get(name, {})
            self.create(zone, name, **option)
        usage = self.quota_usage()
        for name in _TYPES:
            self.assertEqual((1, 1), (usage['volumes_' + name],
                                      usage['gigabytes_' + name]))

    def test_on_every_back_end(self):
        hosts = {pool.name for pool in self.cinder.pools.list()}
        self.assertEqual(2, len(hosts))
        seen = set()
        for _each in range(20):
            volume = self.cinder.volumes.create(1, volume_type='ESSD')
            volume = self.wait_for(self.cinder.volumes, volume, 'available')
            self.assertEqual('nova', volume.availability_zone)
            seen.add(getattr(volume, 'os-vol-host-attr:host'))
            if seen == hosts:
                return
        self.assertEqual(hosts, seen)

    def test_quotas(self):
        quotas = self.evs.cinder_list_quotas(evs.CinderListQuotasRequest(
            target_project_id=self.project, usage='True')).quota_set
        self.create('nova', 'SSD')
        after = self.evs.cinder_list_quotas(evs.CinderListQuotasRequest(
            target_project_id=self.project, usage='True')).quota_set
        for quota, used in ((quotas, 0), (after, 1)):
            self.assertEqual(
                (used, 0, -1), (quota.gigabytes_ssd.in_use,
                                quota.gigabytes_ssd.reserved,
                                quota.gigabytes_ssd.limit))
            self.assertEqual(used, quota.volumes_ssd.in_use)
            self.assertEqual(0, quota.volumes_sas.in_use)

    def test_retype_from_and_to_the_default_type(self):
        volume = self.create_volume()
        self.assertEqual(('__DEFAULT__', 'nova'),
                         (volume.volume_type, volume.availability_zone))
        for name in ('SAS', 'SSD', '__DEFAULT__'):
            self.evs.retype_volume(evs.RetypeVolumeRequest(
                volume_id=volume.id, body=evs.RetypeVolumeRequestBody(
                    os_retype=evs.RetypeVolume(new_type=name))))
            cloud.until(
                lambda name=name: self.cinder.volumes.get(
                    volume.id).volume_type == name,
                'type %s of %s' % (name, volume.id))
            self.wait_for(self.cinder.volumes, volume, 'available')

    def test_sold_out_or_not_in_the_zone(self):
        made = self.cinder.volume_types.create('type-' + self.project)
        self.addCleanup(self.cinder.volume_types.delete, made)
        made.set_keys({'RESKEY:availability_zones': 'elsewhere'})
        self.refused('EVS.2071', 'nova', made.name)
        made.set_keys({'RESKEY:availability_zones': 'nova',
                       'os-vendor-extended:sold_out_availability_zones':
                           'elsewhere,nova'})
        self.refused('EVS.2072', 'nova', made.name)
        made.set_keys({'os-vendor-extended:sold_out_availability_zones':
                       'elsewhere'})
        self.evs.delete_volume(evs.DeleteVolumeRequest(
            volume_id=self.create('nova', made.name).id))
        cloud.until(lambda: not self.cinder.volumes.list(), 'no volume')


class TestCommands(shell.ShellTestCase):

    def test_types(self):
        listed = {row['Name']: row for row in self.cinder_rows('type-list')}
        self.assertEqual(_TYPES, _TYPES & set(listed))
        shown = self.cinder_show('type-show', 'GPSSD')
        self.assertEqual(('GPSSD', listed['GPSSD']['ID'], 'True'),
                         (shown['name'], shown['id'], shown['is_public']))
        self.assertEqual('RESKEY:availability_zones : nova',
                         shown['extra_specs'])
        default, = self.cinder_rows('type-default')
        self.assertEqual('__DEFAULT__', default['Name'])
        self.assertEqual(
            {'RESKEY:availability_zones': 'nova'},
            self.openstack('volume', 'type', 'show', 'SSD')['properties'])

    def test_quotas(self):
        shown = self.cinder_show('quota-show', self.project)
        for name in _TYPES:
            self.assertEqual('-1', shown['gigabytes_' + name])


class TestOwnCloud(SeedsTestCase):
    """Of a cloud whose types come and go, and whose zone has another name."""

    CONFIG = '[DEFAULT]\nreport_interval = 1\nstorage_availability_zone = %s\n'

    def make_cloud(self):
        fixture = self.useFixture(cloud.CloudFixture(
            self.CONFIG % 'cn-north-4a'))
        fixture.cloud.start()
        return fixture.cloud

    def restart(self, zone):
        self.cloud.stop()
        self.cloud.configure(self.CONFIG % zone)
        self.cloud.start()
        self.connect()

    def test_life(self):
        self.assertEqual([('cn-north-4a', True)], self.zones())
        self.create('cn-north-4a', 'SSD')
        self.refused('EVS.1036', 'nova', 'SSD')

        # What an operator changed, in this version or a former one, stays.
        def by_name(name):
            return self.cinder.volume_types.find(name=name)

        kept, deleted = by_name('SSD'), by_name('SATA')
        self.cinder.volume_types.delete(deleted)
        self.cinder.volume_types.delete(by_name('SAS'))
        own = self.cinder.volume_types.create('SAS', 'my own')
        self.cinder.volume_types.update(by_name('ESSD').id, name='fast')
        self.cloud.stop()
        schema = self.cloud.state_dir / 'schema'
        recorded = schema.read_text()
        for former in (recorded, recorded.replace(recorded[:32], 'old')):
            schema.write_text(former)
            self.cloud.start()
            self.connect()
            types = self.types()
            self.assertEqual(kept.id, types['SSD'].id)
            self.assertNotIn('SATA', types)
            self.assertEqual((own.id, 'my own'), (
                types['SAS'].id, types['SAS'].description))
            self.assertIn('fast', types)
            self.assertNotIn('ESSD', types)
            self.cloud.stop()
        self.assertEqual(recorded, schema.read_text())
        self.cloud.start()

        # A zone that another configuration has.
        self.restart('cn-north-4b')
        # Back ends tell their zone when they report for the first time.
        cloud.until(lambda: self.zones() == [('cn-north-4b', True)], 'zone')
        self.create('cn-north-4b', 'SSD')
        self.assertNotIn('SATA', self.types())
        self.assertEqual({}, by_name('SAS').get_keys())

    def test_state_directory_of_a_former_version(self):
        self.cloud.stop()
        self.cloud.alter('DELETE FROM volume_type_extra_specs')
        self.cloud.alter("DELETE FROM volume_types WHERE name NOT IN "
                         "('__DEFAULT__', 'SATA', 'SAS')")
        # Those an operator had made, and deleted one again.
        self.cloud.alter("UPDATE volume_types SET deleted = 1 "
                         "WHERE name = 'SATA'")
        (self.cloud.state_dir / 'schema').write_text('old')
        self.cloud.start()
        self.connect()
        types = self.types()
        self.assertEqual(_TYPES - {'SATA'}, _TYPES & set(types))
        self.assertIsNone(types['SAS'].extra_specs.reske_yavailability_zones)
        self.create('cn-north-4a', 'SSD')
