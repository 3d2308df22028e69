# SPDX-License-Identifier: Apache-2.0
"""Who may do what, and that nothing goes without a rule."""

import testtools
from cinder import exception
from cinder import policy

from evs_fake import policies
from evs_fake.api.cbr import routes as cbr_routes
from evs_fake.api.control import routes as control_routes
from evs_fake.api.evs import routes
from evs_fake.policies import snapshots
from tests.unit import database
from tests.unit.api import base

OTHER = 'ffffffffffffffffffffffffffffffff'


class RollbackPolicyTest(base.ApiTestCase):

    def setUp(self):
        super().setUp()
        self.snapshot = database.create_snapshot(database.create_volume())

    def authorize(self, **kwargs):
        policies.authorize(database.context(**kwargs), snapshots.ROLLBACK,
                           self.snapshot)

    def assert_refused(self, **kwargs):
        error = self.assertRaises(exception.PolicyNotAuthorized,
                                  self.authorize, **kwargs)
        self.assertIn(snapshots.ROLLBACK, str(error))
        self.assertEqual(403, error.code)

    def test_member(self):
        self.authorize()
        # Of the project, whoever made the snapshot.
        self.authorize(user_id=OTHER)

    def test_reader(self):
        self.assert_refused(roles=['reader'])
        self.assert_refused(roles=[])

    def test_other_project(self):
        self.assert_refused(project_id=OTHER)

    def test_administrator(self):
        self.authorize(project_id=OTHER, is_admin=True, roles=['admin'])

    def test_operators_own_rule(self):
        path = self.database.conf.state / 'policy.yaml'
        path.write_text('"%s": "role:operator"' % snapshots.ROLLBACK)
        self.database.conf.config(policy_file=str(path), group='oslo_policy')
        policy.reset()
        self.assert_refused()
        self.authorize(roles=['operator'])

    def test_register_twice(self):
        policies.register()
        policies.register()
        self.assertIn(snapshots.ROLLBACK, policy._ENFORCER.registered_rules)


class RulesTest(testtools.TestCase):

    def test_each_route_has_its_rule_and_each_rule_its_routes(self):
        documented = {
            (rule.name, operation['method'], operation['path'])
            for rule in policies.list_rules()
            for operation in rule.operations}
        self.assertEqual(
            {(route.rule, *route.operation)
             for route in (*routes.ROUTES, *cbr_routes.ROUTES,
                           *control_routes.ROUTES)},
            documented)

    def test_names(self):
        names = [rule.name for rule in policies.list_rules()]
        self.assertEqual(len(names), len(set(names)))
        for rule in policies.list_rules():
            self.assertTrue(rule.name.startswith('evs_fake:'), rule.name)
            self.assertTrue(rule.description)
            self.assertTrue(rule.operations)
