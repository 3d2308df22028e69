# SPDX-License-Identifier: Apache-2.0
"""A cloud with Keystone: who may do what, and how one is told."""

import os
import pathlib
import shutil
import signal
import stat
import subprocess

import fixtures
import requests
from cinderclient import exceptions as cinder_exceptions

from evs_fake.cloud import state_dir
from evs_fake.cloud.identity import accounts
from evs_fake.cloud.image import seed
from tests.functional import cloud
from tests.functional import commands
from tests.functional import identity
from tests.functional import shell
from tests.functional import signed


class TestUsers(identity.KeystoneTestCase):

    def setUp(self):
        super().setUp()
        self.volume = self.create_volume(name='of-demo')

    def project_of(self, user):
        return self.connect(user).current_project_id

    def ask(self, user, method, path, service='url', **options):
        """The response to a request of somebody's."""
        session = self.connect(user).session
        return session.request(
            self.cloud.endpoint[service] + path % {
                'project': session.get_project_id()},
            method, raise_exc=False, **options)

    def test_everybody_logs_in(self):
        projects = {}
        for user in accounts.USERS:
            session = self.connect(user.name).session
            roles = session.auth.get_access(session).role_names
            self.assertIn(user.role, roles)
            projects.setdefault(user.project, set()).add(
                session.get_project_id())
        self.assertEqual([1, 1], [len(ids) for ids in projects.values()])
        self.assertEqual(2, len(set.union(*projects.values())))

    def test_commands_of_everybody(self):
        for user, sees in (('admin', True), ('member', True),
                           ('reader', True), ('alt', False)):
            for command in (('cinder', 'list'),
                            ('openstack', 'volume', 'list')):
                ran = self.run_command(user, *command)
                self.assertEqual(0, ran.returncode, ran.stderr)
                self.assertEqual(sees, self.volume.id in ran.stdout,
                                 (user, command))

    def test_reader(self):
        reader = self.cinder_of('reader')
        self.assertIn(self.volume.id, self.statuses(reader.volumes))
        self.assertRaises(cinder_exceptions.Forbidden,
                          reader.volumes.create, 1)
        self.assertRaises(cinder_exceptions.Forbidden,
                          reader.volume_snapshots.create, self.volume.id)
        for service, path, body in (
                ('url', '/v2/%(project)s/cloudvolumes', {'volume': {
                    'availability_zone': 'nova', 'size': 1,
                    'volume_type': 'SSD'}}),
                ('url', '/v5/%(project)s/snapshots', {'snapshot': {
                    'volume_id': self.volume.id}}),
                ('cbr', '/v3/%(project)s/policies', {'policy': {
                    'name': 'p', 'operation_type': 'backup',
                    'operation_definition': {'max_backups': 1},
                    'trigger': {'properties': {'pattern': [
                        'FREQ=DAILY;INTERVAL=1;BYHOUR=1;BYMINUTE=00']}}}})):
            refused = self.ask('reader', 'POST', path, service, json=body)
            self.assertEqual(403, refused.status_code, refused.text)
        self.assertEqual({self.volume.id}, {
            each['id'] for each in self.ask(
                'reader', 'GET', '/v2/%(project)s/cloudvolumes/detail'
            ).json()['volumes']} & {self.volume.id})

    def test_other_project(self):
        made = self.ask('member', 'POST', '/v3/%(project)s/vaults', 'cbr',
                        json={'vault': {
                            'name': 'of-demo', 'resources': [], 'billing': {
                                'consistent_level': 'crash_consistent',
                                'object_type': 'disk', 'size': 10,
                                'protect_type': 'backup'}}})
        self.assertEqual(200, made.status_code, made.text)
        self.addCleanup(
            self.ask, 'member', 'DELETE',
            '/v3/%(project)s/vaults/' + made.json()['vault']['id'], 'cbr')
        alt = self.cinder_of('alt')
        self.assertEqual([], alt.volumes.list())
        self.assertRaises(cinder_exceptions.NotFound, alt.volumes.get,
                          self.volume.id)
        for service, path, name in (
                ('url', '/v2/%(project)s/cloudvolumes/detail', 'volumes'),
                ('cbr', '/v3/%(project)s/vaults', 'vaults')):
            of = {user: self.ask(user, 'GET', path, service).json()[name]
                  for user in ('member', 'alt')}
            self.assertEqual([], of['alt'])
            self.assertNotEqual([], of['member'])
        for service, path in (
                ('url', '/v3/%s/volumes'), ('url', '/v2/%s/cloudvolumes'),
                ('cbr', '/v3/%s/vaults')):
            wrong = self.ask('alt', 'GET', path % self.project_of('member'),
                             service)
            self.assertEqual(400, wrong.status_code, wrong.text)

    def test_changed_tokens(self):
        """One character of a token makes it nobody's."""
        token = self.connect('member').auth_token
        url = '%s/v3/%s/volumes?limit=1' % (
            self.cloud.url, self.project_of('member'))
        self.assertEqual(200, requests.get(
            url, headers={'X-Auth-Token': token},
            timeout=cloud.TIMEOUT).status_code)
        mutants = [token[:place] + (
            'A' if token[place] != 'A' else 'B') + token[place + 1:]
            # The last one has bits that do not count.
            for place in range(0, len(token) - 1, 7)]
        mutants += [token[:-9], token[9:], token + 'AAAA', token.swapcase(),
                    token[::-1], 'gAAAAA', '"' + token, 'x' * 5000, ':', '%']
        for mutant in mutants:
            for path in ('/v3/%s/volumes?limit=1',
                         '/v2/%s/cloudvolumes/detail'):
                refused = requests.get(
                    self.cloud.url + path % self.project_of('member'),
                    headers={'X-Auth-Token': mutant}, timeout=cloud.TIMEOUT)
                self.assertEqual(401, refused.status_code, mutant)

    def test_secrets_are_not_in_the_logs(self):
        passwords = accounts.read_passwords(
            state_dir.StateDir(self.cloud.state_dir))
        secrets = set(passwords.values())
        for user in ('admin', 'member', 'alt'):
            secrets.add(self.connect(user).auth_token)
        made = self.ask('admin', 'POST', '/evs-fake/v1/credentials', json={
            'credential': {'project_id': self.project_of('member')}})
        self.assertEqual(201, made.status_code, made.text)
        secrets.add(made.json()['credential']['secret_key'])
        transfer = self.cinder.transfers.create(self.volume.id)
        secrets.add(transfer.auth_key)
        self.cinder.transfers.delete(transfer)
        # A mistake of a kind that is often written down.
        self.assertEqual(401, requests.post(
            self.cloud.endpoint['identity'] + '/v3/auth/tokens', json={
                'auth': {'identity': {'methods': ['password'], 'password': {
                    'user': {'name': 'member', 'domain': {'id': 'default'},
                             'password': 'wrong-' + passwords['admin']}}}}},
            timeout=cloud.TIMEOUT).status_code)
        self.cloud.report(cloud.TIMEOUT)
        text = ''.join(
            path.read_text() for path in (
                self.cloud.state_dir / 'log').rglob('*') if path.is_file())
        self.assertIn(' DEBUG ', text)
        self.assertGreater(min(map(len, secrets)), 10)
        self.assertEqual([], [secret for secret in secrets
                              if secret in text])

    def test_control_is_for_administrators(self):
        rules = '/evs-fake/v1/rules'
        for user, status in (('admin', 200), ('member', 403),
                             ('reader', 403), ('alt', 403)):
            self.assertEqual(
                status, self.ask(user, 'GET', rules).status_code, user)
        everything = '/evs-fake/v1/history/all-projects'
        self.assertEqual(403, self.ask('member', 'GET',
                                       everything).status_code)
        own = self.ask('reader', 'GET', '/evs-fake/v1/history').json()
        self.assertIn(self.volume.id, {
            each['resource_id'] for each in own['history']})
        self.assertNotIn(self.volume.id, self.ask(
            'alt', 'GET', '/evs-fake/v1/history').text)

    def test_our_commands(self):
        """By the state directory they are the administrator's."""
        def run(*command):
            ran = commands.run(
                ('evs-fake', *command, '--state-dir',
                 str(self.cloud.state_dir)), {'PATH': '/nowhere'})
            self.assertEqual(0, ran.returncode, ran.stderr)
            return ran.stdout

        self.assertIn('nobody', run('rule', 'create', 'snapshot-create',
                                    'hold', '--name', 'nobody'))
        rule_id, = {each['id'] for each in self.ask(
            'admin', 'GET', '/evs-fake/v1/rules').json()['rules']}
        run('rule', 'delete', rule_id)
        self.assertIn(self.volume.id, run('history'))

    def test_without_a_valid_token(self):
        project = self.project_of('member')
        shapes = {
            '/v2/%s/cloudvolumes/detail': ('unauthorized', 'EVS.5401'),
            '/v1/%s/jobs/x': ('unauthorized', 'EVS.5401'),
            '/v5/%s/snapshots/x': ('unauthorized', 'EVS.5401'),
            '/v3/%s/volumes': ('error', 401),
            '/evs-fake/v1/rules': ('unauthorized', 401),
        }
        for headers in ({}, {'X-Auth-Token': 'wrong'},
                        {'X-Auth-Token': 'admin:' + project}):
            for path, (name, code) in shapes.items():
                refused = requests.get(
                    self.cloud.url + path.replace('%s', project),
                    headers=headers, timeout=cloud.TIMEOUT)
                self.assertEqual(401, refused.status_code, path)
                self.assertEqual({name}, set(refused.json()))
                self.assertEqual(code, refused.json()[name]['code'])
                self.assertIn('Keystone uri="%s' % (
                    self.cloud.endpoint['identity']),
                    refused.headers['WWW-Authenticate'])
            refused = requests.get(
                '%s/v3/%s/vaults' % (self.cloud.endpoint['cbr'], project),
                headers=headers, timeout=cloud.TIMEOUT)
            self.assertEqual(401, refused.status_code)
            self.assertEqual('BackupService.8600',
                             refused.json()['error_code'])

    def test_access_key(self):
        """Signed requests are those of the key's project and roles."""
        for user, status in (('member', 200), ('reader', 403)):
            environment = self.environment(user, '--sdk')
            project = environment['HUAWEICLOUD_SDK_PROJECT_ID']
            self.assertEqual(self.project_of(user), project)
            session = requests.Session()
            self.addCleanup(session.close)
            session.auth = signed.SdkAuth(environment['HUAWEICLOUD_SDK_AK'],
                                          environment['HUAWEICLOUD_SDK_SK'])
            url = '%s/v2/%s/cloudvolumes' % (self.cloud.url, project)
            listed = session.get(url + '/detail', timeout=cloud.TIMEOUT)
            self.assertIn(self.volume.id, listed.text)
            made = session.post(url, timeout=cloud.TIMEOUT, json={'volume': {
                'availability_zone': 'nova', 'size': 1, 'name': 'signed',
                'volume_type': 'SSD'}})
            self.assertEqual(status, made.status_code, made.text)
        found, = self.cinder.volumes.list(search_opts={'name': 'signed'})
        self.wait_for(self.cinder.volumes, found, 'available')

    def test_secrets(self):
        """Passwords are in files for the owner only, and in no log."""
        directory = self.cloud.state_dir
        passwords = accounts.read_passwords(
            state_dir.StateDir(directory)).values()
        self.assertEqual(len(passwords), len(set(passwords)))
        holders = set()
        for path in directory.rglob('*'):
            if path.is_file() and path.suffix not in ('.sqlite',):
                text = path.read_bytes()
                if any(each.encode() in text for each in passwords):
                    holders.add(path.relative_to(directory).as_posix())
                    self.assertEqual(
                        0o600, stat.S_IMODE(path.stat().st_mode), path)
        self.assertEqual(
            {'cinder.conf', 'clouds.yaml', 'identity/passwords.json',
             'image/glance-api.conf'}, holders)


class TestImages(identity.KeystoneTestCase):

    def setUp(self):
        super().setUp()
        self.glance = self.connect('member').image
        self.tiny, = self.glance.images(name=seed.NAME)

    def bytes_of(self, volume, size):
        with self.cloud.pool_file(volume.id).open('rb') as stored:
            return stored.read(size)

    def check_volume_of(self, image):
        volume = self.create_volume(imageRef=image.id)
        content = seed.content()
        self.assertEqual(content, self.bytes_of(volume, len(content)))
        self.assertEqual('true', volume.bootable)
        self.assertEqual(image.id, volume.volume_image_metadata['image_id'])
        return volume

    def test_the_first_image(self):
        self.assertEqual('public', self.tiny.visibility)
        self.assertEqual(seed.content(), self.glance.download_image(
            self.tiny).content)
        listed = self.run_command('alt', 'openstack', 'image', 'list')
        self.assertIn(self.tiny.id, listed.stdout, listed.stderr)

    def test_volume_from_raw(self):
        self.check_volume_of(self.tiny)

    def test_qcow2_and_back(self):
        # And not raw: Glance takes digests of every byte, holes too.
        top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        (top / 'raw').write_bytes(seed.content())
        subprocess.run(
            ['qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', '-c',
             str(top / 'raw'), str(top / 'qcow2')], check=True)
        image = self.glance.create_image(
            'compressed', filename=str(top / 'qcow2'), disk_format='qcow2',
            container_format='bare')
        self.addCleanup(self.glance.delete_image, image.id)
        volume = self.check_volume_of(image)
        _response, answer = self.cinder.volumes.upload_to_image(
            volume, False, 'back', 'bare', 'qcow2', 'private', False)
        made = answer['os-volume_upload_image']['image_id']
        self.addCleanup(self.glance.delete_image, made)
        cloud.until(lambda: self.glance.get_image(made).status == 'active',
                    'the image')
        (top / 'back').write_bytes(self.glance.download_image(made).content)
        subprocess.run(
            ['qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw',
             str(top / 'back'), str(top / 'converted')], check=True)
        with (top / 'converted').open('rb') as converted:
            self.assertEqual(seed.content(),
                             converted.read(len(seed.content())))

    def test_raw_and_back_through_the_cache(self):
        volume_type = self.cinder_of('admin').volume_types.create(
            'type-' + self.project)
        volume_type.set_keys({'volume_backend_name': 'evs-1'})
        volume = self.create_volume(volume_type=volume_type.name)
        places = (0, 300_000_001, (1 << 30) - 4096)
        pattern = os.urandom(4096)
        for place in places:
            self.write_at(volume.id, place, pattern)
        _response, answer = self.cinder.volumes.upload_to_image(
            volume, False, 'raw', 'bare', 'raw', 'private', False)
        made = answer['os-volume_upload_image']['image_id']
        self.addCleanup(self.glance.delete_image, made)
        self.wait_for(self.cinder.volumes, volume, 'available')
        image = self.glance.get_image(made)
        self.assertEqual(('active', 1 << 30), (image.status, image.size))

        copied = self.create_volume(
            imageRef=made, volume_type=volume_type.name)
        for place in places:
            self.assertEqual(pattern, self.read_at(copied.id, place, 4096))
        self.assertEqual(bytes(4096), self.read_at(copied.id, 4096, 4096))
        # Something that no image has tells what the next one is a clone of.
        (cached,), = self.cloud.stored(
            'SELECT volume_id FROM image_volume_cache_entries '
            'WHERE image_id = ?', made)
        self.write_at(cached, 4096, b'cached')
        cloned = self.create_volume(
            imageRef=made, volume_type=volume_type.name)
        self.assertEqual(b'cached', self.read_at(cloned.id, 4096, 6))
        for place in places:
            self.assertEqual(pattern, self.read_at(cloned.id, place, 4096))

    def write_at(self, volume_id, place, data):
        with self.cloud.pool_file(volume_id).open('r+b') as stored:
            stored.seek(place)
            stored.write(data)

    def read_at(self, volume_id, place, size):
        with self.cloud.pool_file(volume_id).open('rb') as stored:
            stored.seek(place)
            return stored.read(size)

    def test_image_that_is_not_there(self):
        self.assertRaises(
            cinder_exceptions.BadRequest, self.cinder.volumes.create, 1,
            imageRef='00000000-0000-4000-8000-000000000000')

    def test_signed(self):
        """A signature is no token that Glance would take."""
        environment = self.environment('member', '--sdk')
        with requests.Session() as session:
            session.auth = signed.SdkAuth(environment['HUAWEICLOUD_SDK_AK'],
                                          environment['HUAWEICLOUD_SDK_SK'])
            refused = session.post(
                '%s/v2/%s/cloudvolumes' % (
                    self.cloud.url,
                    environment['HUAWEICLOUD_SDK_PROJECT_ID']),
                timeout=cloud.TIMEOUT, json={'volume': {
                    'availability_zone': 'nova', 'size': 1,
                    'volume_type': 'SSD', 'imageRef': self.tiny.id}})
        self.assertEqual(400, refused.status_code, refused.text)


class TestLifecycle(identity.KeystoneTestCase):

    def children(self):
        """Process ids of Keystone and Glance."""
        pid = self.cloud.endpoint['pid']
        found = {}
        for path in pathlib.Path('/proc').glob('[0-9]*'):
            try:
                status = (path / 'stat').read_text()
                command = (path / 'cmdline').read_text().split('\0')
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(status.rpartition(')')[2].split()[1]) == pid:
                found[command[2]] = int(path.name)
        return (found['evs_fake.cloud.identity.process'],
                found['evs_fake.cloud.image.process'])

    def check_gone(self, pids):
        cloud.until(lambda: not any(
            os.path.exists('/proc/%d' % pid) for pid in pids),
            'the end of Keystone and Glance')

    def start(self):
        """Start again; nobody may have to log in anew by other means."""
        before = self.environment_of('member')
        self.cloud.start()
        after = self.environment_of('member')
        self.assertEqual(before['OS_PASSWORD'], after['OS_PASSWORD'])
        self.cinder = self.cinder_of('member')

    def environment_of(self, user):
        passwords = accounts.read_passwords(
            state_dir.StateDir(self.cloud.state_dir))
        return {'OS_PASSWORD': passwords[user]}

    def listed(self):
        admin = self.connect('admin')
        glance = self.connect('member').image
        return {
            'volumes': sorted(self.statuses(self.cinder.volumes)),
            'images': sorted(each.id for each in glance.images()),
            'projects': sorted(
                (each.id, each.name) for each in admin.identity.projects()),
            'users': sorted(
                (each.id, each.name) for each in admin.identity.users()),
            'services': sorted(each.type
                               for each in admin.identity.services()),
            'token': admin.identity.get(
                '/auth/tokens', headers={'X-Subject-Token': self.token}
            ).json()['token']['user']['name']}

    def test_ends_and_starts(self):
        self.create_volume()
        admin = self.connect('admin')
        own = admin.identity.create_project(name='own-' + self.project)
        self.addCleanup(
            lambda: self.connect('admin').identity.delete_project(own))
        self.token = self.connect('reader').auth_token
        before = self.listed()
        self.assertEqual(
            ['block-storage', 'block-store', 'cbr', 'evs', 'identity',
             'image', 'volumev3'], before['services'])

        # SIGTERM
        children = self.children()
        self.assertEqual(0, self.cloud.stop())
        self.check_gone(children)
        self.start()
        self.assertEqual(before, self.listed())

        # A child that dies
        children = self.children()
        os.kill(children[0], signal.SIGKILL)
        code, said = self.cloud.wait()
        self.assertEqual(1, code)
        self.assertEqual(
            'evs-fake: Keystone ended unexpectedly (signal 9); see the log, '
            '%s\n' % (self.cloud.state_dir / 'log' / 'keystone.log'), said)
        self.check_gone(children)
        self.assertFalse(
            (self.cloud.state_dir / 'endpoint.json').exists())
        self.start()
        self.assertEqual(before, self.listed())

        # SIGKILL
        children = self.children()
        self.cloud.kill()
        self.check_gone(children)
        self.start()
        self.assertEqual(before, self.listed())


class TestImagesWithoutKeystone(shell.ShellTestCase):

    def make_cloud(self):
        if shutil.which('qemu-img') is None:
            self.skipTest('needs qemu-img, as Cinder does for images')
        own = self.useFixture(cloud.CloudFixture(
            arguments=('--image', '--image-port', '0'))).cloud
        own.start()
        return own

    def check_pages(self):
        """Its images are as open as its volumes: no web page gets any."""
        url = self.cloud.endpoint['image'] + '/v2/images'
        for headers, status in (
                ({}, 200), ({'Host': 'localhost'}, 200),
                ({'Host': 'evil.example'}, 403),
                ({'Origin': 'https://evil.example'}, 403)):
            self.assertEqual(status, requests.get(
                url, headers=headers, timeout=cloud.TIMEOUT).status_code)

    def test_commands(self):
        self.check_pages()
        image, = self.openstack('image', 'list')
        self.assertEqual(seed.NAME, image['Name'])
        made = self.openstack('volume', 'create', '--size', '1', '--image',
                              seed.NAME, 'disk')
        volume = self.cinder.volumes.get(made['id'])
        volume = self.wait_for(self.cinder.volumes, volume, 'available')
        content = seed.content()
        with self.cloud.pool_file(volume.id).open('rb') as stored:
            self.assertEqual(content, stored.read(len(content)))
        self.run_cinder('upload-to-image', '--disk-format', 'qcow2',
                        'disk', 'back')
        cloud.until(
            lambda: {'Name': 'back', 'Status': 'active'} in self.openstack(
                'image', 'list', '-c', 'Name', '-c', 'Status'), 'the image')
        own = self.openstack('image', 'create', '--private', 'own')
        self.assertEqual(self.project, own['owner'])
