# SPDX-License-Identifier: Apache-2.0
"""State survives the end of the process, however it ends."""

import concurrent.futures
import random

from cinderclient import exceptions as cinder_exceptions
from keystoneauth1 import exceptions as keystone_exceptions
from testtools import content

from evs_fake.storage import loader
from tests.functional import base
from tests.functional import cloud
from tests.functional import scale

OLD = b'old bytes ' * 10000
NEW = b'new bytes ' * 10000
#: The second half of a volume, so that its bytes are in two places.
FAR = 1 << 29


class RestartTestCase(base.CloudTestCase):

    def make_cloud(self):
        own = self.useFixture(cloud.CloudFixture()).cloud
        own.start()
        return own

    def restart(self, end):
        """End the cloud, start it again and wait for what it settles.

        :returns: the exit code.
        """
        code = end()
        self.start_again()
        return code

    def start_again(self):
        self.cloud.start()
        self.cinder = self.cloud.client(self.project)

    def crash(self):
        self.restart(self.cloud.kill)

    def until_held(self, operation, count=1):
        cloud.until(
            lambda: self.cloud.log().count(
                'Holding ' + operation) >= count,
            'the hold of ' + operation)

    def assert_clean(self):
        """Nothing on its way, nothing orphaned, nothing counted wrong."""
        self.wait_settled()
        self.assertEqual([], self.cloud.stored(
            'SELECT id, display_name, status FROM snapshots '
            "WHERE NOT deleted AND display_name LIKE 'autobk%'"))
        # A row of work goes just after its resource has come to rest.
        cloud.until(lambda: not self.cloud.stored(
            'SELECT id FROM workers '
            "WHERE resource_type <> 'SENTINEL'"), 'the end of all work')
        statuses = {
            row[0]: '%s of %s' % (row[1], table)
            for table in ('volumes', 'snapshots')
            for row in self.cloud.stored(
                'SELECT id, status FROM %s WHERE NOT deleted' % table)}
        files = self.cloud.pool_files()
        self.assertEqual(set(), files - statuses.keys())
        self.assertEqual({}, {
            each: status for each, status in statuses.items()
            if each not in files
            and not status.startswith(('error of', 'error_deleting of'))})
        self.assertEqual(self.expected_usage(), self.quota_usage())

    def expected_usage(self):
        counted = {}
        for name, gigabytes, table, size in (
                ('volumes', 'gigabytes', 'volumes', 'size'),
                ('snapshots', 'gigabytes', 'snapshots', 'volume_size'),
                ('backups', 'backup_gigabytes', 'backups', 'size')):
            count, total = self.cloud.stored(
                'SELECT count(*), sum(%s) FROM %s '
                'WHERE NOT deleted AND project_id = ?' % (size, table),
                self.project)[0]
            counted[name] = count
            counted[gigabytes] = counted.get(gigabytes, 0) + (total or 0)
        return {name: count for name, count in counted.items() if count}

    def write_both(self, volume, data):
        self.write(volume, data)
        self.write(volume, data, FAR)

    def read_both(self, volume):
        both = {self.read(volume, len(OLD)), self.read(volume, len(OLD), FAR)}
        self.assertEqual(1, len(both))
        return both.pop()

    def remove_all(self):
        """Delete all through the API; the pool and the quota are empty."""
        for manager in (self.cinder.backups, self.cinder.volume_snapshots,
                        self.cinder.volumes):
            for each in manager.list():
                manager.delete(each.id)
            self.wait_settled()
            self.assertEqual({}, self.statuses(manager))
        self.assert_clean()
        self.assertEqual({}, self.quota_usage())
        self.assertEqual(set(), self.cloud.pool_files())


class TestEnd(RestartTestCase):
    """Nothing under way."""

    def setUp(self):
        super().setUp()
        self.volume = self.create_volume()
        self.write_both(self.volume, OLD)
        self.snapshot = self.create_snapshot(self.volume)
        self.write_both(self.volume, NEW)
        self.backup = self.cinder.backups.create(
            self.volume.id, snapshot_id=self.snapshot.id)
        self.wait_for(self.cinder.backups, self.backup, 'available')

    def assert_all_there(self):
        self.assert_clean()
        self.assertEqual({self.volume.id: 'available'},
                         self.statuses(self.cinder.volumes))
        self.assertEqual({self.snapshot.id: 'available'},
                         self.statuses(self.cinder.volume_snapshots))
        self.assertEqual({self.backup.id: 'available'},
                         self.statuses(self.cinder.backups))
        self.assertEqual(NEW, self.read_both(self.volume))
        self.rollback(self.snapshot, self.volume)
        self.wait_for(self.cinder.volumes, self.volume, 'available')
        self.assertEqual(OLD, self.read_both(self.volume))

    def test_sigterm(self):
        self.assertEqual(0, self.restart(self.cloud.stop))
        self.assert_all_there()

    def test_sigkill(self):
        self.crash()
        self.assert_all_there()


class TestHeld(RestartTestCase):
    """Killed, or asked to end, amid an operation that is held."""

    def setUp(self):
        super().setUp()
        self.volume = self.create_volume()
        self.write_both(self.volume, OLD)

    def test_snapshot_creation(self):
        snapshot = self.cinder.volume_snapshots.create(
            self.volume.id, metadata={'evs_fake:snapshot-create': 'hold'})
        self.until_held('snapshot-create')
        self.crash()
        self.wait_for(self.cinder.volume_snapshots, snapshot, 'error')
        self.assert_clean()
        self.remove_all()

    def test_snapshot_deletion(self):
        """Is taken up again, and obeys the fault again."""
        snapshot = self.create_snapshot(
            self.volume, metadata={'evs_fake:snapshot-delete': 'hold'})
        self.cinder.volume_snapshots.delete(snapshot)
        self.until_held('snapshot-delete')
        self.crash()
        self.until_held('snapshot-delete', 2)
        self.assertEqual(
            'deleting', self.cinder.volume_snapshots.get(snapshot.id).status)
        # Other work goes on meanwhile.
        self.create_snapshot(self.create_volume())
        self.cinder.volume_snapshots.delete_metadata(
            snapshot, ['evs_fake:snapshot-delete'])
        self.wait_gone(self.cinder.volume_snapshots, snapshot)
        self.assert_clean()
        self.assertEqual(OLD, self.read_both(self.volume))
        self.remove_all()

    def test_snapshot_deletion_that_fails_then(self):
        snapshot = self.create_snapshot(
            self.volume, metadata={'evs_fake:snapshot-delete': 'hold'})
        self.cinder.volume_snapshots.delete(snapshot)
        self.until_held('snapshot-delete')
        self.crash()
        self.until_held('snapshot-delete', 2)
        self.cinder.volume_snapshots.set_metadata(
            snapshot, {'evs_fake:snapshot-delete': 'fail'})
        self.wait_for(
            self.cinder.volume_snapshots, snapshot, 'error_deleting')
        self.assert_clean()
        self.assertIn(snapshot.id, self.cloud.pool_files())

    def test_rollback(self):
        snapshot = self.create_snapshot(
            self.volume, metadata={'evs_fake:snapshot-rollback': 'hold'})
        self.write_both(self.volume, NEW)
        self.rollback(snapshot, self.volume)
        self.until_held('snapshot-rollback')
        self.crash()
        self.wait_for(
            self.cinder.volumes, self.volume, 'error_rollbacking')
        self.wait_for(self.cinder.volume_snapshots, snapshot, 'available')
        self.assert_clean()
        self.assertEqual(NEW, self.read_both(self.volume))
        self.cinder.volume_snapshots.delete_metadata(
            snapshot, ['evs_fake:snapshot-rollback'])
        response = self.rollback(snapshot, self.volume)
        self.assertEqual(202, response.status_code, response.text)
        self.wait_for(self.cinder.volumes, self.volume, 'available')
        self.assertEqual(OLD, self.read_both(self.volume))
        self.remove_all()

    def test_backup_of_volume(self):
        self.cinder.volumes.set_metadata(
            self.volume, {'evs_fake:backup-create': 'hold'})
        backup = self.cinder.backups.create(self.volume.id)
        self.until_held('backup-create')
        self.crash()
        self.wait_for(self.cinder.backups, backup, 'error')
        self.wait_for(self.cinder.volumes, self.volume, 'available')
        self.assert_clean()
        self.cinder.volumes.delete_metadata(
            self.volume, ['evs_fake:backup-create'])
        again = self.cinder.backups.create(self.volume.id)
        self.wait_for(self.cinder.backups, again, 'available')
        self.remove_all()

    def test_backup_of_snapshot(self):
        snapshot = self.create_snapshot(
            self.volume, metadata={'evs_fake:backup-create': 'hold'})
        backup = self.cinder.backups.create(
            self.volume.id, snapshot_id=snapshot.id)
        self.until_held('backup-create')
        self.crash()
        self.wait_for(self.cinder.backups, backup, 'error')
        self.wait_for(self.cinder.volume_snapshots, snapshot, 'available')
        self.assert_clean()
        self.remove_all()

    def test_volume_creation_deletion_and_extension(self):
        # Several, so that both back ends have some.
        deleted = [self.create_volume(
            metadata={'evs_fake:volume-delete': 'hold'}) for _ in range(4)]
        for volume in deleted:
            self.cinder.volumes.delete(volume)
        created = [self.cinder.volumes.create(
            1, metadata={'evs_fake:volume-create': 'hold'}) for _ in range(4)]
        self.cinder.volumes.set_metadata(
            self.volume, {'evs_fake:volume-extend': 'hold'})
        self.cinder.volumes.extend(self.volume, 2)
        self.until_held('volume-delete', 4)
        self.until_held('volume-create', 4)
        self.until_held('volume-extend')
        self.crash()
        for volume in created:
            self.wait_for(self.cinder.volumes, volume, 'error')
        self.wait_for(self.cinder.volumes, self.volume, 'error_extending')
        self.assertEqual(1, self.cinder.volumes.get(self.volume.id).size)
        for volume in deleted:
            self.assertEqual(
                'deleting', self.cinder.volumes.get(volume.id).status)
            self.cinder.volumes.delete_metadata(
                volume, ['evs_fake:volume-delete'])
        for volume in deleted:
            self.wait_gone(self.cinder.volumes, volume)
        self.assert_clean()
        self.assertEqual(OLD, self.read_both(self.volume))
        self.remove_all()

    def test_deletion_of_volume_with_its_snapshots(self):
        held = self.create_snapshot(
            self.volume, metadata={'evs_fake:snapshot-delete': 'hold'})
        self.create_snapshot(self.volume)
        self.cinder.volumes.delete(self.volume, cascade=True)
        self.until_held('snapshot-delete')
        self.crash()
        self.until_held('snapshot-delete', 2)
        self.cinder.volume_snapshots.delete_metadata(
            held, ['evs_fake:snapshot-delete'])
        self.wait_gone(self.cinder.volumes, self.volume)
        self.assert_clean()
        self.assertEqual({}, self.quota_usage())
        self.assertEqual(set(), self.cloud.pool_files())

    def test_sigterm(self):
        """A held operation does not keep the cloud from ending."""
        snapshot = self.cinder.volume_snapshots.create(
            self.volume.id, metadata={'evs_fake:snapshot-create': 'hold'})
        self.until_held('snapshot-create')
        self.assertEqual(0, self.restart(self.cloud.stop))
        self.wait_for(self.cinder.volume_snapshots, snapshot, 'error')
        self.assert_clean()
        self.remove_all()


class TestLostRequests(RestartTestCase):
    """Killed in moments that are too short to hit."""

    #: What was stored, and what becomes of it.
    VOLUMES = {
        'creating': 'error',
        'backing-up': 'available',
        'restoring-backup': 'error_restoring',
        'extending': 'error_extending',
        'attaching': 'available',
        'detaching': 'available',
        'reserved': 'available',
        'retyping': 'available',
        'managing': 'error_managing',
        'reverting': 'error_rollbacking',
    }
    SNAPSHOTS = {
        'creating': 'error',
        'backing-up': 'available',
        'restoring': 'available',
        'unmanaging': 'error_deleting',
    }

    def test_statuses_without_work(self):
        volumes = {status: self.cinder.volumes.create(1)
                   for status in self.VOLUMES}
        snapshots = {
            status: self.cinder.volume_snapshots.create(
                volumes['attaching'].id) for status in self.SNAPSHOTS}
        self.wait_settled()
        reserved = self.create_volume()
        self.cinder.attachments.create(reserved.id, {}, None)
        self.cloud.kill()
        for status, volume in volumes.items():
            self.set_stored_status('volumes', volume, status)
        for status, snapshot in snapshots.items():
            self.set_stored_status('snapshots', snapshot, status)
        self.start_again()
        self.wait_settled([reserved.id])
        found = dict(self.cloud.stored('SELECT id, status FROM volumes'))
        self.assertEqual('reserved', found[reserved.id])
        self.assertEqual(self.VOLUMES, {
            status: found[volume.id] for status, volume in volumes.items()})
        found = dict(self.cloud.stored('SELECT id, status FROM snapshots'))
        self.assertEqual(self.SNAPSHOTS, {
            status: found[snapshot.id]
            for status, snapshot in snapshots.items()})
        self.assertEqual(
            self.cloud.pool_files(),
            {each.id for each in (*volumes.values(), *snapshots.values(),
                                  reserved)}
            - {volumes['creating'].id, snapshots['creating'].id})

    def test_before_scheduling_and_in_migration(self):
        volume = self.create_volume()
        moved = self.create_volume()
        self.write(moved, OLD)
        backup = self.cinder.backups.create(volume.id)
        self.wait_for(self.cinder.backups, backup, 'available')
        other = self.create_volume()
        self.cloud.kill()
        self.cloud.alter("UPDATE volumes SET status = 'creating', "
                         'host = NULL WHERE id = ?', other.id)
        self.cloud.alter("UPDATE backups SET status = 'creating', "
                         'host = NULL WHERE id = ?', backup.id)
        # What no back end was given has no bytes.
        self.cloud.pool_file(other.id).unlink()
        self.cloud.alter("UPDATE volumes SET migration_status = 'migrating' "
                         'WHERE id = ?', moved.id)
        here = self.cloud.pool_file(moved.id)
        copy, = (path / moved.id for path
                 in self.cloud.state_dir.glob('pools/*/volumes')
                 if path != here.parent)
        # As the driver does.
        target = loader.load('file', copy.parents[1])
        target.setup()
        target.begin_move(moved.id, is_arriving=True)
        target.import_volume(moved.id, here)
        target.close()
        self.assertTrue(copy.exists())
        self.start_again()
        self.wait_for(self.cinder.backups, backup, 'error')
        self.wait_for(self.cinder.volumes, other, 'error')
        # It is where it was, and can be migrated again.
        self.assertFalse(copy.exists())
        self.assertEqual(OLD, self.read(moved, len(OLD)))
        self.cinder.volumes.migrate_volume(
            moved.id, 'evs-fake@%s#%s' % ((copy.parent.parent.name,) * 2),
            False, False)
        cloud.until(lambda: self.cloud.stored(
            "SELECT id FROM volumes WHERE migration_status = 'success'"),
            'the migration')
        self.forget_device(moved)
        self.assertEqual(OLD, self.read(moved, len(OLD)))
        self.assert_clean()
        self.remove_all()

    def test_deletion_of_volume_with_its_snapshots(self):
        """Which had marked only the volume, and then only one snapshot."""
        volume = self.create_volume()
        first = self.create_snapshot(volume)
        self.create_snapshot(volume)
        self.cloud.kill()
        self.set_stored_status('volumes', volume, 'deleting')
        self.set_stored_status('snapshots', first, 'deleting')
        self.start_again()
        self.assert_clean()
        self.assertEqual({}, self.statuses(self.cinder.volumes))
        self.assertEqual({}, self.quota_usage())
        self.assertEqual(set(), self.cloud.pool_files())

    def test_backup_of_snapshot_that_is_being_deleted(self):
        """Cinder's backup API overwrites the status of the deletion."""
        volume = self.create_volume()
        backed_up = self.create_snapshot(volume)
        backup = self.cinder.backups.create(
            volume.id, snapshot_id=backed_up.id)
        self.wait_for(self.cinder.backups, backup, 'available')
        lost = self.create_snapshot(volume)
        self.cloud.kill()
        self.cloud.pool_file(backed_up.id).unlink()
        self.cloud.pool_file(lost.id).unlink()
        self.set_stored_status('snapshots', backed_up, 'backing-up')
        self.set_stored_status('snapshots', lost, 'backing-up')
        self.set_stored_status('backups', backup, 'creating')
        self.start_again()
        self.assert_clean()
        self.assertEqual({backed_up.id: 'error', lost.id: 'error'},
                         self.statuses(self.cinder.volume_snapshots))
        self.remove_all()

    def test_system_snapshot_without_backup(self):
        volume = self.create_volume()
        snapshot = self.create_snapshot(volume)
        self.cloud.kill()
        self.cloud.alter(
            "UPDATE snapshots SET status = 'backing-up', use_quota = 0, "
            "display_name = 'autobk_snapshot_vbs_lost' WHERE id = ?",
            snapshot.id)
        self.start_again()
        self.assert_clean()
        self.assertEqual({volume.id}, self.cloud.pool_files())

    #: What a backup had stored when the cloud died, in the order of its
    #: life: whether it was linked to the system's snapshot, the status of
    #: that (None before there is one), whether that had bytes, and the
    #: status of the backup, which the first clean-up has ended already.
    BACKUPS = (
        (False, None, False, 'creating'),
        (True, None, False, 'creating'),
        (True, 'creating', False, 'creating'),
        (True, 'creating', True, 'creating'),
        (True, 'backing-up', True, 'creating'),
        (True, 'backing-up', True, 'error'),
        (True, 'deleting', True, 'error'),
        (True, 'deleting', False, 'creating'),
        (False, 'deleting', True, 'creating'),
    )

    def test_backups_in_every_moment(self):
        volumes = [self.cinder.volumes.create(1) for _ in self.BACKUPS]
        self.wait_settled()
        backups = [self.cinder.backups.create(each.id) for each in volumes]
        self.wait_settled()
        snapshots = [self.cinder.volume_snapshots.create(each.id)
                     for each in volumes]
        self.wait_settled()
        self.cloud.kill()
        for volume, backup, snapshot, (
                linked, snapshot_status, has_bytes, status) in zip(
                    volumes, backups, snapshots, self.BACKUPS, strict=True):
            self.cloud.alter(
                'UPDATE backups SET status = ?, temp_snapshot_id = ? '
                'WHERE id = ?', status, snapshot.id if linked else None,
                backup.id)
            if status == 'creating':
                self.cloud.alter(
                    "UPDATE volumes SET status = 'backing-up', "
                    "previous_status = 'available' WHERE id = ?", volume.id)
            self.cloud.alter(
                'UPDATE snapshots SET status = ?, use_quota = 0, '
                'display_name = ? WHERE id = ?', snapshot_status or 'deleted',
                'autobk_snapshot_vbs_' + backup.id[:8], snapshot.id)
            if snapshot_status is None:
                self.cloud.alter(
                    'DELETE FROM snapshots WHERE id = ?', snapshot.id)
            if not has_bytes:
                self.cloud.pool_file(snapshot.id).unlink()
        self.start_again()
        self.wait_settled()
        self.assertEqual(
            dict.fromkeys([each.id for each in volumes], 'available'),
            self.statuses(self.cinder.volumes))
        self.assertEqual(
            dict.fromkeys([each.id for each in backups], 'error'),
            self.statuses(self.cinder.backups))
        self.assert_clean()
        self.remove_all()

    def test_quota(self):
        self.create_volume()
        self.cloud.kill()
        self.cloud.alter(
            'UPDATE quota_usages SET in_use = in_use + 3, reserved = 5 '
            'WHERE project_id = ?', self.project)
        self.cloud.alter(
            "INSERT INTO reservations (created_at, deleted, uuid, usage_id, "
            "project_id, resource, delta, expire) SELECT created_at, 0, "
            "'lost-' || id, id, project_id, resource, 5, '2999-01-01' "
            'FROM quota_usages WHERE project_id = ?', self.project)
        self.start_again()
        self.assertEqual({'volumes': 1, 'gigabytes': 1}, self.quota_usage())
        self.assertEqual([], self.cloud.stored(
            'SELECT uuid FROM reservations WHERE NOT deleted'))
        self.remove_all()


class TestBurst(RestartTestCase):
    """Killed at random moments during a burst of operations."""

    ROUNDS = scale.full_or(4, 2)
    CLIENTS = 8

    def setUp(self):
        super().setUp()
        self.seed = random.SystemRandom().getrandbits(32)
        self.addDetail('seed', content.text_content(str(self.seed)))
        self.random = random.Random(self.seed)

    def test_killed_at_random_moments(self):
        for _ in range(self.ROUNDS):
            volumes = [self.create_volume() for _ in range(4)]
            snapshots = []
            for volume in volumes:
                self.write_both(volume, OLD)
                snapshots.append(self.create_snapshot(volume))
                self.write_both(volume, NEW)
            self.burst(volumes, snapshots)
            self.assert_clean()
            there = self.statuses(self.cinder.volumes)
            for volume in volumes:
                if volume.id in there:
                    self.assertIn(self.read_both(volume), (OLD, NEW))
            self.remove_all()

    def burst(self, volumes, snapshots):
        """Ask for many things at once, and kill the cloud meanwhile."""
        cinder = self.cinder
        rolled, backed, deleted, extended = volumes
        requests = [
            lambda: self.rollback(snapshots[0], rolled),
            lambda: cinder.backups.create(backed.id),
            lambda: cinder.backups.create(
                extended.id, snapshot_id=snapshots[3].id),
            lambda: cinder.volumes.delete(deleted.id, cascade=True),
            lambda: cinder.volumes.extend(extended, 2),
            *[lambda: cinder.volumes.create(1)] * 6,
            *[lambda: cinder.volume_snapshots.create(extended.id)] * 6,
            *[lambda: cinder.volume_snapshots.delete(snapshots[3])] * 2,
        ]
        self.random.shuffle(requests)
        enough = self.random.randrange(1, len(requests))
        with concurrent.futures.ThreadPoolExecutor(self.CLIENTS) as clients:
            answers = [clients.submit(request) for request in requests]
            for number, _answer in enumerate(
                    concurrent.futures.as_completed(answers)):
                if number == enough:
                    self.cloud.kill()
                    break
        for answer in answers:
            # The kill, or what another request of the burst had done.
            self.assertIsInstance(answer.exception(), (
                type(None), keystone_exceptions.ConnectFailure,
                cinder_exceptions.BadRequest, cinder_exceptions.NotFound))
        self.start_again()
