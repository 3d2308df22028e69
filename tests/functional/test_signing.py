# SPDX-License-Identifier: Apache-2.0
"""Huawei's own EVS client, which signs, against the cloud."""

import json
import os
import subprocess
import sys

from huaweicloudsdkcore.auth import credentials
from huaweicloudsdkcore.exceptions import exceptions
from huaweicloudsdkevs import v2 as evs

from tests.functional import base
from tests.functional import cloud

#: As Huawei's documents have it.
_SCRIPT = """
from huaweicloudsdkevs.v2 import EvsClient, ListSnapshotsRequest
from huaweicloudsdkevs.v2.region.evs_region import EvsRegion

client = EvsClient.new_builder().with_region(
    EvsRegion.value_of("%s")).build()
for snapshot in client.list_snapshots(ListSnapshotsRequest()).snapshots:
    print(snapshot.id, snapshot.status)
"""


#: As in their quick starts: two keys, and no project.
_SCRIPT_WITHOUT_PROJECT = """
import os

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcbr.v1 import CbrClient, ListVaultRequest
from huaweicloudsdkcbr.v1.region.cbr_region import CbrRegion
from huaweicloudsdkevs.v2 import EvsClient, ListSnapshotsRequest
from huaweicloudsdkevs.v2.region.evs_region import EvsRegion

credentials = BasicCredentials(os.environ["CLOUD_SDK_AK"],
                               os.environ["CLOUD_SDK_SK"])
client = EvsClient.new_builder().with_credentials(credentials).with_region(
    EvsRegion.value_of("%s")).build()
for snapshot in client.list_snapshots(ListSnapshotsRequest()).snapshots:
    print(snapshot.id, snapshot.status)
client = CbrClient.new_builder().with_credentials(BasicCredentials(
    os.environ["CLOUD_SDK_AK"], os.environ["CLOUD_SDK_SK"])).with_region(
    CbrRegion.value_of("%s")).build()
print(client.list_vault(ListVaultRequest()).count, credentials.project_id)
"""


class SigningTestCase(base.CloudTestCase):

    def command(self, *arguments, code=0):
        """Run ``evs-fake``; what it printed, or complained of."""
        ran = subprocess.run(
            [sys.executable, '-m', 'evs_fake.cmd.evs_fake', *arguments,
             '--state-dir', str(self.cloud.state_dir)],
            capture_output=True, text=True, timeout=cloud.TIMEOUT)
        self.assertEqual(code, ran.returncode, ran.stderr)
        return ran.stderr if code else ran.stdout

    def make_credential(self, *arguments):
        return json.loads(self.command(
            'credential', 'create', '--project', self.project, '-f', 'json',
            *arguments))

    def client(self, credential, **changed):
        keys = {**credential, **changed}
        return evs.EvsClient.new_builder().with_credentials(
            credentials.BasicCredentials(
                keys['access_key'], keys['secret_key'], keys['project_id'])
        ).with_endpoints([self.cloud.url]).build()

    def assert_refused(self, function, *words):
        error = self.assertRaises(
            exceptions.ClientRequestException, function)
        self.assertEqual(401, error.status_code)
        self.assertEqual('APIGW.0301', error.error_code)
        for word in words:
            self.assertIn(word, error.error_msg)
        self.assertTrue(error.request_id.startswith('req-'))


class TestClient(SigningTestCase):

    def test_snapshots(self):
        client = self.client(self.make_credential())
        volume = self.create_volume()
        made = client.create_snapshot(evs.CreateSnapshotRequest(
            body=evs.CreateSnapshotRequestBody(
                evs.CreateSnapshotOption(volume_id=volume.id,
                                         name='\u732b & dog')))).snapshot
        snapshot = self.wait_for(self.cinder.volume_snapshots, made,
                                 'available')

        listed = client.list_snapshots(evs.ListSnapshotsRequest(
            volume_id=volume.id, status='available', limit=5)).snapshots
        self.assertEqual([snapshot.id], [each.id for each in listed])

        shown = client.show_snapshot(
            evs.ShowSnapshotRequest(snapshot.id)).snapshot
        self.assertEqual('\u732b & dog', shown.name)

        answer = client.rollback_snapshot(evs.RollbackSnapshotRequest(
            snapshot.id, body=evs.RollbackSnapshotRequestBody(
                evs.RollbackSnapshotOption(volume_id=volume.id))))
        self.assertEqual(volume.id, answer.rollback.volume_id)
        self.wait_for(self.cinder.volumes, volume, 'available')

    def test_tight_poll(self):
        """Equal requests within a second have equal signatures."""
        client = self.client(self.make_credential())
        for _poll in range(5):
            client.list_snapshots(evs.ListSnapshotsRequest())

    def test_refused(self):
        credential = self.make_credential()
        for changed, word in (
                ({'secret_key': 'x' * 40}, 'fail'),
                ({'access_key': 'A' * 20}, 'does not exist'),
                ({'project_id': 'other'}, 'project other')):
            client = self.client(credential, **changed)
            self.assert_refused(
                lambda client=client: client.list_snapshots(
                    evs.ListSnapshotsRequest()), word)

    def test_role(self):
        client = self.client(self.make_credential('--role', 'reader'))
        client.list_snapshots(evs.ListSnapshotsRequest())
        error = self.assertRaises(
            exceptions.ClientRequestException, client.delete_snapshot,
            evs.DeleteSnapshotRequest('x'))
        self.assertEqual((403, 'EVS.5403'),
                         (error.status_code, error.error_code))

    def test_slash_in_an_id(self):
        """Sent as %2F, which servers do not tell from "/" in paths."""
        client = self.client(self.make_credential())
        error = self.assertRaises(
            exceptions.ClientRequestException, client.show_snapshot,
            evs.ShowSnapshotRequest('a/b%2F c'))
        self.assertEqual(404, error.status_code)


class TestCredentials(SigningTestCase):

    def test_life(self):
        made = self.make_credential(
            '--user', 'ann', '--role', 'member', 'reader', '--role', 'extra',
            '--description', 'a "test"')
        self.assertEqual(
            (self.project, 'ann', ['member', 'reader', 'extra'], 'a "test"'),
            (made['project_id'], made['user_id'], made['roles'],
             made['description']))
        self.client(made).list_snapshots(evs.ListSnapshotsRequest())

        listed = json.loads(self.command('credential', 'list', '-f', 'json'))
        secret = made.pop('secret_key')
        self.assertIn(made, listed)
        table = self.command('credential', 'list')
        self.assertIn(made['access_key'], table)
        self.assertNotIn(secret, table)

        self.assertEqual('', self.command(
            'credential', 'delete', made['access_key']))
        client = self.client({**made, 'secret_key': secret})
        self.assert_refused(
            lambda: client.list_snapshots(evs.ListSnapshotsRequest()),
            'does not exist')
        self.assertIn(made['access_key'], self.command(
            'credential', 'delete', made['access_key'], code=1))
        self.assertNotIn(secret, self.cloud.log())


class TestOpenrc(SigningTestCase):

    def run_script(self, environment, region='cn-north-4', script=_SCRIPT):
        """Run a script with nothing in its environment but what is given."""
        ran = subprocess.run(
            [sys.executable, '-c', script.replace('%s', region)],
            env=environment, capture_output=True, text=True,
            timeout=cloud.TIMEOUT)
        self.assertEqual(0, ran.returncode, ran.stderr)
        return ran.stdout

    def environment(self, *options):
        return {name: value for name, value in self.cloud.environment(
                    self.project, '--sdk', *options).items()
                if 'CLOUD_SDK_' in name}

    def test_stock_script(self):
        snapshot = self.create_snapshot(self.create_volume())
        expected = '%s available\n' % snapshot.id
        environment = self.environment()
        self.assertEqual(expected, self.run_script(environment))
        self.assertEqual(self.cloud.endpoint['cbr'], environment[
            'HUAWEICLOUD_SDK_REGION_CBR_CN_NORTH_4'])
        path = self.cloud.state_dir / 'credentials' / (
            self.project + '.json')
        self.assertEqual(0o600, os.stat(path).st_mode & 0o777)
        self.assertEqual(0o700, os.stat(path.parent).st_mode & 0o777)

        # Kept, in whatever region.
        again = self.environment('--region', 'my-own-1')
        self.assertEqual(environment['HUAWEICLOUD_SDK_AK'],
                         again['HUAWEICLOUD_SDK_AK'])
        self.assertEqual(expected, self.run_script(again, 'my-own-1'))

        # Another one when the cloud does not know it any more, or when what
        # was kept is damaged.
        self.command('credential', 'delete', again['HUAWEICLOUD_SDK_AK'])
        anew = self.environment()
        self.assertNotEqual(environment['HUAWEICLOUD_SDK_AK'],
                            anew['HUAWEICLOUD_SDK_AK'])
        self.assertEqual(expected, self.run_script(anew))
        path.write_text('{')
        self.assertEqual(expected, self.run_script(self.environment()))
        for each in (environment, anew):
            self.assertNotIn(each['HUAWEICLOUD_SDK_SK'], self.cloud.log())

    def test_script_without_a_project(self):
        snapshot = self.create_snapshot(self.create_volume())
        environment = self.environment('--region', 'my-own-1')
        del environment['HUAWEICLOUD_SDK_PROJECT_ID']
        self.assertEqual(
            '%s available\n0 %s\n' % (snapshot.id, self.project),
            self.run_script(environment, 'my-own-1',
                            _SCRIPT_WITHOUT_PROJECT))

    def test_projects(self):
        session = self.cloud.session(self.project)
        for query, name in (('', self.project), ('?name=r-1', 'r-1')):
            found = session.get(self.cloud.url + '/v3/projects' + query
                                ).json()
            self.assertEqual([(self.project, name, True)], [
                (each['id'], each['name'], each['enabled'])
                for each in found['projects']])
