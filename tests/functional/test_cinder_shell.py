# SPDX-License-Identifier: Apache-2.0
"""The stock ``cinder`` command."""

import pathlib
import shutil

import fixtures
from cinderclient import api_versions
from cinderclient import exceptions as cinder_exceptions

from evs_fake import states
from tests.functional import cloud
from tests.functional import commands
from tests.functional import shell

OLD = b'old bytes ' * 1000
NEW = b'new bytes ' * 1000


class CinderTestCase(shell.ShellTestCase):

    def make_volume(self, *arguments):
        """Create a volume of 1 GiB by the command; the volume."""
        shown = self.cinder_show('create', '1', *arguments)
        return self.volume_available(shown['id'])

    def volume_available(self, id):
        return self.wait_for(self.cinder.volumes,
                             self.cinder.volumes.get(id), 'available')

    def make_snapshot(self, volume, *arguments):
        """Create a snapshot by the command; the snapshot."""
        shown = self.cinder_show('snapshot-create', volume.id, *arguments)
        return self.snapshot_available(shown['id'])

    def snapshot_available(self, id):
        manager = self.cinder.volume_snapshots
        return self.wait_for(manager, manager.get(id), 'available')

    def make_backup(self, volume, *arguments):
        """Create a backup by the command; the backup."""
        shown = self.cinder_show('backup-create', volume.id, *arguments)
        return self.backup_available(shown['id'])

    def backup_available(self, id):
        return self.wait_for(self.cinder.backups,
                             self.cinder.backups.get(id), 'available')

    def names(self, *arguments):
        return [row['Name'] for row in self.cinder_rows(*arguments)]

    def ids(self, *arguments):
        return [row['ID'] for row in self.cinder_rows(*arguments)]


class TestEnvironment(CinderTestCase):

    def test_microversion_is_the_highest_common_one(self):
        versions = self.cloud.session().get(self.cloud.url + '/').json()
        server = api_versions.APIVersion(versions['versions'][0]['version'])
        client = api_versions.APIVersion(api_versions.MAX_VERSION)
        self.assertEqual(
            min(server, client).get_string(),
            self.environment['OS_VOLUME_API_VERSION'])


class VolumesMixin:

    def test_create_list_show_rename_extend_delete(self):
        # An administrator's shell finds names in every project.
        name = 'disk-of-' + self.project
        renamed = 'data-of-' + self.project
        volume = self.make_volume('--name', name, '--metadata', 'key=value')
        self.assertEqual([name], self.names('list'))
        shown = self.cinder_show('show', name)
        self.assertEqual(volume.id, shown['id'])
        self.assertEqual('available', shown['status'])
        self.assertEqual(self.project, shown['os-vol-tenant-attr:tenant_id'])

        self.run_cinder('rename', name, renamed)
        self.assertEqual(renamed, self.cinder_show('show', volume.id)['name'])

        self.run_cinder('extend', volume.id, '3')
        volume = self.volume_available(volume.id)
        self.assertEqual(3, volume.size)

        self.run_cinder('delete', renamed)
        self.wait_gone(self.cinder.volumes, volume)
        self.assertEqual([], self.names('list'))


class TestVolumes(VolumesMixin, CinderTestCase):

    def test_create_from_snapshot_and_from_volume(self):
        source = self.create_volume()
        self.write(source, OLD)
        snapshot = self.create_snapshot(source)
        self.write(source, NEW)

        restored = self.make_volume('--snapshot-id', snapshot.id)
        self.assertEqual(snapshot.id, restored.snapshot_id)
        self.assertEqual(OLD, self.read(restored, len(OLD)))

        cloned = self.make_volume('--source-volid', source.id)
        self.assertEqual(source.id, cloned.source_volid)
        self.assertEqual(NEW, self.read(cloned, len(NEW)))

    def test_delete_cascade(self):
        volume = self.create_volume()
        snapshots = [self.create_snapshot(volume) for _ in range(2)]
        self.run_cinder('delete', '--cascade', volume.id)
        self.wait_gone(self.cinder.volumes, volume)
        for snapshot in snapshots:
            self.wait_gone(self.cinder.volume_snapshots, snapshot)


class TestWithoutMicroversion(CinderTestCase):
    """Without OS_VOLUME_API_VERSION, the command takes its newest."""

    ENVIRONMENT = {'OS_VOLUME_API_VERSION': None}
    RUN = staticmethod(commands.run_executable)

    def test_rollback(self):
        volume = self.make_volume()
        snapshot = self.make_snapshot(volume)
        self.run_cinder('revert-to-snapshot', snapshot.id)
        self.volume_available(volume.id)
        self.snapshot_available(snapshot.id)
        self.assertEqual([snapshot.id], self.ids(
            'snapshot-list', '--status', 'available'))


class TestVolumesBaseMicroversion(VolumesMixin, CinderTestCase):

    ENVIRONMENT = {'OS_VOLUME_API_VERSION': '3.0'}


class SnapshotsMixin:

    def test_create_list_show_rename_metadata_delete(self):
        volume = self.create_volume()
        snapshot = self.make_snapshot(volume, '--name', 'before')
        self.assertEqual(['before'], self.names('snapshot-list'))
        shown = self.cinder_show('snapshot-show', 'before')
        self.assertEqual(snapshot.id, shown['id'])
        self.assertEqual('available', shown['status'])
        self.assertEqual(volume.id, shown['volume_id'])

        self.run_cinder('snapshot-rename', 'before', 'after')
        self.assertEqual(['after'], self.names('snapshot-list'))

        self.run_cinder('snapshot-metadata', snapshot.id, 'set',
                        'key=value', 'other=one')
        self.run_cinder('snapshot-metadata', snapshot.id, 'unset', 'other')
        self.assertEqual(
            [{'Metadata-property': 'key', 'Value': 'value'}],
            self.cinder_rows('snapshot-metadata-show', snapshot.id))

        self.run_cinder('snapshot-delete', 'after')
        self.wait_gone(self.cinder.volume_snapshots, snapshot)


class TestSnapshots(SnapshotsMixin, CinderTestCase):

    def test_reset_state(self):
        volume = self.create_volume()
        expected = {}
        for status in states.SNAPSHOT_STATUSES:
            snapshot = self.create_snapshot(volume)
            self.run_cinder('snapshot-reset-state', '--state', status,
                            snapshot.id)
            expected[snapshot.id] = status
        listed = self.cinder_rows('snapshot-list')
        self.assertEqual(expected,
                         {row['ID']: row['Status'] for row in listed})
        for status in ('available', 'rollbacking', 'backing-up'):
            listed = self.cinder_rows('snapshot-list', '--status', status)
            self.assertEqual(
                [(id, status) for id in expected if expected[id] == status],
                [(row['ID'], row['Status']) for row in listed])
        self.run_cinder('snapshot-reset-state', *expected)
        self.assertEqual(
            set(expected),
            set(self.ids('snapshot-list', '--status', 'available')))

    def test_create_of_a_volume_in_use(self):
        volume = self.create_volume()
        self.write(volume, OLD)
        attachment = self.cinder_show('attachment-create', volume.id)
        self.run_cinder('attachment-update', attachment['id'])
        self.run_cinder('attachment-complete', attachment['id'])
        self.assertEqual('in-use',
                         self.cinder_show('show', volume.id)['status'])

        snapshot = self.make_snapshot(volume)
        self.assertEqual('in-use',
                         self.cinder_show('show', volume.id)['status'])
        self.run_cinder('attachment-delete', attachment['id'])
        restored = self.make_volume('--snapshot-id', snapshot.id)
        self.assertEqual(OLD, self.read(restored, len(OLD)))

    def test_list_rollbacking(self):
        volume = self.create_volume()
        self.write(volume, OLD)
        snapshot = self.create_snapshot(volume)
        self.create_snapshot(self.create_volume())
        self.write(volume, NEW)
        self.run_cinder('snapshot-metadata', snapshot.id, 'set',
                        'evs_fake:snapshot-rollback=hold')
        self.assertEqual(202, self.rollback(snapshot, volume).status_code)
        self.wait_for(self.cinder.volume_snapshots, snapshot, 'rollbacking')

        listed = self.cinder_rows('snapshot-list', '--status', 'rollbacking')
        self.assertEqual([(snapshot.id, 'rollbacking')],
                         [(row['ID'], row['Status']) for row in listed])
        self.assertEqual('rollbacking', self.cinder_show(
            'snapshot-show', snapshot.id)['status'])
        self.assertEqual('rollbacking',
                         self.cinder_show('show', volume.id)['status'])
        self.assertEqual([volume.id],
                         self.ids('list', '--status', 'rollbacking'))

        self.run_cinder('snapshot-metadata', snapshot.id, 'unset',
                        'evs_fake:snapshot-rollback')
        self.volume_available(volume.id)
        self.assertEqual(OLD, self.read(volume, len(OLD)))
        self.assertEqual(
            [], self.ids('snapshot-list', '--status', 'rollbacking'))

    def test_list_backing_up(self):
        volume = self.create_volume(
            metadata={'evs_fake:backup-create': 'hold'})
        backup = self.cinder_show('backup-create', volume.id)

        def listed():
            return self.cinder_rows('snapshot-list', '--status', 'backing-up')

        [row] = cloud.until(listed, 'a snapshot in backing-up')
        self.assertEqual(volume.id, row['Volume ID'])
        self.assertEqual('backing-up', row['Status'])
        self.assertTrue(row['Name'].startswith('autobk_snapshot_vbs_'),
                        row['Name'])
        self.assertEqual('backing-up', self.cinder_show(
            'snapshot-show', row['ID'])['status'])

        self.run_cinder('metadata', volume.id, 'unset',
                        'evs_fake:backup-create')
        self.backup_available(backup['id'])
        self.assertEqual([], listed())

    def test_revert(self):
        volume = self.create_volume()
        self.write(volume, OLD)
        snapshot = self.create_snapshot(volume)
        self.write(volume, NEW)
        self.run_cinder('revert-to-snapshot', snapshot.id)
        self.volume_available(volume.id)
        self.snapshot_available(snapshot.id)
        self.assertEqual(OLD, self.read(volume, len(OLD)))


class TestSnapshotsBaseMicroversion(SnapshotsMixin, CinderTestCase):

    ENVIRONMENT = {'OS_VOLUME_API_VERSION': '3.0'}


class BackupsMixin:

    def test_of_a_volume(self):
        volume = self.create_volume()
        self.write(volume, OLD)
        backup = self.make_backup(volume, '--name', 'full')
        self.assertEqual(['full'], self.names('backup-list'))
        shown = self.cinder_show('backup-show', 'full')
        self.assertEqual('available', shown['status'])
        self.assertEqual('False', shown['is_incremental'])

        self.write(volume, NEW)
        self.run_cinder('backup-restore', '--volume', volume.id, backup.id)
        self.backup_available(backup.id)
        self.volume_available(volume.id)
        self.assertEqual(OLD, self.read(volume, len(OLD)))

        restored = self.cinder_show('backup-restore', '--name', 'new',
                                    backup.id)
        self.assertEqual('new', restored['volume_name'])
        self.backup_available(backup.id)
        new = self.volume_available(restored['volume_id'])
        self.assertEqual(OLD, self.read(new, len(OLD)))

        self.run_cinder('backup-delete', 'full')
        self.wait_gone(self.cinder.backups, backup)
        self.assertEqual([], self.names('backup-list'))


class TestBackups(BackupsMixin, CinderTestCase):

    def test_of_a_snapshot(self):
        volume = self.create_volume()
        self.write(volume, OLD)
        snapshot = self.create_snapshot(volume)
        self.write(volume, NEW)
        backup = self.make_backup(volume, '--snapshot-id', snapshot.id)
        self.assertEqual(snapshot.id, self.cinder_show(
            'backup-show', backup.id)['snapshot_id'])
        self.snapshot_available(snapshot.id)
        restored = self.cinder_show('backup-restore', backup.id)
        self.backup_available(backup.id)
        new = self.volume_available(restored['volume_id'])
        self.assertEqual(OLD, self.read(new, len(OLD)))

    def test_incremental(self):
        volume = self.create_volume()
        self.write(volume, OLD)
        full = self.make_backup(volume)
        self.write(volume, NEW, offset=2 ** 29)
        incremental = self.make_backup(volume, '--incremental')
        self.assertTrue(incremental.is_incremental)
        self.assertTrue(self.backup_available(full.id).has_dependent_backups)

        restored = self.cinder_show('backup-restore', incremental.id)
        self.backup_available(incremental.id)
        new = self.volume_available(restored['volume_id'])
        self.assertEqual(OLD, self.read(new, len(OLD)))
        self.assertEqual(NEW, self.read(new, len(NEW), offset=2 ** 29))

    def test_export_and_import(self):
        volume = self.create_volume()
        self.write(volume, OLD)
        backup = self.make_backup(volume)
        record = self.cinder_show('backup-export', backup.id)
        # Any Cinder can import it.
        self.assertEqual('cinder.backup.drivers.posix.PosixBackupDriver',
                         record['backup_service'])
        # Cinder imports only what it has no record of. To delete the record
        # is to delete the bytes, which here stay as they would elsewhere.
        bytes_ = self.cloud.state_dir / 'backups' / backup.container
        kept = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        shutil.copytree(bytes_, kept, dirs_exist_ok=True)
        self.run_cinder('backup-delete', backup.id)
        self.wait_gone(self.cinder.backups, backup)
        shutil.copytree(kept, bytes_, dirs_exist_ok=True)

        self.run_cinder('backup-import', record['backup_service'],
                        record['backup_url'])
        self.backup_available(backup.id)
        restored = self.cinder_show('backup-restore', backup.id)
        self.backup_available(backup.id)
        new = self.volume_available(restored['volume_id'])
        self.assertEqual(OLD, self.read(new, len(OLD)))


class TestBackupsBaseMicroversion(BackupsMixin, CinderTestCase):

    ENVIRONMENT = {'OS_VOLUME_API_VERSION': '3.0'}


class TestTypes(CinderTestCase):

    def test_type_of_a_back_end(self):
        # Types belong to no project: the name is this test's own.
        name = 'type-' + self.project
        self.run_cinder('type-create', name)
        self.addCleanup(self.run_cinder, 'type-delete', name)
        self.run_cinder('type-key', name, 'set',
                        'volume_backend_name=evs-2')
        self.assertIn(name, self.names('type-list'))
        self.assertEqual('volume_backend_name : evs-2', self.cinder_show(
            'type-show', name)['extra_specs'])
        volume = self.make_volume('--volume-type', name)
        shown = self.cinder_show('show', volume.id)
        self.assertEqual(name, shown['volume_type'])
        self.assertIn(shown['os-vol-host-attr:host'],
                      self.cloud.hosts('evs-2'))
        self.run_cinder('delete', volume.id)
        self.wait_gone(self.cinder.volumes, volume)
        self.run_cinder('type-key', name, 'unset', 'volume_backend_name')
        self.assertEqual('', self.cinder_show(
            'type-show', name)['extra_specs'])

    def test_qos(self):
        name = 'qos-' + self.project
        created = self.cinder_show('qos-create', name, 'consumer=front-end',
                                   'read_iops_sec=100')
        qos = created['id']
        self.addCleanup(self.run_cinder, 'qos-delete', qos)
        [type_] = self.cinder_rows('type-create', name)
        self.addCleanup(self.run_cinder, 'type-delete', name)
        self.assertIn(name, self.names('qos-list'))
        self.run_cinder('qos-associate', qos, type_['ID'])
        self.assertEqual(
            [name], self.names('qos-get-association', qos))
        self.run_cinder('qos-key', qos, 'set', 'write_iops_sec=50')
        specs = self.cinder_show('qos-show', qos)['specs']
        self.assertIn('read_iops_sec : 100', specs)
        self.run_cinder('qos-disassociate', qos, type_['ID'])
        self.assertEqual([], self.cinder.qos_specs.get_associations(qos))


class TestQuota(CinderTestCase):

    def test_show_update_and_enforcement(self):
        self.assertEqual('-1', self.cinder_show(
            'quota-show', self.project)['volumes'])
        self.run_cinder('quota-update', '--volumes', '1', self.project)
        self.assertEqual('1', self.cinder_show(
            'quota-show', self.project)['volumes'])
        volume = self.make_volume()
        used = {row['Type']: row['In_use'] for row in self.cinder_rows(
            'quota-usage', self.project)}
        self.assertEqual('1', used['volumes'])
        refused = self.assertRaises(
            shell.CommandFailed, self.run_cinder, 'create', '1')
        self.assertIn('413', str(refused))
        self.run_cinder('delete', volume.id)
        self.wait_gone(self.cinder.volumes, volume)
        self.make_volume()


class TestServices(CinderTestCase):

    def test_service_list(self):
        services = self.cinder_rows('service-list')
        self.assertEqual(
            [(*each, 'up') for each in self.cloud.services],
            sorted((service['Binary'], service['Host'], service['State'])
                   for service in services))

    def test_get_pools(self):
        pools = self.run_cinder('get-pools', '--detail')
        for name in self.cloud.pools.values():
            self.assertIn(name, pools)

    def test_availability_zone_list(self):
        zones = self.cinder_rows('availability-zone-list')
        self.assertEqual([('nova', 'available')],
                         [(zone['Name'], zone['Status']) for zone in zones])


class TestTransfers(CinderTestCase):

    def test_to_another_project(self):
        volume = self.create_volume(name='gift')
        self.write(volume, OLD)
        transfer = self.cinder_show('transfer-create', volume.id)
        self.assertEqual([transfer['id']], self.ids('transfer-list'))
        self.assertEqual(volume.id, self.cinder_show(
            'transfer-show', transfer['id'])['volume_id'])
        other = self.project + '-2'
        self.run_cinder('transfer-accept', transfer['id'],
                        transfer['auth_key'],
                        environment=self.environment_of(other))
        self.assertEqual([], self.ids('list'))
        volume = self.cloud.client(other).volumes.get(volume.id)
        self.assertEqual('available', volume.status)
        self.assertEqual(OLD, self.read(volume, len(OLD)))

    def test_deleted(self):
        volume = self.create_volume()
        transfer = self.cinder_show('transfer-create', volume.id)
        self.assertEqual('awaiting-transfer',
                         self.cinder_show('show', volume.id)['status'])
        self.run_cinder('transfer-delete', transfer['id'])
        self.assertEqual([], self.ids('transfer-list'))
        self.volume_available(volume.id)


class TestAttachments(CinderTestCase):

    def test_life(self):
        volume = self.create_volume()
        created = self.cinder_show('attachment-create', volume.id)
        id = created['id']
        self.assertEqual([id], self.ids('attachment-list'))
        self.assertEqual('reserved',
                         self.cinder_show('show', volume.id)['status'])
        self.run_cinder('attachment-update', id, '--host', 'laptop')
        shown = self.cinder_show('attachment-show', id)
        self.assertEqual('local', shown['driver_volume_type'])
        self.assertEqual(self.device(volume), shown['device_path'])
        self.run_cinder('attachment-complete', id)
        self.assertEqual('attached', self.cinder_show(
            'attachment-show', id)['status'])
        self.assertEqual('in-use',
                         self.cinder_show('show', volume.id)['status'])
        self.run_cinder('attachment-delete', id)
        self.assertRaises(cinder_exceptions.NotFound,
                          self.cinder.attachments.show, id)
        self.volume_available(volume.id)
