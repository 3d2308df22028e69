# SPDX-License-Identifier: Apache-2.0
"""cinder-api in the test's process, with nobody at the other end of RPC."""

import functools
import json
import pathlib

import fixtures
import testtools
import webob
from cinder import coordination
from cinder import policy
from cinder import rpc
from cinder.volume import rpcapi
from oslo_config import cfg
from oslo_messaging import conffixture
from oslo_service import wsgi

from tests.unit import database

PASTE = pathlib.Path(__file__).parents[3] / 'etc/evs-fake/api-paste.ini'


class ApiTestCase(testtools.TestCase):
    """Has a database, Cinder's policies, and sees what goes out by RPC.

    :ivar revert: mock of the RPC call that has a volume rolled back.
    """

    def setUp(self):
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger())
        self.database = self.useFixture(database.DatabaseFixture())
        conf = self.database.conf
        messaging = conffixture.ConfFixture(conf.conf)
        messaging.transport_url = 'fake:/'
        self.useFixture(messaging)
        rpc.init(conf.conf)
        self.addCleanup(rpc.cleanup)
        coordination.COORDINATOR.start()
        self.addCleanup(coordination.COORDINATOR.stop)
        policy.reset()
        self.addCleanup(policy.reset)
        # Asks for the versions of services, of which there are none.
        self.useFixture(fixtures.MockPatchObject(
            rpcapi.VolumeAPI, '__init__', return_value=None))
        self.revert = self.useFixture(fixtures.MockPatchObject(
            rpcapi.VolumeAPI, 'revert_to_snapshot')).mock
        # Whatever loads an API would have a thread look into the databases
        # of tests to come.
        self.useFixture(fixtures.MockPatch('evs_fake.api.periodic.start'))
        self.context = database.context()


class WsgiTestCase(ApiTestCase):
    """Sends requests through the pipeline that the sample configures."""

    def setUp(self):
        super().setUp()
        wsgi.register_opts(cfg.CONF)
        self.database.conf.config(
            api_paste_config=str(PASTE), auth_strategy='noauth',
            osapi_volume_extension=[
                'cinder.api.contrib.standard_extensions',
                'evs_fake.api.native.extension.register'])
        self.app = _app()

    def send(self, method, path, body=None, project=database.PROJECT,
             version='v3', token='%s:%s', microversion='3.70'):
        request = webob.Request.blank(
            '/%s/%s%s' % (version, project, path), method=method)
        request.headers['X-Auth-Token'] = token % (database.USER, project)
        request.headers['OpenStack-API-Version'] = 'volume ' + microversion
        if body is not None:
            request.content_type = 'application/json'
            request.body = json.dumps(body).encode()
        return request.get_response(self.app)


@functools.cache
def _app():
    # Of the configuration it reads nothing that differs between tests.
    return wsgi.Loader(cfg.CONF).load_app('osapi_volume')
