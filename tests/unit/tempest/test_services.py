# SPDX-License-Identifier: Apache-2.0
"""What the clients ask, and what they make of the answer."""

from tempest.lib import exceptions

from evs_fake.tempest.services import cbr
from evs_fake.tempest.services import control
from evs_fake.tempest.services import evs
from evs_fake.tempest.services import native
from tests.unit.tempest import base

#: A client, what is asked of it, the status that is a success, and the
#: request that is expected.
REQUESTS = (
    (native.RevertClient, ('revert_volume', 'v', 's'), {}, 202,
     ('POST', '/v3/p/volumes/v/action', {'revert': {'snapshot_id': 's'}})),
    (evs.SnapshotsClient, ('create_snapshot',), {'volume_id': 'v'}, 202,
     ('POST', '/v2/p/cloudsnapshots', {'snapshot': {'volume_id': 'v'}})),
    (evs.SnapshotsClient, ('list_snapshots',), {'status': 'backing-up'}, 200,
     ('GET', '/v2/p/cloudsnapshots/detail?status=backing-up', None)),
    (evs.SnapshotsClient, ('show_snapshot', 's'), {}, 200,
     ('GET', '/v2/p/cloudsnapshots/s', None)),
    (evs.SnapshotsClient, ('update_snapshot', 's'), {'name': 'n'}, 200,
     ('PUT', '/v2/p/cloudsnapshots/s', {'snapshot': {'name': 'n'}})),
    (evs.SnapshotsClient, ('delete_snapshot', 's'), {}, 202,
     ('DELETE', '/v2/p/cloudsnapshots/s', None)),
    (evs.SnapshotsClient, ('rollback_snapshot', 's'), {'volume_id': 'v'}, 202,
     ('POST', '/v2/p/cloudsnapshots/s/rollback',
      {'rollback': {'volume_id': 'v'}})),
    (evs.VolumesClient, ('list_volumes',), {}, 200,
     ('GET', '/v2/p/cloudvolumes/detail', None)),
    (evs.VolumesClient, ('show_volume', 'v'), {}, 200,
     ('GET', '/v2/p/cloudvolumes/v', None)),
    (evs.VolumesClient, ('delete_volume', 'v'), {}, 200,
     ('DELETE', '/v2/p/cloudvolumes/v', None)),
    (cbr.VaultsClient, ('create_vault', 'n', 7, ['v']), {}, 200,
     ('POST', '/v3/p/vaults', {'vault': {
         'name': 'n', 'billing': {
             'object_type': 'disk', 'protect_type': 'backup',
             'consistent_level': 'crash_consistent', 'size': 7},
         'resources': [{'id': 'v', 'type': 'OS::Cinder::Volume'}]}})),
    (cbr.VaultsClient, ('list_vaults',), {'name': 'a b'}, 200,
     ('GET', '/v3/p/vaults?name=a+b', None)),
    (cbr.VaultsClient, ('show_vault', 'v'), {}, 200,
     ('GET', '/v3/p/vaults/v', None)),
    (cbr.VaultsClient, ('delete_vault', 'v'), {}, 204,
     ('DELETE', '/v3/p/vaults/v', None)),
    (cbr.CheckpointsClient, ('create_checkpoint', 'v'), {'name': 'n'}, 200,
     ('POST', '/v3/p/checkpoints', {'checkpoint': {
         'vault_id': 'v', 'parameters': {'name': 'n'}}})),
    (cbr.CheckpointsClient, ('show_checkpoint', 'c'), {}, 200,
     ('GET', '/v3/p/checkpoints/c', None)),
    (cbr.BackupsClient, ('list_backups',), {'checkpoint_id': 'c'}, 200,
     ('GET', '/v3/p/backups?checkpoint_id=c', None)),
    (cbr.BackupsClient, ('show_backup', 'b'), {}, 200,
     ('GET', '/v3/p/backups/b', None)),
    (cbr.BackupsClient, ('delete_backup', 'b'), {}, 204,
     ('DELETE', '/v3/p/backups/b', None)),
    (cbr.BackupsClient, ('restore_backup', 'b', 'v'), {}, 202,
     ('POST', '/v3/p/backups/b/restore', {'restore': {'volume_id': 'v'}})),
    (control.RulesClient, ('create_rule', 'volume-delete', 'hold'),
     {'match': {'volume_id': 'v'}}, 201,
     ('POST', '/evs-fake/v1/rules', {'rule': {
         'operation': 'volume-delete', 'action': 'hold',
         'match': {'volume_id': 'v'}}})),
    (control.RulesClient, ('show_rule', 'r'), {}, 200,
     ('GET', '/evs-fake/v1/rules/r', None)),
    (control.RulesClient, ('release_rule', 'r'), {'fail': True}, 200,
     ('POST', '/evs-fake/v1/rules/r/release', {'release': {'fail': True}})),
    (control.RulesClient, ('delete_rule', 'r'), {}, 204,
     ('DELETE', '/evs-fake/v1/rules/r', None)),
)


class RequestsTest(base.ClientTestCase):

    def test_each(self):
        for kind, (method, *arguments), fields, status, expected in REQUESTS:
            self.answers.append((status, {'answer': {'id': 'x'}}))
            answer = getattr(self.client(kind), method)(*arguments, **fields)
            verb, path, body = expected
            self.assertEqual((verb, base.ROOT + path, body),
                             self.asked.pop(), method)
            self.assertEqual(
                {} if status == 204 else {'answer': {'id': 'x'}}, answer)
            self.assertEqual('a token', self.headers['X-Auth-Token'])

    def test_another_success_is_none(self):
        for kind, (method, *arguments), fields, status, _ in REQUESTS:
            self.answers.append((200 if status != 200 else 202, {}))
            self.assertRaises(
                exceptions.InvalidHttpSuccessCode,
                getattr(self.client(kind), method), *arguments, **fields)

    def test_every_method_is_here(self):
        asked = {(kind, names[0]) for kind, names, *_ in REQUESTS}
        for kind in {kind for kind, *_ in REQUESTS}:
            for name in vars(kind):
                if name.partition('_')[0] in (
                        'create', 'list', 'show', 'update', 'delete',
                        'release', 'restore', 'revert', 'rollback'):
                    self.assertIn((kind, name), asked)

    def test_revert_says_its_microversion(self):
        self.answers.append((202, {}))
        self.client(native.RevertClient).revert_volume('v', 's')
        self.assertEqual('volume 3.40',
                         self.headers['OpenStack-API-Version'])

    def test_errors(self):
        for status, expected in ((400, exceptions.BadRequest),
                                 (403, exceptions.Forbidden),
                                 (404, exceptions.NotFound),
                                 (409, exceptions.Conflict)):
            self.answers.append(
                (status, {'fault': {'code': 'EVS.1', 'message': 'why'}}))
            error = self.assertRaises(
                expected, self.client(evs.SnapshotsClient).show_snapshot, 's')
            self.assertEqual({'code': 'EVS.1', 'message': 'why'},
                             error.resp_body)


class RootTest(base.ClientTestCase):

    def root(self, catalog, endpoint=None, kind=evs.SnapshotsClient):
        return self.client(kind, catalog, endpoint).root

    def test_catalog(self):
        for endpoint, root in (
                ('https://evs.example', 'https://evs.example'),
                ('https://evs.example/', 'https://evs.example'),
                ('https://evs.example/v2', 'https://evs.example'),
                ('https://evs.example/v2.1/', 'https://evs.example'),
                ('http://[::1]:8776/v3/abc', 'http://[::1]:8776'),
                ('https://cloud/volume/v3/abc', 'https://cloud/volume'),
                ('https://cloud/v3/v2', 'https://cloud'),
                ('https://cloud/v1alpha/v2', 'https://cloud/v1alpha')):
            self.assertEqual(root, self.root(endpoint))

    def test_control_is_below(self):
        self.assertEqual(
            'https://cloud/volume/evs-fake/v1', self.root(
                'https://cloud/volume/v3/abc', kind=control.RulesClient))

    def test_option(self):
        self.assertEqual('https://evs/a', self.root(
            'https://cloud/v3', 'https://evs/a/'))
        self.assertEqual('https://fake/v1', self.root(
            'https://cloud/v3', 'https://fake/v1', control.RulesClient))


class DeletedTest(base.ClientTestCase):

    def test_gone_or_not(self):
        client = self.client(evs.SnapshotsClient)
        self.answers += [(200, {'snapshot': {}}), (404, {'error': {}}),
                         (403, {'error': {}})]
        self.assertFalse(client.is_resource_deleted('s'))
        self.assertTrue(client.is_resource_deleted('s'))
        self.assertRaises(exceptions.Forbidden,
                          client.is_resource_deleted, 's')
