# SPDX-License-Identifier: Apache-2.0
"""What a fake cannot have is refused as to an account without it.

Asked for in otherwise valid requests of Huawei's SDKs. Makes a table of the
documentation: see :mod:`tests.functional.sdk.table`. Whole methods that are
refused are in :mod:`tests.functional.test_sdk_methods`.
"""

from cinderclient import exceptions as cinder_exceptions
from huaweicloudsdkcbr import v1 as cbr
from huaweicloudsdkevs import v2 as evs

from tests.functional import base
from tests.functional.sdk import methods
from tests.functional.sdk import table

_ID = '00000000-0000-4000-8000-000000000000'
_SERVER = 'OS::Nova::Server'


class UnavailableTest(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        credentials = self.cloud.credentials(self.project)
        self.evs = methods.Methods(
            evs.EvsClient.new_builder().with_credentials(
                credentials).with_endpoints([self.cloud.url]).build(),
            evs, {})
        self.cbr = methods.Methods(
            cbr.CbrClient.new_builder().with_credentials(
                credentials).with_endpoints(
                    [self.cloud.endpoint['cbr']]).build(), cbr, {})
        self.zone = self.cinder.availability_zones.list()[0].zoneName
        self.volume = self.create_volume()
        self.rows = []

    def refused(self, what, asked, answer, client, method, **attributes):
        """One row: refused it is, and nothing was made or changed."""
        status, code = answer
        error = client.refused(method, code, status, **attributes)
        self.rows.append((what, '%s, %s' % (method, asked),
                          '%d, %s' % answer))
        return error

    def test_every_one(self):
        self.options_of_volumes()
        self.options_of_vaults()
        self.options_of_backups()
        self.filters_of_lists()
        self.assertEqual({self.volume.id: 'available'},
                         self.statuses(self.cinder.volumes))
        self.assertEqual({}, self.statuses(self.cinder.volume_snapshots))
        table.check('unavailable', ('What', 'Asked for by', 'Answer'),
                    self.rows)

    def options_of_volumes(self):
        refusal = 403, 'EVS.1027'
        for what, asked, answer, option, beside in (
                ('Billing', 'bssParam.chargingMode prePaid', refusal, {},
                 {'bss_param': {'charging_mode': 'prePaid',
                                'period_num': 1, 'period_type': 'month'}}),
                ('Dedicated storage pools', 'dedicated_storage_id', refusal,
                 {}, {'os_sch_hn_tscheduler_hints': {
                     'dedicated_storage_id': _ID}}),
                ('Servers', 'server_id', refusal, {}, {'server_id': _ID}),
                ('Key management (KMS)', 'metadata.__system__encrypted 1',
                 refusal, {'metadata': {'__system__encrypted': '1',
                                        '__system__cmkid': _ID}}, {}),
                ('Enterprise projects', 'enterprise_project_id other than 0',
                 refusal, {'enterprise_project_id': _ID}, {}),
                ('Images', 'imageRef', (400, 'EVS.2046'),
                 {'image_ref': _ID}, {})):
            error = self.refused(
                what, asked, answer, self.evs, 'create_volume', body={
                    'volume': {'availability_zone': self.zone, 'size': 1,
                               'volume_type': '__DEFAULT__', **option},
                    **beside})
            self.assertIn('his cloud has no', error.error_msg)
        for method, body in (
                ('create_standard_snapshot', {'snapshot': {
                    'volume_id': self.volume.id}}),
                ('create_snapshot_group', {'snapshot_group': {
                    'volume_ids': [self.volume.id]}}),
                ('create_auto_snapshot_policy', {'snapshot_policy': {
                    'name': 'p', 'time_points': ['0'],
                    'repeat_interval_days': 1}})):
            for option in body.values():
                option['enterprise_project_id'] = _ID
            self.refused('Enterprise projects',
                         'enterprise_project_id other than 0', refusal,
                         self.evs, method, body=body)

    def options_of_vaults(self):
        billing = {'object_type': 'disk', 'protect_type': 'backup',
                   'consistent_level': 'crash_consistent', 'size': 10}
        refusal = 400, 'BackupService.9900'
        for what, name, value in (
                ('Billing', 'charging_mode', 'pre_paid'),
                ('Other regions', 'protect_type', 'replication'),
                ('Other clouds', 'cloud_type', 'hybrid')):
            error = self.refused(
                what, 'billing.%s %s' % (name, value), refusal, self.cbr,
                'create_vault', body={'vault': {
                    'name': 'v', 'resources': [],
                    'billing': {**billing, name: value}}})
            self.assertIn('evs-fake has no', error.error_msg)
        self.refused(
            'Servers', 'resources of type %s' % _SERVER,
            (404, 'BackupService.6302'), self.cbr, 'create_vault',
            body={'vault': {
                'name': 'v', 'resources': [{'id': _ID, 'type': _SERVER}],
                'billing': {**billing, 'object_type': 'server'}}})
        error = self.refused(
            'Other regions', 'operation_type replication', refusal, self.cbr,
            'create_policy', body={'policy': {
                'name': 'p', 'operation_type': 'replication',
                'operation_definition': {
                    'destination_region': 'r',
                    'destination_project_id': 'p'},
                'trigger': {'properties': {'pattern': [
                    'FREQ=DAILY;BYHOUR=1;BYMINUTE=0']}}}})
        self.assertIn('one region', error.error_msg)
        self.assertEqual([], self.cbr.works('list_vault').vaults)
        self.assertEqual([], self.cbr.works('list_policies').policies)

    def options_of_backups(self):
        vault = self.cbr.works('create_vault', body={'vault': {
            'name': 'v', 'resources': [
                {'id': self.volume.id, 'type': 'OS::Cinder::Volume'}],
            'billing': {'object_type': 'disk', 'protect_type': 'backup',
                        'consistent_level': 'crash_consistent',
                        'size': 10}}}).vault
        self.cbr.works('create_checkpoint', body={'checkpoint': {
            'vault_id': vault.id, 'parameters': {'name': 'b'}}})
        backup, = self.cinder.backups.list()
        self.wait_for(self.cinder.backups, backup, 'available')
        self.refused(
            'Servers', 'server_id', (400, 'BackupService.9900'), self.cbr,
            'restore_backup', backup_id=backup.id, body={'restore': {
                'server_id': _ID, 'mappings': [
                    {'backup_id': backup.id, 'volume_id': self.volume.id}]}})
        self.refused(
            'Servers', 'which only backups of servers allow',
            (400, 'BackupService.6700'), self.cbr, 'add_member',
            backup_id=backup.id, body={'members': ['p']})
        self.cbr.works('delete_vault', vault_id=vault.id)
        self.wait_gone(self.cinder.backups, backup)

    def filters_of_lists(self):
        for what, name, value in (
                ('Dedicated storage pools', 'dedicated_storage_id', _ID),
                ('Dedicated storage pools', 'dedicated_storage_name', 'n'),
                ('Dedicated storage pools', 'service_type', 'DSS'),
                ('Enterprise projects', 'enterprise_project_id', _ID)):
            for method in ('list_volumes', 'list_snapshots'):
                self.assertEqual(0, self.evs.empty(
                    method, **{name: value}).count)
            self.rows.append((
                what, 'list_volumes and list_snapshots, %s' % name,
                'an empty list'))


class ImagesTest(base.CloudTestCase):
    """Through Cinder's own API, which would fail with a 500."""

    def test_volume_from_image(self):
        error = self.assertRaises(
            cinder_exceptions.BadRequest, self.cinder.volumes.create, 1,
            imageRef=_ID)
        self.assertIn('no image service', str(error))
        self.assertEqual({}, self.statuses(self.cinder.volumes))

    def test_image_from_volume(self):
        volume = self.create_volume()
        error = self.assertRaises(
            cinder_exceptions.BadRequest, self.cinder.volumes.upload_to_image,
            volume, False, 'image', 'bare', 'raw', 'private', False)
        self.assertIn('no image service', str(error))
        self.assertEqual({volume.id: 'available'},
                         self.statuses(self.cinder.volumes))
