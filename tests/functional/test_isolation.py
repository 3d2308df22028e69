# SPDX-License-Identifier: Apache-2.0
"""What a project has is nobody else's to see, change or guess.

Goes through the tables of routes, so that none is forgotten: a route that
takes a body, and has none here, fails the test.
"""

import re

from cinder import objects

from tests.functional import base
from tests.functional import tenants

# Before any module of Cinder's that names them in its annotations.
objects.register_all()

from evs_fake.api.cbr import routes as cbr_routes  # noqa: E402
from evs_fake.api.cbr import unavailable  # noqa: E402
from evs_fake.api.control import routes as control_routes  # noqa: E402
from evs_fake.api.evs import routes as evs_routes  # noqa: E402

_VARIABLE = re.compile('{([a-z_]+)}')

#: Variables that name no resource.
_KINDS = {'project_id', 'resource_type', 'protectable_type', 'key'}

#: Routes without a resource in path or body, by which a project makes
#: something of its own.
_OWN = {
    ('POST', '/{project_id}/snapshot-policies'),
    ('POST', '/{project_id}/policies'),
    ('PUT', '/{project_id}/recycle-bin-volumes/policy'),
    ('PUT', '/{project_id}/vaults/batch-update'),
}

#: Others than 404.
_ANSWERS = {
    # EVS's document has it so: no such job, or not the project's.
    ('GET', '/{project_id}/jobs/{job_id}'): 400,
    # To anybody: there is no billing.
    ('POST', '/{project_id}/cloudvolumes/unsubscribe'): 403,
    ('POST', '/{project_id}/cloudvolumes/change-charge-mode'): 403,
}


def bodies(ids):
    """Of the routes that take one, valid, and about what is in ids."""
    volume_id, snapshot_id = ids['volume_id'], ids['snapshot_id']
    tags = {'tags': [{'key': 'k', 'value': 'v'}]}
    change = {'action': 'create', **tags}
    query = {'action': 'filter', 'limit': 9, 'offset': 0}
    rollback = {'rollback': {'volume_id': volume_id}}
    extend = {'os-extend': {'new_size': 2}}
    resources = [{'id': volume_id, 'type': 'OS::Cinder::Volume'}]
    snapshot = {'snapshot': {'volume_id': volume_id}}
    name = {'name': 'mine'}
    schedule = {'properties': {'pattern': [
        'FREQ=DAILY;INTERVAL=1;BYHOUR=1;BYMINUTE=00']}}
    evs = {
        'POST /cloudsnapshots': snapshot,
        'PUT /cloudsnapshots/{snapshot_id}': {'snapshot': name},
        'POST /cloudsnapshots/{snapshot_id}/rollback': rollback,
        'POST /os-vendor-snapshots/{snapshot_id}/rollback': rollback,
        'POST /snapshots': snapshot,
        'PUT /snapshots/{snapshot_id}': {'snapshot': name},
        'POST /snapshots/{snapshot_id}/rollback': rollback,
        'POST /snapshots/{snapshot_id}/tags/create': tags,
        'POST /snapshots/{snapshot_id}/tags/delete': tags,
        'POST /snapshot-groups': {
            'snapshot_group': {'volume_ids': [volume_id]}},
        'PUT /snapshot-groups/{snapshot_group_id}': {
            'snapshot_group': name},
        'POST /snapshot-groups/{snapshot_group_id}/tags/create': tags,
        'POST /snapshot-groups/{snapshot_group_id}/tags/delete': tags,
        'POST /snapshot-policies': {'snapshot_policy': {
            'name': 'mine', 'time_points': ['0'], 'repeat_weekdays': ['1'],
            'retention_days': 1}},
        'PUT /snapshot-policies/{snapshot_policy_id}': {
            'snapshot_policy': name},
        'POST /snapshot-policies/{snapshot_policy_id}/associate': [
            volume_id],
        'POST /snapshot-policies/{snapshot_policy_id}/disassociate': [
            volume_id],
        'POST /cloudvolumes/resource_instances/action': query,
        'POST /os-vendor-volumes/resource_instances/action': query,
        'POST /cloudvolumes/{volume_id}/tags/action': change,
        'POST /os-vendor-volumes/{volume_id}/tags/action': change,
        'POST /cloudvolumes': {'volume': {
            'size': 1, 'snapshot_id': snapshot_id,
            'availability_zone': 'nova', 'volume_type': '__DEFAULT__'}},
        'PUT /cloudvolumes/{volume_id}': {'volume': name},
        'POST /cloudvolumes/{volume_id}/action': extend,
        'POST /volumes/batch-extend': {
            'volumes': [{'id': volume_id, 'new_size': 2}]},
        'POST /volumes/{volume_id}/retype': {
            'os-retype': {'new_type': '__DEFAULT__'}},
        'PUT /cloudvolumes/{volume_id}/qos': {'qos_modify': {'iops': 3000}},
        'PUT /recycle-bin-volumes/policy': {
            'switch': False, 'threshold_time': 1, 'keep_time': 1},
        'PUT /os-vendor-tags/{resource_type}/{resource_id}': {
            'tags': {'k': 'v'}},
        'POST /os-vendor-tags/{resource_type}/{resource_id}': {
            'tags': {'k': 'v'}},
        'POST /os-vendor-tags/{resource_type}/{resource_id}/action': {
            'os-delete_tags': {ids['key']: ids['key']}},
        'PUT /os-vendor-tags/{resource_type}/{resource_id}/{key}': {
            'tag': {ids['key']: 'v'}},
    }
    cbr = {
        'PUT /vaults/batch-update': {'vault': {'smn_notify': True}},
        'POST /vaults': {'vault': {
            'name': 'mine', 'resources': resources, 'billing': {
                'consistent_level': 'crash_consistent', 'size': 9,
                'object_type': 'disk', 'protect_type': 'backup'}}},
        'PUT /vaults/{vault_id}': {'vault': name},
        'POST /vaults/{vault_id}/addresources': {'resources': resources},
        'POST /vaults/{vault_id}/removeresources': {
            'resource_ids': [volume_id]},
        'POST /vaults/{vault_id}/migrateresources': {
            'destination_vault_id': ids['vault_id'],
            'resource_ids': [volume_id]},
        'PUT /vaults/{vault_id}/set-resources': {
            'resource_ids': [volume_id], 'action': 'suspend'},
        'PUT /vaults/{vault_id}/update-backup-expiration-time': {
            'expect_expiration_date': '2040-01-01'},
        'POST /checkpoints': {'checkpoint': {'vault_id': ids['vault_id']}},
        'PUT /backups/{backup_id}': {'backup': name},
        'POST /backups/{backup_id}/restore': {
            'restore': {'volume_id': volume_id}},
        'POST /backups/{backup_id}/members': {'members': ['p']},
        'PUT /backups/{backup_id}/members/{member_id}': {
            'status': 'accepted'},
        'POST /policies': {'policy': {
            'name': 'mine', 'operation_type': 'backup', 'trigger': schedule,
            'operation_definition': {'max_backups': 1}}},
        'PUT /policies/{policy_id}': {'policy': name},
        'POST /vaults/{vault_id}/associatepolicy': {
            'policy_id': ids['policy_id']},
        'POST /vaults/{vault_id}/dissociatepolicy': {
            'policy_id': ids['policy_id']},
        'POST /vault/resource_instances/action': {'action': 'filter'},
        'POST /vault/{vault_id}/tags': {'tag': {'key': 'k', 'value': 'v'}},
        'POST /vault/{vault_id}/tags/action': change,
    }
    return {**evs, **cbr}


class IsolationTestCase(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        self.owner = self.tenant(self.project)
        self.stranger = self.tenant(self.project + '-2')

    def tenant(self, project):
        made = tenants.Tenant(self.cloud, project)
        self.addCleanup(made.close)
        return made

    def furnish(self):
        self.estate = tenants.furnish(
            self.owner, 'secret-' + self.project[-8:])
        self.ids = self.estate.ids
        self.wait_settled()

    def requests(self, route):
        """The paths of a route, with what the owner has in it, and a body.

        One path for each type of resource.
        """
        ids = self.ids
        if '/recycle-bin-volumes/' in route.path:
            ids = {**ids, 'volume_id': ids['recycled_id']}
        body = None
        if route.body is not None:
            body = bodies(ids)['%s %s' % (
                route.method, route.path.removeprefix('/{project_id}'))]
        each = [ids]
        if '{resource_type}' in route.path:
            each = [{**ids, 'resource_type': kind, 'resource_id': ids[one]}
                    for kind, one in (('volumes', 'volume_id'),
                                      ('snapshots', 'snapshot_id'),
                                      ('backups', 'backup_id'))]
        for known in each:
            yield _VARIABLE.sub(
                lambda found, known=known: known.get(
                    found[1], found[0] if found[1] == 'project_id'
                    else 'unknown'),
                '/%s%s' % (route.version, route.path)), body

    def everything(self):
        """All rows of all tables that are the owner's."""
        tables = [name for name, in self.cloud.stored(
            "SELECT m.name FROM sqlite_master m JOIN pragma_table_info("
            "m.name) c WHERE m.type = 'table' AND c.name = 'project_id'")]
        self.assertIn('evs_fake_tags', tables)
        return {table: self.cloud.stored(
            'SELECT * FROM %s WHERE project_id = ?' % table, self.project)
            for table in tables}

    def check_unchanged(self, before):
        after = self.everything()
        self.assertEqual({}, {table: (rows, after[table])
                              for table, rows in before.items()
                              if rows != after[table]})

    def check_owner(self, routes, service):
        """What nobody can see would be no proof; how often the mark is."""
        return sum(
            self.estate.mark in self.owner.request(
                'GET', path, None, service).text
            for route in routes if route.method == 'GET'
            for path, _body in self.requests(route))

    def check_stranger(self, routes, service):
        """Ask for all that the owner has, as somebody of another project."""
        before = self.everything()
        wrong = []
        for route in routes:
            expected = self.expected(route)
            for path, body in self.requests(route):
                response = self.stranger.request(
                    route.method, path, body, service)
                text = response.text.replace(path, '')
                if response.status_code != expected or (
                        self.estate.mark in text):
                    wrong.append((route.method, path, response.status_code,
                                  text[:200]))
        self.assertEqual([], wrong)
        self.check_unchanged(before)

    def expected(self, route):
        operation = (route.method, route.path)
        if operation in _ANSWERS:
            return _ANSWERS[operation]
        if operation in _OWN:
            return route.status
        is_list = route.method == 'GET' or 'resource_instances' in route.path
        names_resource = set(_VARIABLE.findall(route.path)) - _KINDS
        return route.status if is_list and not names_resource else 404

    def check_project_of_the_url(self, routes, service):
        """Nor does the owner's project in the URL help."""
        before = self.everything()
        wrong = []
        for route in routes:
            for path, body in self.requests(route):
                if '{project_id}' not in path:
                    continue
                response = self.stranger.request(
                    route.method, path.replace('{project_id}', self.project),
                    body, service)
                if response.status_code != 400 or (
                        'is not the project' not in response.text):
                    wrong.append((route.method, path, response.status_code,
                                  response.text[:200]))
        self.assertEqual([], wrong)
        self.check_unchanged(before)


class TestProjects(IsolationTestCase):

    def setUp(self):
        super().setUp()
        self.furnish()

    def test_evs(self):
        routes = evs_routes.ROUTES
        self.assertGreater(self.check_owner(routes, 'url'), 20)
        self.check_stranger(routes, 'url')
        self.check_project_of_the_url(routes, 'url')

    def test_cbr(self):
        routes = [route for route in cbr_routes.ROUTES
                  if route not in unavailable.ROUTES]
        self.assertGreater(self.check_owner(routes, 'cbr'), 10)
        self.check_stranger(routes, 'cbr')
        self.check_project_of_the_url(cbr_routes.ROUTES, 'cbr')


class TestControl(IsolationTestCase):

    def test_members(self):
        self.create_volume()
        key = self.cloud.credentials(self.project).ak
        wrong = []
        for route in control_routes.ROUTES:
            path = route.path.replace('{access_key}', key).replace(
                '{rule_id}', 'r')
            response = self.stranger.request(
                route.method, path, {}, 'control')
            expected = 200 if path == '/history' else 403
            if response.status_code != expected or (
                    self.project in response.text.replace(
                        self.stranger.project, '')):
                wrong.append((route.method, path, response.status_code,
                              response.text[:200]))
        self.assertEqual([], wrong)
        self.assertEqual(1, len(self.cloud.stored(
            'SELECT access_key FROM evs_fake_credentials WHERE '
            'access_key = ?', key)))
