# SPDX-License-Identifier: Apache-2.0
"""The snapshot that the system makes while CBR backs up a volume."""

from huaweicloudsdkcore.exceptions import exceptions
from huaweicloudsdkevs import v2 as evs

from tests.functional import cloud
from tests.functional import tenants
from tests.functional import test_cbr
from tests.functional import test_restart
from tests.functional import test_rules

OLD = b'old' * 1000
#: Written before the backup, and zeros again at the time of it.
HOLE = 1 << 20
FAR = (1 << 30) - 4096


class SystemSnapshotTestCase(test_rules.RulesTestCase, test_cbr.CbrTestCase):

    def setUp(self):
        super().setUp()
        self.tenant = tenants.Tenant(self.cloud, self.project)
        self.addCleanup(self.tenant.close)
        self.evs = evs.EvsClient.new_builder().with_credentials(
            self.cloud.credentials(self.project)).with_endpoints(
                [self.cloud.url]).build()
        self.volume = self.create_volume()
        self.vault = self.create_vault(self.volume)

    def back_up_held(self):
        """Have a checkpoint made, and its backup held."""
        self.held = self.rule('backup-create', 'hold')
        self.checkpoint = self.back_up(self.vault)
        self.wait_matched(self.held)
        self.snapshot, = self.until_backing_up()

    def finish(self):
        self.release(self.held)
        self.wait_checkpoint(self.checkpoint)
        self.wait_gone(self.cinder.volume_snapshots, self.snapshot)

    def get(self, path):
        response = self.tenant.request('GET', path)
        self.assertEqual(200, response.status_code, response.text)
        return response.json()


class TestViews(SystemSnapshotTestCase):

    def lists(self, **query):
        """Id, name and status in every list there is."""
        asked = '?' + '&'.join('%s=%s' % each for each in query.items())
        answers = [
            self.get(path + asked)['snapshots'] for path in (
                '/v3/{project_id}/snapshots/detail',
                '/v2/{project_id}/snapshots/detail',
                '/v2/{project_id}/cloudsnapshots/detail',
                '/v5/{project_id}/snapshots/detail')]
        answers += [
            [each.to_dict() for each in found.snapshots] for found in (
                self.evs.list_snapshots(evs.ListSnapshotsRequest(**query)),
                self.evs.list_snapshots_details(
                    evs.ListSnapshotsDetailsRequest(**query)))]
        return [{(each['id'], each['name'], each['status'])
                 for each in answer} for answer in answers]

    def singles(self):
        """The snapshot in every view of one that there is."""
        one = self.snapshot.id
        found = [
            self.get(path + one)['snapshot'] for path in (
                '/v3/{project_id}/snapshots/',
                '/v2/{project_id}/snapshots/',
                '/v2/{project_id}/cloudsnapshots/',
                '/v5/{project_id}/snapshots/')]
        found += [
            self.evs.show_snapshot(
                evs.ShowSnapshotRequest(one)).snapshot.to_dict(),
            self.evs.show_standard_snapshot(
                evs.ShowStandardSnapshotRequest(one)).snapshot.to_dict()]
        return [(each['id'], each['name'], each['status'])
                for each in found]

    def check_shown(self):
        seen = (self.snapshot.id, self.snapshot.name, 'backing-up')
        self.assertTrue(self.snapshot.name.startswith('autobk_snapshot_'))
        self.assertEqual([seen] * 6, self.singles())
        for query in ({'status': 'backing-up'},
                      {'volume_id': self.volume.id},
                      {'name': self.snapshot.name}):
            self.assertEqual([{seen}] * 6, self.lists(**query), query)
        self.assertEqual([set()] * 6, self.lists(status='available'))
        backup, = self.backups(checkpoint_id=self.checkpoint.id)
        self.assertEqual((self.snapshot.id, 'protecting'),
                         (backup.extend_info.snapshot_id, backup.status))
        self.assertEqual('backing-up', self.evs.show_volume(
            evs.ShowVolumeRequest(self.volume.id)).volume.status)

    def check_gone(self):
        self.assertEqual([set()] * 6, self.lists(volume_id=self.volume.id))
        for path in ('/v3/{project_id}/snapshots/',
                     '/v2/{project_id}/cloudsnapshots/',
                     '/v5/{project_id}/snapshots/'):
            self.assertEqual(404, self.tenant.request(
                'GET', path + self.snapshot.id).status_code)
        error = self.assertRaises(
            exceptions.ClientRequestException, self.evs.show_snapshot,
            evs.ShowSnapshotRequest(self.snapshot.id))
        self.assertEqual('EVS.5404', error.error_code)
        self.assertNotIn(self.snapshot.id, self.cloud.pool_files())

    def write_old(self):
        self.write(self.volume, OLD)
        self.write(self.volume, b'erased', HOLE)
        self.write(self.volume, bytes(4096), HOLE)
        self.write(self.volume, OLD, FAR)

    def check_restored(self):
        """Also zeros, over what was written since."""
        for offset in (0, HOLE, FAR):
            self.write(self.volume, b'new' * 1000, offset)
        backup, = self.backups(checkpoint_id=self.checkpoint.id)
        self.restore(backup, self.volume)
        self.wait_for(self.cinder.volumes, self.volume, 'available')
        self.assertEqual(
            [OLD, bytes(len(OLD)), OLD],
            [self.read(self.volume, len(OLD), offset)
             for offset in (0, HOLE, FAR)])

    def test_detached_volume(self):
        self.write_old()
        self.back_up_held()
        self.check_shown()
        self.finish()
        self.check_gone()
        self.check_restored()

    def test_attached_volume(self):
        self.write_old()
        attachment = self.cinder.attachments.create(
            self.volume.id, {}, None)
        self.cinder.attachments.complete(attachment['id'])
        self.wait_for(self.cinder.volumes, self.volume, 'in-use')
        self.back_up_held()
        self.check_shown()
        # A server goes on writing.
        self.write(self.volume, b'too late')
        self.finish()
        self.check_gone()
        self.wait_for(self.cinder.volumes, self.volume, 'in-use')
        self.cinder.attachments.delete(attachment['id'])
        self.wait_for(self.cinder.volumes, self.volume, 'available')
        self.check_restored()


class TestRefusals(SystemSnapshotTestCase):
    """View-only: all else that its owner asks for is refused."""

    def operations(self):
        """Method, path and body; the status and what the message says."""
        snapshot, volume = self.snapshot.id, self.volume.id
        view_only, forbidden = (400, 'view-only'), (403, 'Policy')
        native = '/v3/{project_id}/snapshots/' + snapshot
        for method, path, body in (
                ('DELETE', '', None),
                ('PUT', '', {'snapshot': {'name': 'mine'}}),
                ('POST', '/metadata', {'metadata': {'a': 'b'}}),
                ('PUT', '/metadata', {'metadata': {'a': 'b'}}),
                ('PUT', '/metadata/a', {'meta': {'a': 'b'}}),
                ('DELETE', '/metadata/a', None),
                ('POST', '/action', {'os-update_snapshot_status': {
                    'status': 'available'}})):
            yield method, native + path, body, view_only
        for action, body in (
                ('os-reset_status', {'status': 'available'}),
                ('os-force_delete', None), ('os-unmanage', None)):
            yield 'POST', native + '/action', {action: body}, forbidden

        rollback = {'rollback': {'volume_id': volume}}
        for collection in ('/v2/{project_id}/cloudsnapshots/',
                           '/v2/{project_id}/os-vendor-snapshots/',
                           '/v3/{project_id}/cloudsnapshots/',
                           '/v3/{project_id}/os-vendor-snapshots/',
                           '/v5/{project_id}/snapshots/'):
            yield ('POST', collection + snapshot + '/rollback', rollback,
                   view_only)
        yield ('POST', '/v3/{project_id}/volumes/%s/action' % volume,
               {'revert': {'snapshot_id': snapshot}}, (409, 'view-only'))
        update = {'snapshot': {'name': 'mine'}}
        for collection in ('/v2/{project_id}/cloudsnapshots/',
                           '/v5/{project_id}/snapshots/'):
            yield 'PUT', collection + snapshot, update, view_only
            yield 'DELETE', collection + snapshot, None, view_only

        tags = [{'key': 'a', 'value': 'b'}]
        standard = '/v5/{project_id}/snapshots/%s/tags/' % snapshot
        yield 'POST', standard + 'create', {'tags': tags}, view_only
        yield 'POST', standard + 'delete', {'tags': tags}, view_only
        vendor = '/v2/{project_id}/os-vendor-tags/snapshots/' + snapshot
        for method, path, body in (
                ('PUT', '', {'tags': {'a': 'b'}}),
                ('PUT', '', {'tags': {}}),
                ('POST', '', {'tags': {'a': 'b'}}),
                ('POST', '/action', {'os-delete_tags': {'a': 'b'}}),
                ('PUT', '/a', {'tag': {'a': 'b'}}),
                ('DELETE', '/a', None)):
            yield method, vendor + path, body, view_only

        source = {'size': 1, 'snapshot_id': snapshot}
        yield ('POST', '/v3/{project_id}/volumes', {'volume': source},
               (400, 'available'))
        for version in ('v2', 'v2.1', 'v3'):
            yield ('POST', '/%s/{project_id}/cloudvolumes' % version,
                   {'volume': {**source, 'volume_type': '__DEFAULT__',
                               'availability_zone': self.zone}},
                   (400, 'backing-up'))
        for more in ({}, {'force': True}, {'incremental': True}):
            yield ('POST', '/v3/{project_id}/backups',
                   {'backup': {'volume_id': volume,
                               'snapshot_id': snapshot, **more}},
                   (400, 'available'))

        # Of the volume, what would touch it.
        for path, word in (
                ('/v3/{project_id}/volumes/%s', 'status'),
                ('/v3/{project_id}/volumes/%s?cascade=true', 'status'),
                ('/v2/{project_id}/cloudvolumes/%s', 'EVS.2130')):
            yield 'DELETE', path % volume, None, (400, word)
        for collection in ('volume-transfers', 'os-volume-transfer'):
            yield ('POST', '/v3/{project_id}/' + collection,
                   {'transfer': {'volume_id': volume}}, (400, 'status'))

    def everything(self):
        return [self.cloud.stored(
            'SELECT id, status, deleted FROM %s WHERE project_id = ?'
            % table, self.project)
            for table in ('volumes', 'snapshots', 'backups')] + [
                self.get('/v5/{project_id}/snapshots/' + self.snapshot.id)]

    def test_refused(self):
        self.zone = self.cinder.availability_zones.list()[0].zoneName
        self.back_up_held()
        before = self.everything()
        wrong = []
        for method, path, body, (status, word) in self.operations():
            response = self.tenant.request(method, path, body, headers={
                'OpenStack-API-Version': 'volume ' + cloud.MICROVERSION})
            if response.status_code != status or word not in response.text:
                wrong.append((method, path, body, response.status_code,
                              response.text))
            self.assertEqual(before, self.everything(), (method, path))
        self.assertEqual([], wrong)
        self.finish()


class TestCrash(test_restart.RestartTestCase, SystemSnapshotTestCase):

    def test_killed_cloud(self):
        """``kill -9`` in the middle of a checkpoint."""
        self.write(self.volume, OLD)
        self.back_up_held()
        self.crash()
        self.assert_clean()
        self.assertEqual({}, self.statuses(self.cinder.volume_snapshots))
        self.assertEqual({self.volume.id: 'available'},
                         self.statuses(self.cinder.volumes))
        self.assertEqual(['error'], [
            each.status for each in self.cinder.backups.list()])
        self.assertEqual(OLD, self.read(self.volume, len(OLD)))
