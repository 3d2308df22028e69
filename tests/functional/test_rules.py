# SPDX-License-Identifier: Apache-2.0
"""Every operation held, delayed and failed by rules, before and after."""

import json
import subprocess
import sys
import threading

from cinderclient import exceptions

from evs_fake.faults import rules
from evs_fake.faults.operations import Operation
from tests.functional import base
from tests.functional import cloud

OLD = b'old' * 1000
NEW = b'new' * 1000


class RulesTestCase(base.CloudTestCase):

    def control(self, method, path, status, body=None):
        response = self.cloud.session().request(
            self.cloud.endpoint['control'] + path, method, json=body,
            raise_exc=False)
        self.assertEqual(status, response.status_code, response.text)
        return response.json() if response.content else None

    def rule(self, operation, action, **asked):
        """Make a rule for what is of this test's project."""
        made = self.control('POST', '/rules', 201, {'rule': {
            'operation': operation, 'action': action,
            'match': {'project_id': self.project}, **asked}})['rule']
        self.addCleanup(self.delete_rule, made['id'])
        return made['id']

    def delete_rule(self, rule):
        self.cloud.session().delete(
            self.cloud.endpoint['control'] + '/rules/' + rule,
            raise_exc=False)

    def release(self, rule, **asked):
        self.control('POST', '/rules/%s/release' % rule, 200,
                     {'release': asked})

    def wait_matched(self, rule):
        return cloud.until(
            lambda: self.control('GET', '/rules/' + rule, 200)['rule'][
                'last_resource_id'], 'a match')


class Case:
    """One operation, asked for through a stock client.

    :ivar held: what is seen of it while it is held.
    :ivar done: once it succeeded; a status of None is of what is gone.
    :ivar failed: once it failed.
    """

    operation: Operation
    held: dict[str, str]
    done: dict[str, str | None]
    failed: dict[str, str | None]

    def __init__(self, test):
        self.test = test
        self.cinder = test.cinder
        self.volume = test.create_volume()
        test.write(self.volume, OLD)

    def start(self):
        raise AssertionError('of each case')

    def status(self, kind):
        resource = getattr(self, kind)
        manager = {'volume': self.cinder.volumes,
                   'target': self.cinder.volumes,
                   'snapshot': self.cinder.volume_snapshots,
                   'backup': self.cinder.backups,
                   'group': self.cinder.groups,
                   'group_snapshot': self.cinder.group_snapshots}[kind]
        try:
            return manager.get(resource.id).status
        except exceptions.NotFound:
            return None

    def wait(self, statuses):
        for kind, status in statuses.items():
            cloud.until(lambda kind=kind, status=status:
                        self.status(kind) == status,
                        '%s of the %s' % (status, kind))

    def check_bytes(self, *, moved):
        """What the volume holds, and what is in the pool."""
        self.test.assertEqual(OLD, self.test.read(self.volume, len(OLD)))


class SnapshotCase(Case):

    def __init__(self, test):
        super().__init__(test)
        self.snapshot = test.create_snapshot(self.volume)


class SnapshotCreate(Case):
    operation = Operation.SNAPSHOT_CREATE
    held = {'snapshot': 'creating', 'volume': 'available'}
    done = {'snapshot': 'available'}
    failed = {'snapshot': 'error', 'volume': 'available'}

    def start(self):
        self.snapshot = self.cinder.volume_snapshots.create(self.volume.id)

    def check_bytes(self, *, moved):
        super().check_bytes(moved=moved)
        self.test.assertEqual(
            moved, self.snapshot.id in self.test.cloud.pool_files())


class SnapshotDelete(SnapshotCase):
    operation = Operation.SNAPSHOT_DELETE
    held = {'snapshot': 'deleting'}
    done = {'snapshot': None}
    failed = {'snapshot': 'error_deleting'}

    def start(self):
        self.cinder.volume_snapshots.delete(self.snapshot)

    def check_bytes(self, *, moved):
        super().check_bytes(moved=moved)
        self.test.assertEqual(
            not moved, self.snapshot.id in self.test.cloud.pool_files())


class SnapshotRollback(SnapshotCase):
    operation = Operation.SNAPSHOT_ROLLBACK
    held = {'snapshot': 'rollbacking', 'volume': 'rollbacking'}
    done = {'snapshot': 'available', 'volume': 'available'}
    failed = {'snapshot': 'available', 'volume': 'error_rollbacking'}

    def start(self):
        self.test.write(self.volume, NEW)
        response = self.test.rollback(self.snapshot, self.volume)
        self.test.assertEqual(202, response.status_code, response.text)

    def check_bytes(self, *, moved):
        self.test.assertEqual(OLD if moved else NEW,
                              self.test.read(self.volume, len(NEW)))


class BackupCreate(SnapshotCase):
    operation = Operation.BACKUP_CREATE
    held = {'backup': 'creating', 'snapshot': 'backing-up'}
    done = {'backup': 'available', 'snapshot': 'available'}
    failed = {'backup': 'error', 'snapshot': 'available'}

    def start(self):
        self.backup = self.cinder.backups.create(
            self.volume.id, snapshot_id=self.snapshot.id)


class BackupRestore(Case):
    operation = Operation.BACKUP_RESTORE
    held = {'backup': 'restoring', 'volume': 'restoring-backup'}
    done = {'backup': 'available', 'volume': 'available'}
    failed = {'backup': 'available', 'volume': 'error_restoring'}

    def __init__(self, test):
        super().__init__(test)
        self.backup = test.wait_for(
            self.cinder.backups, self.cinder.backups.create(self.volume.id),
            'available')
        test.wait_for(self.cinder.volumes, self.volume, 'available')

    def start(self):
        self.test.write(self.volume, NEW)
        self.cinder.restores.restore(self.backup.id, self.volume.id)

    def check_bytes(self, *, moved):
        self.test.assertEqual(OLD if moved else NEW,
                              self.test.read(self.volume, len(NEW)))


class VolumeCreate(Case):
    operation = Operation.VOLUME_CREATE
    held = {'target': 'creating'}
    done = {'target': 'available'}
    failed = {'target': 'error'}

    def start(self):
        self.target = self.cinder.volumes.create(1)


class VolumeClone(Case):
    operation = Operation.VOLUME_CLONE
    held = {'target': 'creating', 'volume': 'available'}
    done = {'target': 'available'}
    failed = {'target': 'error', 'volume': 'available'}

    def start(self):
        self.target = self.cinder.volumes.create(
            1, source_volid=self.volume.id)


class VolumeDelete(Case):
    operation = Operation.VOLUME_DELETE
    held = {'volume': 'deleting'}
    done = {'volume': None}
    failed = {'volume': 'error_deleting'}

    def start(self):
        self.cinder.volumes.delete(self.volume)

    def check_bytes(self, *, moved):
        self.test.assertEqual(
            not moved, self.volume.id in self.test.cloud.pool_files())


class VolumeExtend(Case):
    operation = Operation.VOLUME_EXTEND
    held = {'volume': 'extending'}
    done = {'volume': 'available'}
    failed = {'volume': 'error_extending'}

    def start(self):
        self.cinder.volumes.extend(self.volume, 2)

    def check_bytes(self, *, moved):
        super().check_bytes(moved=moved)
        path = self.test.cloud.pool_file(self.volume.id)
        self.test.assertEqual((2 if moved else 1) << 30,
                              path.stat().st_size)


class VolumeRetype(Case):
    operation = Operation.VOLUME_RETYPE
    held = {'volume': 'retyping'}
    done = {'volume': 'available'}
    failed = {'volume': 'available'}

    def __init__(self, test):
        super().__init__(test)
        # Cinder asks no driver about types that differ in name only.
        self.type = test.create_volume_type({'evs_fake_test:key': 'value'})

    def start(self):
        self.cinder.volumes.retype(self.volume, self.type.name, 'never')

    def wait(self, statuses):
        super().wait(statuses)
        found = self.cinder.volumes.get(self.volume.id).volume_type
        self.test.assertEqual(statuses is self.done, found == self.type.name)


class VolumeMigrate(Case):
    operation = Operation.VOLUME_MIGRATE
    held = {'volume': 'available', 'migration': 'migrating'}
    done = {'volume': 'available', 'migration': 'success'}
    failed = {'volume': 'available', 'migration': 'error'}

    def start(self):
        self.host = self.shown('os-vol-host-attr:host')
        other, = self.test.cloud.pools.keys() - {self.host.rpartition('#')[2]}
        self.targets = self.test.cloud.hosts(other)
        self.cinder.volumes.migrate_volume(
            self.volume, self.targets[0], force_host_copy=False,
            lock_volume=False)

    def status(self, kind):
        if kind == 'migration':
            return self.shown('migration_status')
        return super().status(kind)

    def shown(self, name):
        return getattr(self.cinder.volumes.get(self.volume.id), name)

    def wait(self, statuses):
        super().wait(statuses)
        self.test.assertIn(
            self.shown('os-vol-host-attr:host'),
            self.targets if statuses is self.done else [self.host])

    def check_bytes(self, *, moved):
        self.test.forget_device(self.volume)
        super().check_bytes(moved=moved)


class VolumeUnmanage(Case):
    operation = Operation.VOLUME_UNMANAGE
    held = {'volume': 'unmanaging'}
    done = {'volume': None}
    failed = {'volume': 'error_unmanaging'}

    def start(self):
        self.cinder.volumes.unmanage(self.volume)

    def check_bytes(self, *, moved):
        name = 'volume-' * moved + self.volume.id
        self.test.assertEqual(
            OLD, self.test.cloud.read_pool_file(name, len(OLD)))


class VolumeManage(VolumeUnmanage):
    operation = Operation.VOLUME_MANAGE
    held = {'target': 'creating'}
    done = {'target': 'available'}
    failed = {'target': 'error'}

    def __init__(self, test):
        super().__init__(test)
        self.host = getattr(self.cinder.volumes.get(self.volume.id),
                            'os-vol-host-attr:host')
        super().start()
        self.wait(VolumeUnmanage.done)

    def start(self):
        self.target = self.cinder.volumes.manage(
            self.host, {'source-id': self.volume.id})

    def check_bytes(self, *, moved):
        name = self.target.id if moved else 'volume-' + self.volume.id
        self.test.assertEqual(
            OLD, self.test.cloud.read_pool_file(name, len(OLD)))


class SnapshotUnmanage(SnapshotCase):
    operation = Operation.SNAPSHOT_UNMANAGE
    held = {'snapshot': 'unmanaging'}
    done = {'snapshot': None}
    failed = {'snapshot': 'error_deleting'}

    def start(self):
        self.cinder.volume_snapshots.unmanage(self.snapshot)

    def check_bytes(self, *, moved):
        name = 'snapshot-' * moved + self.snapshot.id
        self.test.assertEqual(
            OLD, self.test.cloud.read_pool_file(name, len(OLD)))


class SnapshotManage(SnapshotUnmanage):
    operation = Operation.SNAPSHOT_MANAGE
    held = {'snapshot': 'creating'}
    done = {'snapshot': 'available'}
    failed = {'snapshot': 'error'}

    def __init__(self, test):
        super().__init__(test)
        super().start()
        self.wait(SnapshotUnmanage.done)
        self.former = self.snapshot.id

    def start(self):
        self.snapshot = self.cinder.volume_snapshots.manage(
            self.volume.id, {'source-name': 'snapshot-' + self.former})

    def check_bytes(self, *, moved):
        name = self.snapshot.id if moved else 'snapshot-' + self.former
        self.test.assertEqual(
            OLD, self.test.cloud.read_pool_file(name, len(OLD)))


class GroupCase(Case):
    """A group of one volume; Cinder moves the bytes volume by volume."""

    def __init__(self, test):
        super().__init__(test)
        # Not another test's: it could not be deleted then.
        volume_type = next(each for each in self.cinder.volume_types.list()
                           if not each.name.startswith('type-'))
        group_type = self.cinder.group_types.create('group-' + test.project)
        test.addCleanup(self.remove_type, group_type)
        self.group = self.cinder.groups.create(
            group_type.id, volume_type.id)
        super().wait({'group': 'available'})
        self.target = test.create_volume(
            group_id=self.group.id, volume_type=volume_type.name)

    def remove_type(self, group_type):
        for snapshot in self.cinder.group_snapshots.list():
            self.cinder.group_snapshots.delete(snapshot)
        cloud.until(lambda: not self.cinder.group_snapshots.list(),
                    'no snapshot of the group')
        for group in self.cinder.groups.list():
            self.cinder.groups.delete(group, delete_volumes=True)
        cloud.until(lambda: not self.cinder.groups.list(), 'no group')
        self.cinder.group_types.delete(group_type)


class GroupCreate(GroupCase):
    operation = Operation.GROUP_CREATE
    held = {'group': 'creating'}
    done = {'group': 'available'}
    failed = {'group': 'error'}

    def start(self):
        self.group = self.cinder.groups.create(
            self.group.group_type, self.group.volume_types[0])


class GroupUpdate(GroupCase):
    operation = Operation.GROUP_UPDATE
    held = {'group': 'updating', 'target': 'available'}
    done = {'group': 'available', 'target': 'available'}
    failed = {'group': 'error', 'target': 'error'}

    def start(self):
        self.cinder.groups.update(self.group, remove_volumes=self.target.id)


class GroupDelete(GroupCase):
    operation = Operation.GROUP_DELETE
    held = {'group': 'deleting', 'target': 'deleting'}
    done = {'group': None, 'target': None}
    failed = {'group': 'error', 'target': 'error'}

    def start(self):
        self.cinder.groups.delete(self.group, delete_volumes=True)


class GroupSnapshotCreate(GroupCase):
    operation = Operation.GROUP_SNAPSHOT_CREATE
    held = {'group_snapshot': 'creating', 'snapshot': 'creating'}
    done = {'group_snapshot': 'available', 'snapshot': 'available'}
    failed = {'group_snapshot': 'error', 'snapshot': 'error'}

    def start(self):
        self.group_snapshot = self.cinder.group_snapshots.create(
            self.group.id)
        self.snapshot, = self.cinder.volume_snapshots.list()


class GroupSnapshotDelete(GroupSnapshotCreate):
    operation = Operation.GROUP_SNAPSHOT_DELETE
    held = {'group_snapshot': 'deleting', 'snapshot': 'deleting'}
    done = {'group_snapshot': None, 'snapshot': None}
    failed = {'group_snapshot': 'error', 'snapshot': 'error'}

    def __init__(self, test):
        super().__init__(test)
        super().start()
        self.wait(GroupSnapshotCreate.done)

    def start(self):
        self.cinder.group_snapshots.delete(self.group_snapshot)


class ConnectionCase(Case):
    """Cinder's API waits for the driver here, and so does its client."""

    held = {'volume': 'available'}
    done = failed = held

    def start(self):
        self.error = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            self.ask()
        except exceptions.ClientException as error:
            self.error = error

    def ask(self):
        raise AssertionError('of each case')

    def wait(self, statuses):
        super().wait(statuses)
        if statuses is self.held:
            self.test.assertTrue(self._thread.is_alive())

    def finish(self):
        self._thread.join(cloud.TIMEOUT)
        self.test.assertFalse(self._thread.is_alive())
        return self.error


class ConnectionInitialize(ConnectionCase):
    operation = Operation.CONNECTION_INITIALIZE
    held = {'volume': 'available'}
    done = {'volume': 'available'}
    failed = {'volume': 'available'}

    def ask(self):
        self.cinder.volumes.initialize_connection(self.volume, {})


class ConnectionTerminate(ConnectionInitialize):
    operation = Operation.CONNECTION_TERMINATE

    def ask(self):
        self.cinder.volumes.terminate_connection(self.volume, {})


CASES = {case.operation: case for case in (
    SnapshotCreate, SnapshotDelete, SnapshotRollback, BackupCreate,
    BackupRestore, VolumeCreate, VolumeClone, VolumeDelete, VolumeExtend,
    VolumeRetype, VolumeMigrate, VolumeManage, VolumeUnmanage,
    SnapshotManage, SnapshotUnmanage, ConnectionInitialize,
    ConnectionTerminate,
    GroupCreate, GroupUpdate, GroupDelete, GroupSnapshotCreate,
    GroupSnapshotDelete)}


class TestOperations(RulesTestCase):
    """A test for each operation, action and moment is added below."""

    def check(self, case, *, succeeds, moved):
        case.wait(case.done if succeeds else case.failed)
        if isinstance(case, ConnectionCase):
            self.assertEqual(succeeds, case.finish() is None)
        self.check_quota()
        if succeeds or case.operation not in (
                Operation.VOLUME_CREATE, Operation.VOLUME_CLONE):
            case.check_bytes(moved=moved)

    def check_quota(self):
        volumes = self.cinder.volumes.list()
        snapshots = self.cinder.volume_snapshots.list()

        def usage():
            found = self.quota_usage()
            return [found.get(name, 0)
                    for name in ('volumes', 'snapshots', 'gigabytes')]

        expected = [len(volumes), len(snapshots),
                    sum(each.size for each in (*volumes, *snapshots))]
        cloud.until(lambda: usage() == expected,
                    'the quota %s' % expected)

    def hold(self, case, moment):
        rule = self.rule(case.operation, 'hold', when=moment)
        case.start()
        self.wait_matched(rule)
        case.wait(case.held)
        self.release(rule)
        self.check(case, succeeds=True, moved=True)

    def hold_that_fails(self, case, moment):
        rule = self.rule(case.operation, 'hold', when=moment)
        case.start()
        self.wait_matched(rule)
        case.wait(case.held)
        self.release(rule, fail=True, message='enough')
        self.check(case, succeeds=False, moved=moment == 'after')

    def fail(self, case, moment):
        rule = self.rule(case.operation, 'fail', when=moment)
        case.start()
        self.wait_matched(rule)
        self.check(case, succeeds=False, moved=moment == 'after')

    def delay(self, case, moment):
        rule = self.rule(case.operation, 'delay', when=moment,
                         seconds=[0.1, 0.2])
        case.start()
        self.wait_matched(rule)
        self.check(case, succeeds=True, moved=True)

    def test_every_operation_has_a_case(self):
        self.assertEqual(set(Operation), set(CASES))


def _add_tests():
    def add(action, case, moment):
        def test(self):
            getattr(self, action)(case(self), moment)

        name = 'test_%s_%s_%s' % (
            case.operation.replace('-', '_'), action, moment)
        setattr(TestOperations, name, test)

    for case in CASES.values():
        for moment in rules.moments(case.operation):
            for action in ('hold', 'hold_that_fails', 'fail', 'delay'):
                add(action, case, moment)


_add_tests()


class TestRules(RulesTestCase):

    def test_busy_snapshot_keeps_its_status(self):
        snapshot = self.create_snapshot(self.create_volume())
        rule = self.rule('snapshot-delete', 'fail', outcome='available')
        self.cinder.volume_snapshots.delete(snapshot)
        self.wait_matched(rule)
        self.wait_for(self.cinder.volume_snapshots, snapshot, 'available')
        self.cinder.volume_snapshots.delete(snapshot)
        self.wait_gone(self.cinder.volume_snapshots, snapshot)

    def test_busy_volume_keeps_its_status(self):
        volume = self.create_volume()
        rule = self.rule('volume-delete', 'fail', outcome='available')
        self.cinder.volumes.delete(volume)
        self.wait_matched(rule)
        self.wait_for(self.cinder.volumes, volume, 'available')

    def test_creation_on_another_back_end(self):
        rule = self.rule('volume-create', 'fail', outcome='rescheduled')
        volume = self.create_volume()
        self.assertEqual(volume.id, self.wait_matched(rule))

    def test_timeout(self):
        volume = self.create_volume()
        self.rule('snapshot-create', 'hold', timeout=0.1)
        self.create_snapshot(volume)


class TestCommand(RulesTestCase):
    """``evs-fake rule``, in a process of its own."""

    def run_rule(self, *arguments, status=0):
        ran = subprocess.run(
            [sys.executable, '-m', 'evs_fake.cmd.evs_fake', 'rule',
             *arguments, '--state-dir', str(self.cloud.state_dir)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual(status, ran.returncode, ran.stderr)
        return ran.stderr if status else ran.stdout

    def test_life(self):
        volume = self.create_volume()
        made = json.loads(self.run_rule(
            'create', 'snapshot-create', 'hold', '--volume', volume.id,
            '--times', 'unlimited', '--expires-in', '600',
            '--metadata', 'k=v', '--description', 'mine', '-f', 'json'))
        self.addCleanup(self.delete_rule, made['id'])
        self.assertEqual(
            {'volume_id': volume.id, 'metadata': {'k': 'v'}}, made['match'])
        self.assertEqual((None, 'mine'), (made['times'],
                                          made['description']))
        snapshot = self.cinder.volume_snapshots.create(
            volume.id, metadata={'k': 'v'})
        self.wait_matched(made['id'])
        self.assertIn('| active', self.run_rule('list'))
        shown = self.run_rule('show', made['id'], '-f', 'value')
        self.assertIn(snapshot.id, shown.splitlines())
        self.assertEqual(
            'released', json.loads(self.run_rule(
                'release', made['id'], '--fail', '--message', 'why',
                '-f', 'json'))['state'])
        self.wait_for(self.cinder.volume_snapshots, snapshot, 'error')
        self.run_rule('delete', made['id'])
        self.assertNotIn(made['id'], self.run_rule('list', '-f', 'value'))

    def test_refused(self):
        for arguments, words in (
                (['create', 'snapshot-made', 'hold'], list(Operation)),
                (['create', 'snapshot-create', 'fail', '--timeout', '1'],
                 ['timeout']),
                (['show', 'x'], ['x could not be found'])):
            error = self.run_rule(*arguments, status=1)
            self.assertEqual(1, len(error.splitlines()), error)
            for word in words:
                self.assertIn(word, error)
