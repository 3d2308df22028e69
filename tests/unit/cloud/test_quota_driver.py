# SPDX-License-Identifier: Apache-2.0
"""Our driver of quotas leaves the same rows as Cinder's own."""

import random

import fixtures
import testtools
from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import quota
from cinder.db import api as db_api

from evs_fake.cloud import quota_driver
from evs_fake.db import cinder_models as models
from tests.unit import database

_LIMITS = {'volumes': 4, 'gigabytes': 20, 'snapshots': -1}
#: Times and ids differ by nature.
_ROWS = (
    (models.QuotaUsage, ('resource', 'in_use', 'reserved', 'until_refresh',
                         'deleted', 'race_preventer')),
    (models.Reservation, ('resource', 'delta', 'expire', 'deleted')),
)


class QuotaDriverTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        # Cinder says each time that it will not count below nothing.
        self.useFixture(fixtures.FakeLogger())
        self.database = self.useFixture(database.DatabaseFixture())
        self.sides = [
            (quota.DbQuotaDriver(), 'theirs', []),
            (quota_driver.QuotaDriver(), 'ours', [])]
        self.admin = cinder_context.get_admin_context()
        for _driver, project, _reserved in self.sides:
            for name, limit in _LIMITS.items():
                db_api.quota_create(self.admin, project, name, limit)

    def on_both(self, function):
        """Do something with each driver: with the same outcome."""
        outcomes = []
        for driver, project, reserved in self.sides:
            context = database.context(project_id=project)
            try:
                outcomes.append(function(driver, context, reserved))
            except cinder_exception.OverQuota as error:
                outcomes.append((error.kwargs['overs'],
                                 error.kwargs['quotas'],
                                 error.kwargs['usages']))
        self.assertEqual(*outcomes)
        self.assertEqual(*(self.rows(project)
                           for _driver, project, _reserved in self.sides))
        return outcomes[0]

    def rows(self, project):
        with db_api.main_context_manager.reader.using(self.admin):
            return [
                [[getattr(row, name) for name in names]
                 + [row.deleted_at is None, row.updated_at is None,
                    row.created_at is None]
                 for row in db_api.model_query(
                     self.admin, model, read_deleted='yes').filter_by(
                         project_id=project).order_by(model.id)]
                for model, names in _ROWS]

    def reserve(self, deltas, expire):
        def on_one(driver, context, reserved):
            reserved.append(driver.reserve(
                context, quota.QUOTAS.resources, deltas, expire))
            return len(reserved[-1])

        return self.on_both(on_one)

    def end(self, how, number):
        self.on_both(lambda driver, context, reserved: getattr(driver, how)(
            context, reserved.pop(number)))

    def test_the_same_at_random(self):
        choose = random.Random(0)
        expire = self.database.conf.conf.reservation_expire
        expire = quota.timeutils.utcnow() + quota.datetime.timedelta(
            seconds=expire)
        refused = 0
        for _number in range(150):
            open_ones = self.sides[0][2]
            if open_ones and choose.random() < 0.5:
                self.end(choose.choice(('commit', 'rollback')),
                         choose.randrange(len(open_ones)))
            else:
                names = choose.sample(sorted(_LIMITS), choose.randint(1, 3))
                refused += not isinstance(self.reserve(
                    {name: choose.randint(-3, 4) for name in names},
                    expire), int)
        self.assertGreater(refused, 5)

    def test_usage_that_is_wrong(self):
        expire = quota.timeutils.utcnow()
        self.reserve({'volumes': 1}, expire)
        for usage in (-2, 3):
            with db_api.main_context_manager.writer.using(self.admin):
                db_api.model_query(self.admin, models.QuotaUsage).update(
                    {'in_use': usage, 'reserved': 0})
            self.reserve({'volumes': 1}, expire)
        self.end('commit', 0)
        self.end('rollback', 0)

    def test_refresh(self):
        expire = quota.timeutils.utcnow()
        for until_refresh in (2, 0):
            self.database.conf.config(until_refresh=until_refresh)
            for _number in range(3):
                self.reserve({'volumes': 1}, expire)

    def test_what_is_ended_already(self):
        self.reserve({'volumes': 1}, quota.timeutils.utcnow())
        for _number in range(2):
            self.on_both(lambda driver, context, reserved: driver.commit(
                context, reserved[0]))

    def limits(self, **kwargs):
        return self.on_both(
            lambda driver, context, _reserved: driver.get_project_quotas(
                context, quota.QUOTAS.resources, context.project_id,
                **{'usages': False, **kwargs}))

    def test_limits(self):
        """A project's own, without one, of the default class, or of none."""
        for _driver, project, _reserved in self.sides:
            db_api.quota_create(self.admin, project, 'backups', None)
        for name, limit in (('backups', 7), ('volumes', 8),
                            ('backup_gigabytes', None)):
            with db_api.main_context_manager.writer.using(self.admin):
                db_api.model_query(self.admin, models.QuotaClass).filter_by(
                    class_name='default', resource=name).delete()
            db_api.quota_class_create(self.admin, 'default', name, limit)
        db_api.quota_class_create(self.admin, 'other', 'volumes', 99)
        found = self.limits()
        self.assertEqual(
            {'volumes': 4, 'snapshots': -1, 'backups': 7,
             'backup_gigabytes': None,
             'snapshots___DEFAULT__': -1},
            {name: found[name]['limit'] for name in (
                'volumes', 'snapshots', 'backups',
                'backup_gigabytes',
                'snapshots___DEFAULT__')})
        db_api.quota_destroy_by_project(self.admin, 'theirs')
        db_api.quota_destroy_by_project(self.admin, 'ours')
        self.assertEqual(8, self.limits()['volumes']['limit'])
        self.database.conf.config(use_default_quota_class=False)
        self.assertEqual(10, self.limits()['volumes']['limit'])

    def test_limits_of_other_kinds(self):
        db_api.quota_class_create(self.admin, 'gold', 'backups', 70)
        self.assertEqual(
            70, self.on_both(
                lambda driver, context, _reserved: driver.get_project_quotas(
                    database.context(quota_class='gold', project_id='x'),
                    quota.QUOTAS.resources, 'x', usages=False)
            )['backups']['limit'])
        self.assertNotIn('backups', self.limits(defaults=False))
        self.assertIn('in_use', self.limits(usages=True)['volumes'])
