# SPDX-License-Identifier: Apache-2.0
"""Every method of Huawei's SDKs works, or is refused as documented.

Makes the tables of the documentation: see :mod:`tests.functional.sdk.table`.
"""

import uuid

from huaweicloudsdkcbr import v1 as cbr
from huaweicloudsdkevs import v2 as evs

from tests.functional import base
from tests.functional.sdk import cbr_absent
from tests.functional.sdk import cbr_backups
from tests.functional.sdk import cbr_vaults
from tests.functional.sdk import evs_native
from tests.functional.sdk import evs_snapshots
from tests.functional.sdk import evs_volumes
from tests.functional.sdk import methods
from tests.functional.sdk import table

_HEADER = 'Method', 'Request', 'Result'


class MethodsTestCase(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        self.results = {}

    def walk(self):
        """Tell all stories; every method must be in one of them."""
        for name in dir(self):
            if name.startswith('walk_'):
                self.begin()
                getattr(self, name)()
        self.assertEqual(self.methods.names(), set(self.results))

    def begin(self):
        """Have the next story in a project of its own."""
        self.project = 'test-%s' % uuid.uuid4().hex
        self.cinder = self.cloud.client(self.project)
        self.methods = methods.Methods(
            self.client_of(self.project), self.PACKAGE, self.results)


class EVSMethodsTest(evs_native.NativeMixin, evs_snapshots.SnapshotsMixin,
                     evs_volumes.VolumesMixin, MethodsTestCase):

    PACKAGE = evs

    def setUp(self):
        super().setUp()
        self.zone = self.cinder.availability_zones.list()[0].zoneName
        types = self.cinder.volume_types
        if evs_volumes.FAST not in {each.name for each in types.list()}:
            fast = types.create(evs_volumes.FAST)
            self.addCleanup(types.delete, fast)

    def client_of(self, project):
        return evs.EvsClient.new_builder().with_credentials(
            self.cloud.credentials(project)).with_endpoints(
                [self.cloud.url]).build()

    def test_every_method(self):
        self.walk()
        table.check('evs_methods', _HEADER, sorted(self.results.values()))


class CBRMethodsTest(cbr_vaults.VaultsMixin, cbr_backups.BackupsMixin,
                     cbr_absent.AbsentMixin, MethodsTestCase):

    PACKAGE = cbr

    def client_of(self, project):
        return cbr.CbrClient.new_builder().with_credentials(
            self.cloud.credentials(project)).with_endpoints(
                [self.cloud.endpoint['cbr']]).build()

    def test_every_method(self):
        self.walk()
        table.check('cbr_methods', _HEADER, sorted(self.results.values()))
