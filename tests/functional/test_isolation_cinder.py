# SPDX-License-Identifier: Apache-2.0
"""What a project has is hidden from others by Cinder's own routes too.

Goes through the table that Cinder's API is served from, below ``/v3`` and
``/v2``: this project extends its controllers, and has its own statuses,
snapshots and tables behind them.
"""

import dataclasses
import json
import re
import uuid

from oslo_utils import uuidutils

from tests.functional import cinder_routes
from tests.functional import cloud
from tests.functional import test_isolation

_VARIABLE = re.compile('{([a-z_]+)}')

#: Collections of what belongs to a project -> which of its ids they take.
_OWNED = {
    'attachments': 'attachment_id',
    'backups': 'backup_id',
    'cgsnapshots': 'group_snapshot_id',
    'consistencygroups': 'group_id',
    'group_snapshots': 'group_snapshot_id',
    'groups': 'group_id',
    'messages': 'message_id',
    'os-quota-sets': 'project_id',
    'os-volume-transfer': 'transfer_id',
    'snapshots': 'snapshot_id',
    'volume-transfers': 'transfer_id',
    'volumes': 'volume_id',
}

#: Collections of what belongs to no project: the cloud's own.
_OF_THE_CLOUD = {
    'capabilities', 'clusters', 'default-types', 'extensions', 'group_types',
    'limits', 'manageable_snapshots', 'manageable_volumes',
    'os-availability-zone', 'os-hosts', 'os-quota-class-sets', 'os-services',
    'os-snapshot-manage', 'os-volume-manage', 'qos-specs',
    'resource_filters', 'scheduler-stats', 'types', 'workers',
}

#: By which the cloud's administrator reaches into projects: by the action,
#: or the last word of the path. Refused to others, there or not.
_ADMINISTRATORS = {
    'export_record', 'import_record', 'os-extend_volume_completion',
    'os-force_delete', 'os-force_detach', 'os-migrate_volume',
    'os-migrate_volume_completion', 'os-reset_status', 'os-unmanage',
    'os-update_snapshot_status', 'reset_status',
}

#: Routes that name nothing of the owner's, or that Cinder cannot serve.
_NOT_ASKED = {
    # Makes something of one's own.
    ('POST', '/{project_id}/groups', None),
    ('POST', '/{project_id}/consistencygroups', None),
    # Its handler is that of POST, which has a body: fails for everybody.
    ('DELETE', '/{project_id}/consistencygroups/{id}', None),
}

#: Others than what :meth:`TestCinder.expected` says.
_ANSWERS = {
    # Before it looks for the volume, and to everybody.
    'os-volume_upload_image': 400,
    # A transfer is for whoever has its key.
    'accept': 400,
}


class TestCinder(test_isolation.IsolationTestCase):

    def setUp(self):
        super().setUp()
        self.furnish()
        self.furnish_more()
        self.routes = cinder_routes.load(
            str(self.cloud.state_dir / 'cinder.conf'))

    def furnish_more(self):
        """What only Cinder has names for."""
        mark = self.estate.mark
        volume_type = self.cinder.volume_types.default()
        # The cloud's: its name is no secret, and stays.
        group_type = self.cinder.group_types.create('group-' + self.project)
        group = self.wait_for(
            self.cinder.groups, self.cinder.groups.create(
                group_type.id, volume_type.id, name=mark), 'available')
        own = self.create_volume(name=mark, group_id=group.id,
                                 volume_type=volume_type.name)
        group_snapshot = self.wait_for(
            self.cinder.group_snapshots, self.cinder.group_snapshots.create(
                group.id, name=mark), 'available')
        tags = {mark: mark}
        self.cinder.volumes.set_metadata(self.ids['volume_id'], tags)
        self.cinder.volume_snapshots.set_metadata(
            self.ids['snapshot_id'], tags)
        attachment = self.cinder.attachments.create(own.id, {}, None)
        given = self.create_volume(name=mark)
        message_id = str(uuid.uuid4())
        self.cloud.alter(
            'INSERT INTO messages (id, project_id, resource_type, '
            'resource_uuid, event_id, detail_id, action_id, message_level, '
            "request_id, deleted) VALUES (?, ?, 'VOLUME', ?, "
            "'VOLUME_VOLUME_001_001', '001', '001', 'ERROR', ?, 0)",
            message_id, self.project, own.id, mark)
        self.ids.update(
            project_id=self.project, message_id=message_id,
            attachment_id=attachment['id'],
            transfer_id=self.cinder.transfers.create(given.id, mark).id,
            group_id=group.id, group_snapshot_id=group_snapshot.id)

    def collection(self, route):
        return route.path.split('/')[2]

    def owned(self):
        """The routes of what belongs to a project."""
        for route in self.routes:
            # Two tables of Cinder's cross: each action is of one path.
            crossed = '/groups/' in route.path and (
                route.action == 'create-from-src') != (
                    route.path.endswith('/groups/action'))
            if self.collection(route) in _OWNED and not (
                    crossed and route.action) and (
                        dataclasses.astuple(route) not in _NOT_ASKED):
                yield route

    @staticmethod
    def is_list(route):
        return route.method == 'GET' and 'id}' not in (
            route.path.removeprefix('/{project_id}'))

    def path(self, route, version):
        """With what the owner has in it; the project is left open."""
        one = self.ids[_OWNED.get(self.collection(route), 'volume_id')]
        known = {**self.ids, 'project_id': '{project_id}', 'id': one}
        if '/metadata/' in route.path:
            known['id'] = self.ids['key']
        elif '/encryption/' in route.path:
            known['id'] = 'encryption_key_id'
        return version + _VARIABLE.sub(
            lambda found: known[found[1]], route.path)

    def body(self, route):
        """What the owner's request could carry; None for none."""
        if route.method in ('GET', 'DELETE'):
            return None
        if route.action is not None:
            return {route.action: self.action(route)}
        return self.bodies()['%s %s' % (
            route.method, route.path.removeprefix('/{project_id}'))]

    def action(self, route):
        return {
            'create-from-src': {
                'name': 'mine',
                'group_snapshot_id': self.ids['group_snapshot_id']},
            'delete': {'delete-volumes': True},
            'failover_replication': {'allow_attached_volume': True},
            'os-attach': {'mountpoint': '/dev/vdb',
                          'instance_uuid': str(uuid.uuid4())},
            'os-extend': {'new_size': 2},
            'os-extend_volume_completion': {'error': False},
            'os-force_detach': {'attachment_id': self.ids['attachment_id']},
            'os-initialize_connection': {'connector': {'host': 'h'}},
            'os-migrate_volume': {'host': 'h@b#p'},
            'os-migrate_volume_completion': {
                'new_volume': self.ids['recycled_id'], 'error': False},
            'os-reimage': {'image_id': str(uuid.uuid4())},
            'os-reset_status': {'status': 'available'},
            'reset_status': {'status': 'available'},
            'os-retype': {'new_type': '__DEFAULT__',
                          'migration_policy': 'never'},
            'os-set_bootable': {'bootable': True},
            'os-set_image_metadata': {'metadata': {'k': 'v'}},
            'os-terminate_connection': {'connector': {'host': 'h'}},
            'os-unset_image_metadata': {'key': 'k'},
            'os-update_readonly_flag': {'readonly': True},
            'os-update_snapshot_status': {'status': 'available'},
            'os-volume_upload_image': {'image_name': 'mine'},
            'revert': {'snapshot_id': self.ids['snapshot_id']},
        }.get(route.action, {})

    def bodies(self):
        ids, name = self.ids, {'name': 'mine'}
        transfer = {'transfer': {'volume_id': ids['volume_id'], **name}}
        metadata = {'metadata': {'k': 'v'}}
        meta = {'meta': {ids['key']: 'v'}}
        group = {'consistencygroup': name}
        accept = {'accept': {'auth_key': 'k' * 16}}
        return {
            'POST /attachments': {'attachment': {
                'volume_uuid': ids['volume_id'],
                'instance_uuid': str(uuid.uuid4())}},
            'PUT /attachments/{id}': {'attachment': {
                'connector': {'host': 'h'}}},
            'POST /backups': {'backup': {'volume_id': ids['volume_id']}},
            'POST /backups/import_record': {'backup-record': {
                'backup_service': 's', 'backup_url': 'dQ=='}},
            'POST /backups/{id}/restore': {'restore': {}},
            'PUT /backups/{id}': {'backup': name},
            'POST /cgsnapshots': {'cgsnapshot': {
                'consistencygroup_id': ids['group_id'], **name}},
            'POST /consistencygroups/create_from_src': {
                'consistencygroup-from-src': {
                    'cgsnapshot_id': ids['group_snapshot_id'], **name}},
            'POST /consistencygroups/{id}/delete': {
                'consistencygroup': {'force': True}},
            'PUT /consistencygroups/{id}': group,
            'PUT /consistencygroups/{id}/update': group,
            'POST /group_snapshots': {'group_snapshot': {
                'group_id': ids['group_id'], **name}},
            'PUT /groups/{id}': {'group': name},
            'POST /os-volume-transfer': transfer,
            'POST /volume-transfers': transfer,
            'POST /os-volume-transfer/{id}/accept': accept,
            'POST /volume-transfers/{id}/accept': accept,
            'PUT /os-quota-sets/{id}': {'quota_set': {'volumes': 1}},
            'POST /snapshots': {'snapshot': {
                'volume_id': ids['volume_id']}},
            'PUT /snapshots/{id}': {'snapshot': name},
            'POST /volumes': {'volume': {
                'size': 1, 'snapshot_id': ids['snapshot_id']}},
            'PUT /volumes/{id}': {'volume': name},
            **{'%s /%s/metadata' % (method, owned): metadata
               for method in ('POST', 'PUT')
               for owned in ('snapshots/{snapshot_id}',
                             'volumes/{volume_id}')},
            'PUT /snapshots/{snapshot_id}/metadata/{id}': meta,
            'PUT /volumes/{volume_id}/metadata/{id}': meta,
        }

    def ask(self, tenant, route, version, query=''):
        return tenant.request(
            route.method, self.path(route, version) + query,
            self.body(route),
            headers={'OpenStack-API-Version':
                     'volume ' + cloud.MICROVERSION})

    def expected(self, route):
        """What a stranger gets."""
        word = route.action or route.path.rpartition('/')[2]
        if word in _ANSWERS:
            return {_ANSWERS[word]}
        if word in _ADMINISTRATORS:
            return {403, 404}
        if self.collection(route) == 'os-quota-sets':
            return {403}
        return {200} if self.is_list(route) else {404}

    def test_every_route(self):
        self.assertEqual({*_OWNED, *_OF_THE_CLOUD},
                         {self.collection(route) for route in self.routes})
        self.check_owner_sees_it()
        before = self.everything()
        self.check_stranger_does_not()
        self.check_cloud_tells_nothing()
        self.check_unchanged(before)

    def check_owner_sees_it(self):
        """What nobody can see would be no proof."""
        wrong = []
        for route in self.owned():
            if route.method == 'GET' and (
                    'export_record' not in route.path):
                response = self.ask(self.owner, route, '/v3')
                if response.status_code != 200:
                    wrong.append((route, response.status_code,
                                  response.text[:200]))
        self.assertEqual([], wrong)

    def check_stranger_does_not(self):
        wrong, asked = [], 0
        for version in ('/v3', '/v2'):
            for route in self.owned():
                for query in self.queries(route):
                    asked += 1
                    response = self.ask(self.stranger, route, version, query)
                    if response.status_code not in self.expected(route) or (
                            self.tells(response, route, version)):
                        wrong.append((version, route, query,
                                      response.status_code,
                                      response.text[:200]))
        self.assertEqual([], wrong)
        self.assertGreater(asked, 200)

    def check_cloud_tells_nothing(self):
        """Nor do lists of what is the cloud's; who may see them, or not."""
        wrong = []
        for route in self.routes:
            if self.collection(route) in _OF_THE_CLOUD and (
                    self.is_list(route)):
                response = self.ask(self.stranger, route, '/v3')
                if response.status_code >= 500 or (
                        self.tells(response, route, '/v3')):
                    wrong.append((route, response.status_code,
                                  response.text[:200]))
        self.assertEqual([], wrong)

    def tells(self, response, route, version):
        """Whether an answer has what only the owner knows."""
        # What was asked for may be repeated.
        known = self.path(route, version) + json.dumps(self.body(route))
        return any(secret in response.text and secret not in known
                   for secret in self.ids.values()
                   if secret == self.estate.mark
                   or uuidutils.is_uuid_like(secret))

    def queries(self, route):
        """An administrator's view is nobody else's, if asked for or not."""
        return ['', '?all_tenants=1'] if self.is_list(route) else ['']
