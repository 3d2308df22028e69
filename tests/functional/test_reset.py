# SPDX-License-Identifier: Apache-2.0
"""Back to an empty cloud, or to a saved one; whatever is under way."""

import concurrent.futures
import json
import random
import subprocess
import sys
import threading

import requests
from cinderclient import exceptions
from testtools import content

from tests.functional import base
from tests.functional import cloud
from tests.functional import scale
from tests.functional import tenants

OLD = b'old bytes ' * 1000
NEW = b'new bytes ' * 1000
#: Operations that are held at once.
_HOLDS = 20


class ResetTestCase(base.CloudTestCase):

    def make_cloud(self):
        return cloud.expendable()

    def setUp(self):
        super().setUp()
        self.reset()
        self.empty = self.everything()

    def control(self, method, path, status, body=None):
        response = self.cloud.session().request(
            self.cloud.endpoint['control'] + path, method, json=body,
            raise_exc=False)
        self.assertEqual(status, response.status_code, response.text)
        return response.json() if response.content else None

    def reset(self, status=200, **asked):
        answer = self.control('POST', '/reset', status, {'reset': asked})
        self._devices.clear()
        return answer

    def save(self, name=None):
        """Save the state under a name of this test's own."""
        name = name or self.project
        made = self.control('POST', '/states', 201, {'state': {'name': name}})
        self.addCleanup(self.delete_state, name)
        return made['state']

    def delete_state(self, name):
        self.cloud.session().delete(
            self.cloud.endpoint['control'] + '/states/' + name,
            raise_exc=False)

    def rule(self, operation, action='hold', **asked):
        return self.control('POST', '/rules', 201, {'rule': {
            'operation': operation, 'action': action, 'times': None, **asked,
        }})['rule']['id']

    def until_matched(self, count=1):
        cloud.until(lambda: sum(
            rule['matched'] for rule in self.control('GET', '/rules', 200)[
                'rules']) >= count, 'a match')

    def history(self, **query):
        return self.cloud.session().get(
            self.cloud.endpoint['control'] + '/history/all-projects',
            params=query).json()

    def everything(self):
        """All rows but those of processes, by table."""
        tables = {name for name, in self.cloud.stored(
            "SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {table: sorted(map(repr, self.cloud.stored(
            'SELECT * FROM "%s"' % table)))
            for table in tables - {'services', 'sqlite_sequence'}}

    def files(self):
        """Contents of all files with bytes of users'."""
        return {
            str(path.relative_to(self.cloud.state_dir)): path.read_bytes()
            for top in ('pools', 'backups')
            for path in (self.cloud.state_dir / top).rglob('*')
            if path.is_file()}

    def furnish(self):
        """A volume with bytes, a snapshot with others, and a backup."""
        volume = self.create_volume(name='mine')
        self.write(volume, OLD)
        snapshot = self.create_snapshot(volume)
        backup = self.cinder.backups.create(volume.id)
        self.wait_for(self.cinder.backups, backup, 'available')
        self.write(volume, NEW)
        self.wait_settled()
        return volume, snapshot, backup

    def assert_empty(self):
        now = self.everything()
        self.assertEqual({}, {
            table: rows for table, rows in now.items()
            if rows != self.empty[table]})
        self.assertEqual({}, self.files())
        for directory in ('pools/*/.*', 'backups/*', 'backups/.*',
                          'states/.*', 'reset.json'):
            self.assertEqual([], list(self.cloud.state_dir.glob(directory)))

    def assert_works(self):
        """All services do what they are for, and know what is there."""
        self.assertEqual(
            {'up'}, {each.state for each in self.cinder.services.list()})
        volume = self.create_volume()
        self.write(volume, OLD)
        snapshot = self.create_snapshot(volume)
        self.write(volume, NEW)
        self.assertEqual(202, self.rollback(snapshot, volume).status_code)
        self.wait_for(self.cinder.volumes, volume, 'available')
        self.forget_device(volume)
        self.assertEqual(OLD, self.read(volume, len(OLD)))
        self.assertEqual({'volumes': 1, 'gigabytes': 2, 'snapshots': 1},
                         self.quota_usage())
        return volume, snapshot

    def allocated(self):
        return {pool.name: pool.allocated_capacity_gb
                for pool in self.cinder.pools.list(detailed=True)}


class TestEmpty(ResetTestCase):

    def test_everything_goes(self):
        owner = tenants.Tenant(self.cloud, self.project)
        self.addCleanup(owner.close)
        tenants.furnish(owner, 'mark')
        self.cinder.volume_types.create('mine')
        default, = [each for each in self.cinder.volume_types.list()
                    if each.name == 'SSD']
        self.cinder.volume_types.delete(default)
        self.cinder.quotas.update(self.project, volumes=3)
        volume = self.create_volume()
        self.rule('snapshot-create')
        self.cinder.volume_snapshots.create(volume.id)
        self.until_matched()
        services = 'SELECT id, uuid, host, binary FROM services'
        before = self.cloud.stored(services)
        answer = self.reset()['reset']
        self.assertEqual({'state', 'seconds'}, set(answer))
        self.assertIsNone(answer['state'])
        self.assert_empty()
        self.assertEqual(0, sum(cloud.until(
            lambda: self.allocated(), 'pools').values()))
        self.assertEqual(before, self.cloud.stored(services))
        self.assertEqual(401, owner.request(
            'GET', '/v2/{project_id}/cloudvolumes').status_code)
        self.assert_works()

    def test_again_and_again(self):
        seconds = []
        for _number in range(scale.full_or(50, 20)):
            self.cinder.volumes.create(1)
            seconds.append(self.reset()['reset']['seconds'])
        self.assert_empty()
        self.assertEqual(0, sum(self.allocated().values()))
        self.assert_works()
        self.addDetail('seconds', content.text_content(str(sorted(seconds))))

    def test_history_goes_on(self):
        self.create_volume()
        before = self.history()['cursor']
        self.reset()
        self.assertEqual([], self.history()['history'])
        volume = self.create_volume()
        found = self.history(after=before)['history']
        self.assertEqual(
            [(volume.id, 'creating'), (volume.id, 'available')],
            [(each['resource_id'], each['new_status']) for each in found])
        # And who begins anew need not wait for numbers that are gone.
        self.assertEqual(found, self.history()['history'])

    def test_who_waits_for_the_history_is_not_waited_for(self):
        cursor = self.history()['cursor']
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiting = pool.submit(self.history, after=cursor, wait=60)
            self.reset()
            self.assertFalse(waiting.done())
            volume = self.create_volume()
            self.assertEqual(volume.id, waiting.result()['history'][0][
                'resource_id'])


class TestUnderWay(ResetTestCase):

    def check(self):
        self.reset()
        self.assert_empty()
        self.assertEqual(0, sum(self.allocated().values()))
        volume, snapshot = self.assert_works()
        # Nothing of the former world came after that.
        self.assertEqual([volume.id], [each.id for each in
                                       self.cinder.volumes.list()])
        self.assertEqual([snapshot.id], [
            each.id for each in self.cinder.volume_snapshots.list()])

    def test_held(self):
        volume = self.create_volume()
        snapshot = self.create_snapshot(volume)
        others = [self.create_volume() for _number in range(2)]
        for operation in ('snapshot-create', 'volume-create', 'volume-delete',
                          'snapshot-rollback', 'backup-create'):
            self.rule(operation)
        self.cinder.volumes.create(1)
        self.cinder.volumes.delete(others[0])
        self.cinder.backups.create(others[1].id)
        self.assertEqual(202, self.rollback(snapshot, volume).status_code)
        self.until_matched(4)
        self.check()

    def test_many_held(self):
        volume = self.create_volume()
        self.rule('snapshot-create', when='after')
        for _number in range(_HOLDS):
            self.cinder.volume_snapshots.create(volume.id)
        self.until_matched(_HOLDS)
        self.check()

    def test_held_by_metadata_and_delayed(self):
        volume = self.create_volume()
        self.cinder.volume_snapshots.create(
            volume.id, metadata={'evs_fake:snapshot-create': 'hold'})
        self.rule('volume-create', 'delay', seconds=600)
        self.cinder.volumes.create(1)
        self.until_matched()
        self.check()

    def test_held_while_a_request_waits(self):
        volume = self.create_volume()
        self.rule('connection-initialize')
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiting = pool.submit(
                self.cinder.volumes.initialize_connection, volume, {})
            self.until_matched()
            self.check()
            error = self.assertRaises(exceptions.ClientException,
                                      waiting.result)
            self.assertEqual(503, error.code)

    def test_running(self):
        """What runs on for a moment ends, or is cut off."""
        volume = self.create_volume()
        for _number in range(5):
            self.cinder.volumes.create(1)
            self.cinder.volume_snapshots.create(volume.id)
            self.cinder.volumes.create(1, source_volid=volume.id)
        self.check()

    def test_concurrent_clients(self):
        done = threading.Event()
        wrong = []

        def work(number):
            session = requests.Session()
            session.headers['X-Auth-Token'] = 'admin:' + self.project
            top = '%s/v3/%s' % (self.cloud.url, self.project)
            with session:
                while not done.is_set():
                    made = session.post(top + '/volumes', json={
                        'volume': {'size': 1}}, timeout=cloud.TIMEOUT)
                    self.note(wrong, made, (202,))
                    if not made.ok:
                        continue
                    one = '%s/volumes/%s' % (top, made.json()['volume']['id'])
                    # It may be gone by then.
                    self.note(wrong, session.get(
                        one, timeout=cloud.TIMEOUT), (200, 404))
                    self.note(wrong, session.post(top + '/snapshots', json={
                        'snapshot': {'volume_id': one[-36:]}},
                        timeout=cloud.TIMEOUT), (202, 400, 404))
                    self.note(wrong, session.delete(
                        one, timeout=cloud.TIMEOUT), (202, 400, 404))

        with concurrent.futures.ThreadPoolExecutor() as pool:
            workers = [pool.submit(work, number) for number in range(4)]
            for _number in range(10):
                self.reset()
            done.set()
            for worker in workers:
                worker.result()
        self.assertEqual([], wrong)
        self.check()

    @staticmethod
    def note(wrong, response, expected):
        status = response.status_code
        if status == 503 and response.headers.get('Retry-After'):
            return
        if status not in expected:
            wrong.append((status, response.request.method, response.url,
                          response.text[:300]))

    def test_several_at_once(self):
        self.create_volume()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for answer in [pool.submit(self.reset) for _number in range(6)]:
                answer.result()
        self.check()


class TestStates(ResetTestCase):

    def test_save_alter_load(self):
        volume, snapshot, backup = self.furnish()
        rule = self.rule('volume-delete', 'fail')
        key = self.cloud.credentials(self.project).ak
        cursor = self.history()['cursor']
        before = self.everything(), self.files()
        saved = self.save()
        self.assertEqual(
            (self.project, 1, 1, 1), (
                saved['name'], saved['volumes'], saved['snapshots'],
                saved['backups']))
        self.assertGreater(saved['size'], len(OLD) + len(NEW))
        self.assertEqual(before, (self.everything(), self.files()))

        # All of it becomes another.
        self.control('DELETE', '/rules/' + rule, 204)
        self.write(volume, b'later' * 5000)
        self.cinder.volumes.update(volume, name='yours')
        self.cinder.backups.delete(backup)
        self.wait_gone(self.cinder.backups, backup)
        self.cinder.volume_snapshots.delete(snapshot)
        self.wait_gone(self.cinder.volume_snapshots, snapshot)
        self.create_volume()
        self.cinder.volume_types.create('mine')
        later = self.history()['cursor']

        self.reset(state=self.project)
        self.assertEqual(before, (self.everything(), self.files()))
        self.assertEqual(1, sum(self.allocated().values()))
        self.assertEqual(NEW, self.read(volume, len(NEW)))
        self.assertEqual('mine', self.cinder.volumes.get(volume.id).name)
        self.assertIn(key, [each['access_key'] for each in self.control(
            'GET', '/credentials', 200)['credentials']])
        self.assertEqual(cursor, self.history()['cursor'])
        # And it lives.
        self.control('DELETE', '/rules/' + rule, 204)
        self.assertEqual(202, self.rollback(snapshot, volume).status_code)
        self.wait_for(self.cinder.volumes, volume, 'available')
        self.forget_device(volume)
        self.assertEqual(OLD, self.read(volume, len(OLD)))
        restored = self.cinder.restores.restore(backup.id)
        restored = self.wait_for(
            self.cinder.volumes, self.cinder.volumes.get(restored.volume_id),
            'available')
        self.assertEqual(OLD, self.read(restored, len(OLD)))
        self.assertGreater(min(
            each['number'] for each in self.history(after=cursor)[
                'history']), later)
        for manager, each in ((self.cinder.backups, backup),
                              (self.cinder.volume_snapshots, snapshot),
                              (self.cinder.volumes, volume)):
            self.wait_settled()
            manager.delete(each)
            self.wait_gone(manager, each)
        # What was saved is as it was.
        self.reset(state=self.project)
        self.assertEqual(before, (self.everything(), self.files()))

    def test_names(self):
        one = self.save()
        self.assertEqual({'state': one}, self.control(
            'GET', '/states/' + self.project, 200))
        self.assertIn(one, self.control('GET', '/states', 200)['states'])
        self.control('POST', '/states', 409, {'state': {
            'name': self.project}})
        self.control('DELETE', '/states/' + self.project, 204)
        self.assertEqual([], [
            each for each in self.control('GET', '/states', 200)['states']
            if each['name'] == self.project])
        self.control('DELETE', '/states/' + self.project, 404)
        self.control('GET', '/states/' + self.project, 404)
        self.control('GET', '/states/%2e%2e', 404)
        self.control('GET', '/states/.one', 404)
        for name in ('', '../x', 'a b', 'x' * 65, 'x\n', 5, None):
            for path, body in (('/states', {'state': {'name': name}}),
                               ('/reset', {'reset': {'state': name}})):
                answer = self.control('POST', path, 400, body)
                self.assertIn(path == '/reset' and 'state' or 'name',
                              answer['badRequest']['message'])

    def test_unknown_state_changes_nothing(self):
        volume = self.create_volume()
        self.reset(404, state='unknown')
        self.assertEqual('available',
                         self.cinder.volumes.get(volume.id).status)

    def test_state_of_another_version(self):
        self.save()
        about = (self.cloud.state_dir / 'states' / self.project
                 / 'state.json')
        about.write_text(json.dumps({
            **json.loads(about.read_text()), 'schema': 'other'}))
        self.assertIn('version', self.reset(409, state=self.project)[
            'conflictingRequest']['message'])

    def test_not_at_rest(self):
        volume = self.create_volume()
        rule = self.rule('snapshot-create')
        snapshot = self.cinder.volume_snapshots.create(volume.id)
        self.until_matched()
        answer = self.control('POST', '/states', 409, {'state': {
            'name': self.project}})
        self.assertIn('at rest', answer['conflictingRequest']['message'])
        # It was but asked, and goes on.
        self.control('POST', '/rules/%s/release' % rule, 200,
                     {'release': {}})
        self.wait_for(self.cinder.volume_snapshots, snapshot, 'available')


class TestKill(ResetTestCase):
    """The process dies at any moment of it; the next start settles it."""

    def die_during(self, ask, seconds):
        """Kill the cloud a while after something was asked for."""
        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        threading.Event().wait(random.uniform(0, seconds))
        self.cloud.kill()
        thread.join(cloud.TIMEOUT)
        self.cloud.start()
        self.cinder = self.cloud.client(self.project)
        self.wait_settled()

    def post(self, path, body):
        try:
            requests.post(self.cloud.endpoint['control'] + path, json=body,
                          timeout=cloud.TIMEOUT)
        except requests.RequestException:
            # It died.
            pass

    def test_reset_and_save(self):
        self.furnish()
        self.save()
        full = self.world()
        duration = self.reset(state=self.project)['reset']['seconds']
        for asked in ({}, {'state': self.project}):
            self.die_during(lambda asked=asked: self.post(
                '/reset', {'reset': asked}), duration)
            self.assertIn(self.world(), (full, ({}, {})))
        self.reset(state=self.project)
        name = self.project[:-1]
        self.addCleanup(self.delete_state, name)
        self.die_during(lambda: self.post(
            '/states', {'state': {'name': name}}), duration)
        self.assertEqual(full, self.world())
        self.assertEqual([], list(self.cloud.state_dir.glob('states/.*')))
        if name in [each['name'] for each in self.control(
                'GET', '/states', 200)['states']]:
            self.reset()
            self.reset(state=name)
            self.assertEqual(full, self.world())
        self.reset()
        self.assert_empty()
        self.assert_works()

    def test_work_that_a_start_took_up(self):
        """Deletions go on in threads that no message began."""
        volume = self.create_volume()
        self.rule('volume-delete')
        self.cinder.volumes.delete(volume)
        self.until_matched()
        self.cloud.kill()
        self.cloud.start()
        self.cinder = self.cloud.client(self.project)
        self.until_matched(2)
        self.reset()
        self.assert_empty()
        self.assert_works()

    def world(self):
        """Bytes, and what they are of."""
        rows = {id: (table, status) for table in (
            'volumes', 'snapshots', 'backups') for id, status in
            self.cloud.stored('SELECT id, status FROM %s WHERE NOT deleted'
                              % table)}
        self.assertEqual([], list(self.cloud.state_dir.glob('pools/*/.*')))
        return rows, self.files()


class TestCommand(ResetTestCase):

    def run_command(self, *arguments, code=0):
        ran = subprocess.run(
            [sys.executable, '-m', 'evs_fake.cmd.evs_fake', *arguments,
             '--state-dir', str(self.cloud.state_dir)],
            capture_output=True, text=True)
        self.assertEqual(code, ran.returncode, ran.stderr)
        return ran.stdout if not code else ran.stderr

    def test_commands(self):
        volume = self.create_volume()
        self.addCleanup(self.delete_state, self.project)
        saved = json.loads(self.run_command(
            'state', 'save', self.project, '-f', 'json'))
        self.assertEqual((self.project, 1), (saved['name'],
                                             saved['volumes']))
        self.assertIn(self.project, self.run_command(
            'state', 'list', '-f', 'value').split())
        state, seconds = self.run_command('reset', '-f', 'value').split('\n')[
            :2]
        self.assertEqual('', state)
        self.assertGreater(float(seconds), 0)
        self.assertEqual([], self.cinder.volumes.list())
        for command in (('state', 'load', self.project),
                        ('reset', '--state', self.project)):
            self.assertIn(self.project, self.run_command(*command))
            self.assertEqual([volume.id], [
                each.id for each in self.cinder.volumes.list()])
        self.run_command('state', 'delete', self.project)
        self.assertIn('could not be found', self.run_command(
            'state', 'load', self.project, code=1))
        self.assertIn('letters', self.run_command(
            'state', 'save', '../x', code=2))
