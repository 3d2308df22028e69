# SPDX-License-Identifier: Apache-2.0
"""Each limit of a cloud has an answer; and no secret is in its log."""

import re

import requests

from benchmarks import growth
from tests.functional import base
from tests.functional import cloud
from tests.functional import signed

_PAGE = 'https://dashboard.example'

CONFIG = """
[DEFAULT]
debug = true

[evs_fake]
max_rules = 2
max_held_operations = 2

[cors]
allowed_origin = %s
""" % _PAGE

#: As in a container.
ARGUMENTS = ('--host', '0.0.0.0', '--insecure-listen',
             '--public-host', 'localhost', '--public-host', 'evs.example')


class TestLimits(base.CloudTestCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        fixture = cloud.CloudFixture(CONFIG, arguments=ARGUMENTS)
        cls.addClassCleanup(fixture.cleanUp)
        fixture.setUp()
        cls.own = fixture.cloud
        cls.own.start()

    def make_cloud(self):
        return self.own

    def ask(self, method, path, status, service='url', **options):
        response = requests.request(
            method, self.cloud.endpoint[service] + path,
            timeout=cloud.TIMEOUT, **options)
        self.assertEqual(status, response.status_code, response.text[:500])
        return response

    def rule(self, status=201, **asked):
        answer = self.ask('POST', '/rules', status, 'control', json={'rule': {
            'match': {'project_id': self.project}, **asked}}).json()
        if status == 201:
            self.addCleanup(requests.delete, '%s/rules/%s' % (
                self.cloud.endpoint['control'], answer['rule']['id']),
                timeout=cloud.TIMEOUT)
        return answer

    # Where it listens, and to whom

    def test_names(self):
        for service in ('url', 'cbr', 'control', 'evs'):
            self.assertTrue(self.cloud.endpoint[service].startswith(
                'http://localhost:'), service)
        for host, status in (('evs.example', 300), ('127.0.0.1', 300),
                             ('192.0.2.1:80', 300), ('other.example', 403)):
            self.ask('GET', '/', status, headers={'Host': host})

    def test_page_that_is_admitted(self):
        response = self.ask('GET', '/v3/%s/volumes' % self.project, 200,
                            headers={'Origin': _PAGE})
        self.assertEqual(
            _PAGE, response.headers['Access-Control-Allow-Origin'])
        self.ask('GET', '/v3/%s/volumes' % self.project, 403,
                 headers={'Origin': 'https://evil.example'})

    # Requests

    def test_headers(self):
        for service in ('url', 'cbr'):
            response = self.ask('GET', '/', 431, service,
                                headers={'X-Auth-Token': 'x' * 70000})
            self.assertIn('65536 bytes', response.text)

    def test_body(self):
        for service, path in (
                ('url', '/v3/%s/volumes'), ('url', '/v2/%s/cloudsnapshots'),
                ('cbr', '/v3/%s/vaults')):
            for data in (b'x' * 200_000, iter([b'x' * 200_000])):
                self.ask('POST', path % self.project, 413, service,
                         data=data, headers={
                             'Content-Type': 'application/json'})

    def test_depth(self):
        for service, path in (
                ('url', '/v3/%s/volumes'), ('url', '/v2/%s/cloudsnapshots'),
                ('cbr', '/v3/%s/vaults')):
            for deep in ('[' * 50000, '{"a":' * 500 + '1' + '}' * 500):
                response = self.ask(
                    'POST', path % self.project, 400, service, data=deep,
                    headers={'Content-Type': 'application/json'})
                self.assertIn('64', response.text)

    def test_page(self):
        self.ask('GET', '/v2/%s/cloudsnapshots/detail?limit=1001'
                 % self.project, 400)
        self.ask('GET', '/v3/%s/vaults?limit=1001' % self.project, 400, 'cbr')
        self.ask('GET', '/history?limit=1001', 400, 'control')

    def test_page_of_cinders(self):
        volume = self.create_volume()
        snapshot = self.create_snapshot(volume)
        growth.Filler('sqlite:///%s' % (
            self.cloud.state_dir / 'cinder.sqlite')).fill(
                volume.id, snapshot.id, 1005)
        for limit in ('', '?limit=1001', '?limit=100000'):
            answer = self.ask(
                'GET', '/v3/%s/snapshots%s' % (self.project, limit), 200
            ).json()
            self.assertEqual(1000, len(answer['snapshots']), limit)
            self.assertEqual('next', answer['snapshots_links'][0]['rel'])

    # What there may be

    def test_rules(self):
        for _number in range(2):
            self.rule(operation='volume-create', action='fail',
                      match={'name': 'none'})
        refused = self.rule(413, operation='volume-create', action='hold')
        self.assertIn('max_rules', refused['overLimit']['message'])

    def test_held_operations(self):
        volume = self.create_volume()
        rule = self.rule(operation='snapshot-create', action='hold',
                         times=None)['rule']['id']
        create = self.cinder.volume_snapshots.create
        held = [create(volume.id, force=True) for _number in range(2)]
        cloud.until(lambda: self.ask(
            'GET', '/rules/' + rule, 200, 'control').json()['rule'][
                'matched'] == 2, 'both')
        one_more = create(volume.id, force=True)
        self.wait_for(self.cinder.volume_snapshots, one_more, 'error')
        # Cinder sets the status before it logs why.
        cloud.until(lambda: 'max_held_operations' in self.cloud.log(),
                    'the reason in the log')
        for each in held:
            self.assertEqual('creating', self.cinder.volume_snapshots.get(
                each.id).status)
        self.ask('POST', '/rules/%s/release' % rule, 200, 'control',
                 json={'release': {}})
        for each in held:
            self.wait_for(self.cinder.volume_snapshots, each, 'available')

    # What it tells

    def test_files_are_private(self):
        """Of a process whose umask lets others read."""
        self.create_volume()
        files = [path for path in self.cloud.state_dir.rglob('*')
                 if not path.is_symlink()]
        self.assertGreater(len(files), 20)
        self.assertEqual([], [path for path in files
                              if path.stat().st_mode & 0o077])

    def test_secrets_are_not_in_the_log(self):
        made = self.ask('POST', '/credentials', 201, 'control', json={
            'credential': {'project_id': self.project}}).json()['credential']
        secrets = {made['secret_key']}
        keys = signed.Keys(made['access_key'], made['secret_key'])
        volume = self.create_volume()
        for grammar in signed.GRAMMARS:
            for path in ('/v3/%s/volumes', '/v2/%s/cloudvolumes/detail'):
                request = signed.sign(
                    keys, 'GET', self.cloud.url + path % self.project,
                    grammar=grammar)
                self.assertEqual(200, request.send().status_code)
                # Of a request that is refused, it says why.
                late = signed.sign(
                    keys, 'GET', self.cloud.url + path % self.project,
                    grammar=grammar, seconds=-3600)
                self.assertEqual(401, late.send().status_code)
                for each in (request, late):
                    secrets.add(re.search(
                        'Signature=([0-9a-f]{64})',
                        each.headers['Authorization'])[1])
        transfer = self.cinder.transfers.create(volume.id, 'gift')
        secrets.add(transfer.auth_key)
        other = self.cloud.client('other-' + self.project)
        other.transfers.accept(transfer.id, transfer.auth_key)
        connection = other.attachments.create(
            volume.id, {'host': 'h', 'ip': '127.0.0.1'}, None)
        self.assertTrue(connection['id'])
        self.cloud.report(cloud.TIMEOUT)
        files = [path for path in (self.cloud.state_dir / 'log').rglob('*')
                 if path.is_file()]
        text = ''.join(path.read_text() for path in files)
        # It is a log of all that was done, in detail.
        self.assertIn(' DEBUG ', text)
        self.assertIn('"auth_key": "***"', text)
        self.assertGreater(min(map(len, secrets)), 10)
        self.assertEqual([], [secret for secret in secrets
                              if secret in text])
