# SPDX-License-Identifier: Apache-2.0
"""What a deployment keeps when parts of it die at the worst moment.

Run by ``python -m tests.scaleout kills``.
"""

import concurrent.futures
import threading
import unittest
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence

import requests
from cinderclient import exceptions as cinder_exceptions
from keystoneauth1 import exceptions as keystone_exceptions

from evs_fake import states
from evs_fake.faults.operations import Operation
from tests.functional import cloud
from tests.functional import test_rules
from tests.scaleout import deployment

#: Operations that take a while, or are held: those whose request is answered
#: before they end.
_OPERATIONS = (
    Operation.VOLUME_CREATE, Operation.VOLUME_CLONE, Operation.VOLUME_DELETE,
    Operation.VOLUME_EXTEND, Operation.SNAPSHOT_CREATE,
    Operation.SNAPSHOT_DELETE, Operation.SNAPSHOT_ROLLBACK,
    Operation.BACKUP_CREATE, Operation.BACKUP_RESTORE)

#: What an operation may leave if the service that was at it died: by the
#: kinds of test_rules' cases; None is "gone".
_INTERRUPTED = {
    Operation.VOLUME_CREATE: {'target': ('available', 'error')},
    Operation.VOLUME_CLONE: {'target': ('available', 'error'),
                             'volume': ('available',)},
    # Acknowledged: nothing but the end is in keeping with that.
    Operation.VOLUME_DELETE: {'volume': (None,)},
    Operation.SNAPSHOT_DELETE: {'snapshot': (None,)},
    Operation.VOLUME_EXTEND: {'volume': ('available', 'error_extending')},
    Operation.SNAPSHOT_CREATE: {'snapshot': ('available', 'error'),
                                'volume': ('available',)},
    Operation.SNAPSHOT_ROLLBACK: {
        'snapshot': ('available',),
        'volume': ('available', states.VOLUME_ERROR_ROLLBACKING)},
    Operation.BACKUP_CREATE: {'backup': ('available', 'error'),
                              'snapshot': ('available',)},
    Operation.BACKUP_RESTORE: {'backup': ('available',),
                               'volume': ('available', 'error_restoring')},
}

#: Of each operation under way, so that both of two services have some.
_OF_EACH = 3


class KillTestCase(test_rules.RulesTestCase):
    """Has its deployment from whoever runs it."""

    deployment: deployment.Deployment

    def setUp(self):
        super().setUp()
        self.addCleanup(self.mend)

    def mend(self):
        """Start again whatever a test that failed left dead."""
        for each in self.deployment.processes.values():
            if not each.started:
                each.start()
        self.deployment.wait_up()

    def restart(self, name):
        self.deployment.processes[name].start()
        self.deployment.wait_up()

    def clean_up(self, name):
        """Have the cluster settle what a dead cinder-volume was at."""
        url = '%s/v3/%s' % (self.cloud.url, self.project)
        cloud.until(
            lambda: all(service['state'] == 'down'
                        for service in self.deployment.services()
                        if service['host'].startswith(name + '@')),
            name + ' taken for dead')
        answer = requests.post(
            url + '/workers/cleanup', json={'is_up': False}, timeout=60,
            headers={'X-Auth-Token': 'admin:' + self.project,
                     'OpenStack-API-Version': 'volume 3.24'})
        self.assertEqual(202, answer.status_code, answer.text)
        self.assertEqual([], answer.json()['unavailable'])

    # What must be so in the end

    def unsettled(self):
        return [(table, *row) for table in ('volumes', 'snapshots', 'backups')
                for row in self.cloud.stored(
                    'SELECT id, status FROM %s WHERE NOT deleted '
                    'AND project_id = ?' % table, self.project)
                if row[1] not in cloud.RESTING]

    def wait_settled(self):
        try:
            cloud.until(lambda: not self.unsettled(), 'rest', 120, pause=0.2)
        except AssertionError:
            self.assertEqual([], self.unsettled())

    def check_history(self):
        """Each status follows the one before, up to what is stored now."""
        changes = {}
        for resource, old, new in self.cloud.stored(
                'SELECT resource_id, old_status, new_status '
                'FROM evs_fake_history WHERE project_id = ? '
                'ORDER BY number', self.project):
            self.assertEqual(changes.get(resource), old, resource)
            changes[resource] = new
        stored = {id_: status for table in ('volumes', 'snapshots', 'backups')
                  for id_, status in self.cloud.stored(
                      'SELECT id, status FROM %s WHERE project_id = ?'
                      % table, self.project)}
        self.assertTrue(stored)
        self.assertEqual(stored, changes)


class UnderWay:
    """Operations of all kinds, some of each, held in the middle."""

    def __init__(self, test: KillTestCase) -> None:
        self._test = test
        cases = [operation for operation in _OPERATIONS
                 for _number in range(_OF_EACH)]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            self.cases = list(pool.map(
                lambda operation: test_rules.CASES[operation](test), cases))
        self._rules = [test.rule(operation, 'hold', times=None)
                       for operation in _OPERATIONS]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda case: case.start(), self.cases))
        cloud.until(lambda: self._matched() >= len(self.cases),
                    'all operations held', pause=0.2)
        for case in self.cases:
            case.wait(case.held)

    def _matched(self) -> int:
        return sum(
            self._test.control('GET', '/rules/' + rule, 200)['rule'][
                'matched'] for rule in self._rules)

    def not_held(self) -> list[tuple[Operation, str, str]]:
        """Operations, kinds and statuses that are not as while held."""
        return [(case.operation, kind, case.status(kind))
                for case in self.cases for kind, status in case.held.items()
                if case.status(kind) != status]

    def release(self) -> None:
        for rule in self._rules:
            self._test.release(rule)

    def check(self, ended: Iterable[Operation]) -> dict[str, int]:
        """What became of them.

        :param ended: which must have come to their end as if nothing had
            happened.
        :returns: how many were interrupted, by operation.
        """
        interrupted = {}
        for case in self.cases:
            seen = {kind: case.status(kind)
                    for kind in _INTERRUPTED[case.operation]}
            for kind, allowed in _INTERRUPTED[case.operation].items():
                self._test.assertIn(
                    seen[kind], allowed, '%s of %s' % (kind, case.operation))
            done = all(case.status(kind) == status
                       for kind, status in case.done.items())
            if done:
                case.check_bytes(moved=True)
            else:
                self._test.assertNotIn(case.operation, ended)
                interrupted[case.operation.value] = 1 + interrupted.get(
                    case.operation.value, 0)
                self._check_interrupted(case)
        return interrupted

    def _check_interrupted(self, case: test_rules.Case) -> None:
        """It did no harm, and what it left can be used or deleted."""
        test = self._test
        match case.operation:
            case Operation.SNAPSHOT_ROLLBACK:
                test.assertIn(test.read(case.volume, len(test_rules.NEW)),
                              (test_rules.OLD, test_rules.NEW))
                answer = test.rollback(case.snapshot, case.volume)
                test.assertEqual(202, answer.status_code, answer.text)
                case.wait(case.done)
                case.check_bytes(moved=True)
            case Operation.BACKUP_RESTORE:
                # As an administrator has to, for Cinder wants it so.
                test.cinder.volumes.reset_state(case.volume, 'available')
                test.cinder.restores.restore(
                    case.backup.id, case.volume.id)
                case.wait(case.done)
                case.check_bytes(moved=True)
            case Operation.SNAPSHOT_CREATE:
                case.snapshot.delete()
                test.wait_gone(test.cinder.volume_snapshots, case.snapshot)
            case Operation.BACKUP_CREATE:
                test.cinder.backups.delete(case.backup)
                test.wait_gone(test.cinder.backups, case.backup)
            case Operation.VOLUME_CREATE | Operation.VOLUME_CLONE:
                test.cinder.volumes.delete(case.target)
                test.wait_gone(test.cinder.volumes, case.target)
            case Operation.VOLUME_EXTEND:
                test.assertEqual(
                    test_rules.OLD,
                    test.read(case.volume, len(test_rules.OLD)))
                test.cinder.volumes.delete(case.volume)
                test.wait_gone(test.cinder.volumes, case.volume)


#: Operations amid which no service waits for another's answer, which is lost
#: with the connection that it was to come by.
_WITHOUT_CALLS = frozenset(_OPERATIONS) - {Operation.BACKUP_RESTORE}

#: Operations that cinder-backup has a hand in.
_OF_BACKUP = frozenset({Operation.BACKUP_CREATE, Operation.BACKUP_RESTORE})


class TestHeld(KillTestCase):
    """A service dies while operations of each kind are held."""

    def die(self, event: Callable[[], None], ended=_OPERATIONS,
            survive=_OPERATIONS) -> None:
        """Let something happen, and see what becomes of what was held.

        :param ended: what must end as if nothing had happened.
        :param survive: what must be held on.
        """
        under_way = UnderWay(self)
        event()
        self.assertEqual([], [
            each for each in under_way.not_held() if each[0] in survive])
        # What comes now meets the same rules.
        volume = self.cinder.volumes.create(1)
        cloud.until(
            lambda: self.cinder.volumes.get(volume.id).status == 'creating'
            and volume.id in self.last_matched(), 'a held creation')
        self.assertEqual(
            'creating', self.cinder.volumes.get(volume.id).status)
        under_way.release()
        self.wait_for(self.cinder.volumes, volume, 'available')
        self.wait_settled()
        interrupted = under_way.check(ended)
        self.wait_settled()
        self.check_history()
        print('%s: of %d of each, interrupted: %s' % (
            self.id().rpartition('.')[2], _OF_EACH,
            ', '.join('%d %s' % (count, name)
                      for name, count in sorted(interrupted.items()))
            or 'none'), flush=True)

    def last_matched(self):
        return {rule['last_resource_id']
                for rule in self.control('GET', '/rules', 200)['rules']}

    def kill(self, name):
        self.deployment.processes[name].kill()

    def test_volume_restarted(self):
        def event():
            self.kill('volume-1')
            self.restart('volume-1')
            self.restart_backups()

        self.die(event, ended=(), survive=())

    def restart_backups(self):
        """What a cinder-volume was asked to prepare, nobody else settles."""
        for name in ('backup-1', 'backup-2'):
            self.kill(name)
        for name in ('backup-1', 'backup-2'):
            self.restart(name)

    def test_volume_cleaned_up_after(self):
        """Without the dead one coming back."""
        def event():
            self.kill('volume-2')
            self.clean_up('volume-2')
            self.restart_backups()

        self.die(event, ended=(), survive=())

    def test_backup(self):
        self.die(self.restart_backups,
                 ended=set(_OPERATIONS) - _OF_BACKUP, survive=())

    def test_scheduler(self):
        def event():
            self.kill('scheduler-1')

        self.die(event)
        self.restart('scheduler-1')

    def test_api(self):
        def event():
            self.kill('api-1')
            self.kill('cbr-2')

        self.die(event)
        self.restart('api-1')
        self.restart('cbr-2')

    def test_connections_to_broker(self):
        self.die(self.deployment.broker.end_connections,
                 *[_WITHOUT_CALLS] * 2)

    def test_broker(self):
        others = self.deployment.broker.others()
        if others:
            self.skipTest('others use this broker: ' + ', '.join(others))
        self.die(self.restart_broker, *[_WITHOUT_CALLS] * 2)

    def restart_broker(self):
        self.deployment.broker.restart()
        self.deployment.wait_up()

    def test_connections_to_database(self):
        self.die(self.end_database_connections)

    def end_database_connections(self):
        self.assertGreater(self.deployment.database.end_connections(), 0)


class TestBurst(KillTestCase):
    """Clients that never stop, while all services die in turn."""

    def test_all(self):
        volumes = [self.create_volume() for _number in range(4)]
        ended = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(len(volumes)) as pool:
            clients = [pool.submit(self.create_and_delete, volume, ended)
                       for volume in volumes]
            try:
                for name in self.deployment.processes:
                    self.deployment.processes[name].kill()
                    self.restart(name)
                self.deployment.broker.end_connections()
                self.deployment.database.end_connections()
                self.deployment.wait_up()
            finally:
                ended.set()
            made, deleted = (set().union(*each) for each in zip(
                *(client.result() for client in clients), strict=True))
        self.wait_settled()
        stored = dict(self.cloud.stored(
            'SELECT id, status FROM snapshots WHERE NOT deleted '
            'AND project_id = ?', self.project))
        self.assertGreater(len(made), 0)
        # Interrupted is "error", as Cinder has it; lost is not there at all.
        self.assertEqual(set(), made - deleted - stored.keys())
        # What a deletion comes to that the database fails: it says so.
        self.assertLessEqual(
            {stored[id_] for id_ in deleted & stored.keys()},
            {'error_deleting'})
        self.assertLessEqual(
            {status for id_, status in stored.items() if id_ not in deleted},
            {'available', 'error'})
        files = self.cloud.pool_files()
        self.assertEqual(set(), {
            id_ for id_, status in stored.items()
            if status == 'available'} - files)
        self.check_history()
        print('%d snapshots acknowledged, %d deletions; %d available, '
              '%d error' % (
                  len(made), len(deleted),
                  list(stored.values()).count('available'),
                  list(stored.values()).count('error')), flush=True)

    def create_and_delete(self, volume, ended):
        """Make snapshots, and delete every other one; ids acknowledged."""
        client = self.cloud.client(self.project)
        made, deleted = set(), set()
        while not ended.is_set():
            try:
                snapshot = client.volume_snapshots.create(volume.id)
                made.add(snapshot.id)
                if len(made) % 2:
                    continue
                cloud.until(
                    lambda snapshot=snapshot: ended.is_set()
                    or client.volume_snapshots.get(
                        snapshot.id).status in ('available', 'error'),
                    'the end of a creation')
                client.volume_snapshots.delete(snapshot.id)
                deleted.add(snapshot.id)
            except (cinder_exceptions.ClientException,
                    keystone_exceptions.ClientException):
                # Nothing was acknowledged.
                ended.wait(0.2)
        return made, deleted


def suite(running: deployment.Deployment, only: Sequence[str] = ()
          ) -> unittest.TestSuite:
    """These tests, of one deployment.

    :param only: names of methods; none are all.
    """
    KillTestCase.deployment = running
    loader = unittest.defaultTestLoader
    if only:
        loader.testNamePatterns = ['*.' + name for name in only]
    return unittest.TestSuite(
        loader.loadTestsFromTestCase(each)
        for each in (TestHeld, TestBurst))
