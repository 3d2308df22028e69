# SPDX-License-Identifier: Apache-2.0
"""What a project has is nobody else's to see, change or guess.

Goes through the tables of routes, so that none is forgotten: a route that
takes a body, and has none here, fails the test.
"""

import re

from cinder import objects

from tests.functional import base
from tests.functional import bodies
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
            body = bodies.about(ids)[bodies.key(route)]
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
