# SPDX-License-Identifier: Apache-2.0
"""CBR through Huawei's own client, on the cloud's own backups."""

import json
import os
import uuid

from cinderclient import exceptions as cinder_exceptions
from huaweicloudsdkcbr.v1 import CbrClient
from huaweicloudsdkcbr.v1 import model
from huaweicloudsdkcore.exceptions import exceptions

from evs_fake.api.cbr import routes
from tests.functional import base
from tests.functional import cloud

VOLUME = 'OS::Cinder::Volume'
HOLD = {'evs_fake:backup-create': 'hold'}


class CbrTestCase(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        self.cbr = self.client(self.project)

    def client(self, project):
        return CbrClient.new_builder().with_credentials(
            self.cloud.credentials(project)).with_endpoints(
                [self.cloud.endpoint['cbr']]).build()

    def create_vault(self, *volumes, size=10, **kwargs):
        return self.cbr.create_vault(model.CreateVaultRequest(
            model.VaultCreateReq(model.VaultCreate(
                name='vault', billing=model.BillingCreate(
                    consistent_level='crash_consistent', object_type='disk',
                    protect_type='backup', size=size),
                resources=[self.resource(volume) for volume in volumes],
                **kwargs)))).vault

    @staticmethod
    def resource(volume):
        return model.ResourceCreate(id=volume.id, type=VOLUME)

    def vault(self, vault):
        return self.cbr.show_vault(
            model.ShowVaultRequest(vault_id=vault.id)).vault

    def back_up(self, vault, **parameters):
        return self.cbr.create_checkpoint(model.CreateCheckpointRequest(
            model.VaultBackupReq(model.VaultBackup(
                vault_id=vault.id,
                parameters=model.CheckpointParam(**parameters))))).checkpoint

    def wait_checkpoint(self, checkpoint, status='available'):
        def reached():
            found = self.cbr.show_checkpoint(model.ShowCheckpointRequest(
                checkpoint_id=checkpoint.id)).checkpoint
            return found if found.status == status else None

        return cloud.until(reached, status + ' checkpoint')

    def backups(self, **filters):
        return self.cbr.list_backups(
            model.ListBackupsRequest(**filters)).backups

    def backup(self, backup):
        return self.cbr.show_backup(
            model.ShowBackupRequest(backup_id=backup.id)).backup

    def delete(self, backup):
        self.cbr.delete_backup(
            model.DeleteBackupRequest(backup_id=backup.id))

    def restore(self, backup, volume):
        self.cbr.restore_backup(model.RestoreBackupRequest(
            backup_id=backup.id, body=model.BackupRestoreReq(
                model.BackupRestore(volume_id=volume.id))))

    def logs(self, **filters):
        return self.cbr.list_op_logs(
            model.ListOpLogsRequest(**filters)).operation_logs

    def wait_logs(self, *statuses, **filters):
        def reached():
            found = self.logs(**filters)
            return found if sorted(
                log.status for log in found) == sorted(statuses) else None

        return cloud.until(reached, 'logs %s' % (statuses,))

    def used(self, vault):
        return self.vault(vault).billing.used

    def assert_refused(self, code, call, *args, status=400, **kwargs):
        error = self.assertRaises(exceptions.ClientRequestException,
                                  call, *args, **kwargs)
        self.assertEqual(('BackupService.%s' % code, status),
                         (error.error_code, error.status_code),
                         error.error_msg)
        self.assertTrue(error.error_msg)
        self.assertTrue(error.request_id)
        return error

    def hold(self, volume):
        self.cinder.volumes.set_metadata(volume, HOLD)

    def release(self, volume):
        self.cinder.volumes.delete_metadata(volume, list(HOLD))

    def system_snapshots(self):
        return [each for each in self.cinder.volume_snapshots.list()
                if each.name.startswith('autobk_snapshot_vbs_')]

    def until_backing_up(self, count=1):
        def seen():
            found = [each for each in self.system_snapshots()
                     if each.status == 'backing-up']
            return found if len(found) == count else None

        return cloud.until(seen, 'the system\'s snapshots')


class TestCheckpoint(CbrTestCase):

    def test_attached_and_detached_volume(self):
        data = os.urandom(8192)
        detached, attached = self.create_volume(), self.create_volume()
        for volume in (detached, attached):
            self.write(volume, data)
            self.hold(volume)
        attachment = self.cinder.attachments.create(attached.id, {}, None)
        self.cinder.attachments.complete(attachment['id'])
        self.wait_for(self.cinder.volumes, attached, 'in-use')
        vault = self.create_vault(detached, attached)
        checkpoint = self.back_up(vault, name='both', description='d')
        self.assertEqual('protecting', checkpoint.status)
        self.assertEqual(
            {(detached.id, 'protecting', '1'), (attached.id, 'protecting',
                                                '1')},
            {(each.id, each.protect_status, each.resource_size)
             for each in checkpoint.vault.resources})
        self.assertEqual([], checkpoint.vault.skipped_resources)

        snapshots = {each.volume_id: each
                     for each in self.until_backing_up(2)}
        for backup in self.backups(checkpoint_id=checkpoint.id):
            self.assertEqual('protecting', backup.status)
            self.assertEqual('both', backup.name)
            self.assertEqual(snapshots[backup.resource_id].id,
                             backup.extend_info.snapshot_id)
            self.assertEqual('creating',
                             self.cinder.backups.get(backup.id).status)
        self.assertEqual({'running'}, {log.status for log in self.logs()})
        self.assert_views_agree(snapshots.values())
        self.assert_view_only(snapshots[detached.id], detached)
        self.assert_refused('0002', self.back_up, vault)
        self.assert_refused('6111', self.cbr.delete_vault,
                            model.DeleteVaultRequest(vault_id=vault.id))

        for volume in (detached, attached):
            self.release(volume)
        self.wait_checkpoint(checkpoint)
        cloud.until(lambda: not self.system_snapshots(), 'their end')
        for log in self.wait_logs('success', 'success'):
            self.assertEqual('backup', log.operation_type)
            self.assertEqual(100, log.extra_info.common.progress)
            self.assertEqual(checkpoint.id, log.checkpoint_id)
        # Known though it is gone.
        for backup in self.backups():
            self.assertEqual('available', backup.status)
            self.assertEqual(snapshots[backup.resource_id].id,
                             backup.extend_info.snapshot_id)
            self.assert_restores(backup, detached, data)
        self.wait_for(self.cinder.volumes, attached, 'in-use')
        self.cinder.attachments.delete(attachment['id'])

    def assert_views_agree(self, snapshots):
        response = self.cloud.session(self.project).get(
            '%s/v2/%s/cloudsnapshots/detail?status=backing-up' % (
                self.cloud.url, self.project))
        self.assertEqual({each.id for each in snapshots},
                         {each['id']
                          for each in response.json()['snapshots']})

    def assert_view_only(self, snapshot, volume):
        snapshots = self.cinder.volume_snapshots
        for refused in (
                lambda: snapshots.delete(snapshot),
                lambda: snapshots.update(snapshot, name='x'),
                lambda: snapshots.set_metadata(snapshot, {'a': 'b'}),
                lambda: self.cinder.volumes.create(
                    1, snapshot_id=snapshot.id),
                lambda: self.cinder.backups.create(
                    volume.id, snapshot_id=snapshot.id),
                lambda: self.cinder.volumes.delete(volume)):
            self.assertRaises(cinder_exceptions.BadRequest, refused)
        self.assertEqual(
            400, self.rollback(snapshot, volume).status_code)
        for method, body in (('DELETE', None),
                             ('PUT', {'snapshot': {'name': 'x'}})):
            response = self.cloud.session(self.project).request(
                '%s/v2/%s/cloudsnapshots/%s' % (
                    self.cloud.url, self.project, snapshot.id), method,
                json=body, raise_exc=False)
            self.assertEqual(400, response.status_code)
        self.assertEqual('backing-up', snapshots.get(snapshot.id).status)

    def assert_restores(self, backup, volume, data):
        self.write(volume, os.urandom(len(data)))
        self.restore(backup, volume)
        self.wait_for(self.cinder.volumes, volume, 'available')
        self.assertEqual(data, self.read(volume, len(data)))

    def test_accounting(self):
        volume, other = self.create_volume(), self.create_volume(2)
        vault = self.create_vault(volume, size=2)
        self.assertEqual((1, 0, 2), (
            vault.billing.allocated, vault.billing.used, vault.billing.size))
        self.assert_refused('6101', self.add, vault, other)
        first = self.wait_checkpoint(self.back_up(vault))
        self.assertEqual(1024, self.used(vault))
        second = self.wait_checkpoint(self.back_up(vault))
        self.assertEqual(2048, self.used(vault))
        self.assert_refused('6114', self.back_up, vault)
        full, = self.backups(checkpoint_id=first.id)
        increment, = self.backups(checkpoint_id=second.id)
        self.assertEqual((False, True),
                         (full.incremental, increment.incremental))
        # Cinder keeps it below the other; CBR does not show that.
        self.delete(full)
        self.assertEqual(1024, self.used(vault))
        self.assert_refused('6200', self.backup, full, status=404)
        self.assertEqual([increment.id],
                         [each.id for each in self.backups()])
        self.delete(increment)
        cloud.until(lambda: not self.cinder.backups.list(), 'their end')
        self.assertEqual(0, self.used(vault))
        self.wait_logs('success', 'success', operation_type='delete')

    def add(self, vault, *volumes):
        return self.cbr.add_vault_resource(model.AddVaultResourceRequest(
            vault_id=vault.id, body=model.VaultAddResourceReq(
                [self.resource(volume) for volume in volumes])))

    def test_error_and_failed_backup(self):
        volume = self.create_volume()
        vault = self.create_vault(volume)
        self.cinder.volumes.set_metadata(
            volume, {'evs_fake:backup-create': 'fail:no tape'})
        checkpoint = self.back_up(vault)
        self.wait_checkpoint(checkpoint, 'error')
        log, = self.wait_logs('failed')
        self.assertIn('no tape', log.error_info.message)
        self.assertEqual(0, self.used(vault))
        self.assertEqual('error', self.vault(vault).resources[
            0].protect_status)
        backup, = self.backups(status='error')
        self.delete(backup)
        cloud.until(lambda: not self.backups(), 'its end')

    def test_refusals(self):
        volume, other = self.create_volume(), self.create_volume()
        vault, empty = self.create_vault(volume), self.create_vault()
        self.assert_refused('6103', self.add, empty, volume)
        self.assert_refused('6103', self.create_vault, volume)
        self.assert_refused('6104', self.add, empty, other, other)
        self.assert_refused('0001', self.back_up, empty)
        self.assert_refused('6135', self.back_up, vault,
                            resources=[other.id])
        volume.id = str(uuid.uuid4())
        self.assert_refused('7000', self.add, empty, volume, status=404)
        self.assert_refused('6105', self.back_up, volume, status=404)
        self.assert_refused('9900', self.create_vault, size=0)

    def test_some_are_skipped(self):
        one, other = self.create_volume(), self.create_volume()
        vault = self.create_vault(one, other)
        self.cinder.volumes.reset_state(other, 'error')
        checkpoint = self.back_up(vault)
        skipped, = checkpoint.vault.skipped_resources
        self.assertEqual((other.id, 'BackupService.7003'),
                         (skipped.id, skipped.code))
        self.wait_checkpoint(checkpoint)
        self.wait_logs('success', 'skipped')
        self.assert_refused('7003', self.back_up, vault,
                            resources=[other.id])

    def test_native_view(self):
        volume = self.create_volume()
        vault = self.create_vault(volume)
        natively = self.cinder.backups.create(volume.id)
        self.wait_for(self.cinder.backups, natively, 'available')
        self.assertEqual([], self.backups())
        self.wait_checkpoint(self.back_up(vault, name='of-cbr'))
        backup, = self.backups()
        self.assertTrue(backup.incremental)
        self.assertEqual('of-cbr', self.cinder.backups.get(backup.id).name)
        self.cbr.update_backup(model.UpdateBackupRequest(
            backup_id=backup.id, body=model.BackupUpdateReq(
                model.BackupUpdate(name='renamed'))))
        self.assertEqual('renamed', self.cinder.backups.get(backup.id).name)
        self.cinder.backups.delete(backup.id)
        self.wait_gone(self.cinder.backups, backup)
        self.assertEqual([], self.backups())
        self.assertEqual(0, self.used(vault))

    def test_delete_vault(self):
        volume = self.create_volume()
        vault = self.create_vault(volume)
        for _time in range(2):
            self.wait_checkpoint(self.back_up(vault))
        self.cbr.delete_vault(model.DeleteVaultRequest(vault_id=vault.id))
        self.assert_refused('6105', self.vault, vault, status=404)
        cloud.until(lambda: not self.cinder.backups.list(), 'the backups\'')
        log, = self.wait_logs('success', operation_type='vault_delete')
        self.assertEqual((0, 2), (log.extra_info.vault_delete.fail_count,
                                  log.extra_info.vault_delete.total_count))
        self.create_vault(volume)

    def test_remove_and_migrate_resources(self):
        volume = self.create_volume()
        vault, other = self.create_vault(volume), self.create_vault()
        self.wait_checkpoint(self.back_up(vault))
        self.cbr.migrate_vault_resource(model.MigrateVaultResourceRequest(
            vault_id=vault.id, body=model.VaultMigrateResourceReq(
                destination_vault_id=other.id, resource_ids=[volume.id])))
        self.assertEqual((0, 1024), (self.used(vault), self.used(other)))
        self.cbr.remove_vault_resource(model.RemoveVaultResourceRequest(
            vault_id=other.id, body=model.VaultRemoveResourceReq(
                resource_ids=[volume.id])))
        cloud.until(lambda: not self.backups(), 'their end')
        self.assertEqual(0, self.used(other))
        self.wait_logs('success', operation_type='remove_resource')


class TestRestore(CbrTestCase):

    def test_refusals(self):
        volume, small = self.create_volume(2), self.create_volume()
        vault = self.create_vault(volume)
        self.wait_checkpoint(self.back_up(vault))
        backup, = self.backups()
        self.assert_refused('2001', self.restore, backup, small)
        self.set_stored_status('volumes', volume, 'in-use')
        self.assert_refused('2011', self.restore, backup, volume)
        self.cinder.volumes.reset_state(volume, 'available')
        small.id = str(uuid.uuid4())
        self.assert_refused('7000', self.restore, backup, small, status=404)
        self.assertEqual([], self.logs(operation_type='restore'))
        self.restore(backup, volume)
        log, = self.wait_logs('success', operation_type='restore')
        self.assertEqual(
            volume.id, log.extra_info.restore.target_resource_id)


class TestPolicy(CbrTestCase):

    def create_policy(self, pattern, **definition):
        return self.cbr.create_policy(model.CreatePolicyRequest(
            model.PolicyCreateReq(model.PolicyCreate(
                name='policy', operation_type='backup',
                operation_definition=model.PolicyoODCreate(**definition),
                trigger=model.PolicyTriggerReq(
                    model.PolicyTriggerPropertiesReq([pattern])))))).policy

    def run_policy(self, policy):
        response = self.cloud.session(self.project).post(
            '%s/v3/%s/evs-fake/policies/%s/run' % (
                self.cloud.endpoint['cbr'], self.project, policy.id))
        checkpoint, = response.json()['checkpoints']
        checkpoint = model.CheckpointCreate(id=checkpoint['checkpoint_id'])
        return self.wait_checkpoint(checkpoint)

    def test_on_demand_and_retention(self):
        volume = self.create_volume()
        policy = self.create_policy(
            'FREQ=WEEKLY;BYDAY=MO,SU;BYHOUR=05;BYMINUTE=00', max_backups=2,
            full_backup_interval=0, retention_duration_days=3)
        vault = self.create_vault(volume, backup_policy_id=policy.id)
        for _time in range(3):
            self.run_policy(policy)
        cloud.until(lambda: len(self.backups()) == 2, 'retention')
        cloud.until(lambda: len(self.cinder.backups.list()) == 2,
                    'retention natively')
        for backup in self.backups():
            self.assertTrue(backup.extend_info.auto_trigger)
            self.assertTrue(backup.name.startswith('autobk_'))
            self.assertIsNotNone(backup.expired_at)
        found, = self.cbr.list_policies(
            model.ListPoliciesRequest(vault_id=vault.id)).policies
        self.assertEqual([vault.id], [
            each.vault_id for each in found.associated_vaults])

    def test_bad_patterns(self):
        for pattern in ('', 'FREQ=HOURLY;BYHOUR=1;BYMINUTE=0',
                        'FREQ=DAILY;BYHOUR=24;BYMINUTE=0',
                        'FREQ=DAILY;BYHOUR=1', 'x' * 255):
            self.assert_refused('9900', self.create_policy, pattern)


class TestIsolation(CbrTestCase):
    """A second project sees nothing of the first, on whatever route."""

    def bodies(self):
        """A valid body by rule, for all that want one of their own."""
        name = {'name': 'x'}
        return {
            'vaults:create': {'vault': {
                **name, 'resources': [], 'backup_policy_id': self.policy.id,
                'billing': {'object_type': 'disk', 'size': 10}}},
            'vaults:update': {'vault': name},
            'vaults:batch_update': {'vault': {'threshold': 5}},
            'vaults:update_expiration': {
                'expect_expiration_date': '2020-01-01'},
            'resources:add': {'resources': [
                {'id': self.volume.id, 'type': VOLUME}]},
            'resources:remove': {'resource_ids': [self.volume.id]},
            'resources:migrate': {
                'destination_vault_id': self.the_vault.id,
                'resource_ids': [self.volume.id]},
            'resources:set': {'resource_ids': [self.volume.id],
                              'action': 'suspend'},
            'checkpoints:create': {'checkpoint': {
                'vault_id': self.the_vault.id}},
            'backups:update': {'backup': name},
            'backups:restore': {'restore': {'volume_id': self.volume.id}},
            'policies:create': {'policy': {
                **name, 'operation_type': 'backup',
                'operation_definition': {},
                'trigger': {'properties': {'pattern': [
                    'FREQ=DAILY;BYHOUR=1;BYMINUTE=0']}}}},
            'policies:update': {'policy': name},
            'policies:associate': {'policy_id': self.policy.id},
            'policies:dissociate': {'policy_id': self.policy.id},
            'tags:create': {'tag': {'key': 'a', 'value': 'b'}},
            'tags:change': {'action': 'create', 'tags': [{'key': 'a'}]},
            'tags:query': {'action': 'filter'},
            'members:add': {'members': ['x']},
            'members:update': {'status': 'accepted'},
        }

    def setUp(self):
        super().setUp()
        self.volume = self.create_volume()
        self.policy = TestPolicy.create_policy(
            self, 'FREQ=DAILY;BYHOUR=1;BYMINUTE=0')
        self.the_vault = self.create_vault(
            self.volume, backup_policy_id=self.policy.id,
            tags=[model.Tag(key='a', value='secret')])
        self.checkpoint = self.wait_checkpoint(self.back_up(self.the_vault))
        backup, = self.backups()
        log, = self.logs()
        self.ids = {
            'vault_id': self.the_vault.id, 'backup_id': backup.id,
            'checkpoint_id': self.checkpoint.id,
            'policy_id': self.policy.id, 'operation_log_id': log.id,
            'instance_id': self.volume.id, 'protectable_type': 'disk',
            'member_id': self.project, 'key': 'a', 'agent_id': 'x',
            'feature_key': 'x', 'order_id': 'x', 'domain_name': 'x',
            'organization_policy_id': 'x', 'source_project_id': 'x'}

    def test_every_route(self):
        project = 'other-' + self.project
        session = self.cloud.session(project)
        bodies = self.bodies()
        before = self.picture()
        secrets = [self.ids[name] for name in (
            'vault_id', 'backup_id', 'checkpoint_id', 'policy_id',
            'operation_log_id', 'instance_id')] + ['secret']
        for each in routes.ROUTES:
            method, path = each.operation
            ours = [name for name in self.ids if '{%s}' % name in path
                    and self.ids[name] in secrets]
            url = self.cloud.endpoint['cbr'] + path.format(
                project_id=project, **self.ids)
            body = bodies.pop(each.rule.removeprefix('evs_fake:cbr:')) if (
                each.body is not None) else None
            response = session.request(url, method, json=body,
                                       raise_exc=False)
            where = '%s %s: %s %s' % (
                method, path, response.status_code, response.text)
            if each.rule.endswith(':unavailable'):
                self.assertEqual(400, response.status_code, where)
            elif ours or body and any(
                    secret in json.dumps(body) for secret in secrets):
                self.assertEqual(404, response.status_code, where)
            else:
                self.assertEqual(each.status, response.status_code, where)
                for secret in secrets:
                    self.assertNotIn(secret, response.text, where)
        self.assertEqual({}, bodies)
        self.assertEqual(before, self.picture())

    def picture(self):
        return [str(each) for each in (
            self.vault(self.the_vault), self.backups(), self.logs(),
            self.cbr.list_policies(model.ListPoliciesRequest()))]


class TestCrash(CbrTestCase):

    def make_cloud(self):
        own = self.useFixture(cloud.CloudFixture()).cloud
        own.start()
        return own

    def test_in_the_middle_of_a_checkpoint(self):
        volume = self.create_volume()
        vault = self.create_vault(volume)
        self.hold(volume)
        checkpoint = self.back_up(vault)
        self.until_backing_up()
        self.cloud.kill()
        self.cloud.start()
        self.cinder = self.cloud.client(self.project)
        self.cbr = self.client(self.project)
        self.wait_checkpoint(checkpoint, 'error')
        self.wait_logs('failed')
        self.assertEqual(['error'], [each.status for each in self.backups()])
        cloud.until(lambda: not self.system_snapshots(), 'the snapshot\'s')
        self.wait_for(self.cinder.volumes, volume, 'available')
        self.assertEqual(0, self.used(vault))
        self.release(volume)
        self.wait_checkpoint(self.back_up(vault))
