# SPDX-License-Identifier: Apache-2.0
"""What the transport's tests share: transports, servers and clients."""

import uuid

import fixtures
import oslo_messaging
import testtools
from oslo_config import cfg
from oslo_messaging import conffixture

# Seconds after which something that should have happened never will.
PATIENCE = 60


class TransportTestCase(testtools.TestCase):
    """Has a virtual host of its own, so that tests can run side by side."""

    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.Timeout(2 * PATIENCE, gentle=True))
        self.log = self.useFixture(fixtures.FakeLogger())
        # An idle worker of oslo.messaging's executor sees this often that
        # its server has stopped; a second for each test adds up.
        self.useFixture(fixtures.MonkeyPatch(
            'futurist._thread.ThreadWorker.MAX_IDLE_FOR', 0.02))
        self.conf = cfg.ConfigOpts()
        self.conf([], project='evs-fake', default_config_files=[],
                  default_config_dirs=[])
        self.useFixture(conffixture.ConfFixture(self.conf))
        self.url = f'inprocess:///{uuid.uuid4()}'

    def rpc_transport(self, url=None, exmods=None):
        transport = oslo_messaging.get_rpc_transport(
            self.conf, url or self.url, allowed_remote_exmods=exmods)
        self.addCleanup(transport.cleanup)
        return transport

    def notification_transport(self):
        transport = oslo_messaging.get_notification_transport(
            self.conf, self.url)
        self.addCleanup(transport.cleanup)
        return transport

    def server(self, endpoint, topic='topic', server='one', exchange=None,
               transport=None):
        """Make an RPC server, not started."""
        return oslo_messaging.get_rpc_server(
            transport or self.rpc_transport(),
            oslo_messaging.Target(topic=topic, server=server,
                                  exchange=exchange),
            [endpoint], executor='threading')

    def start(self, server, workers=None):
        """Start a server until the end of the test.

        :param workers: 1 makes it handle messages in their order
        """
        server.start(override_pool_size=workers)
        self.addCleanup(server.wait)
        self.addCleanup(server.stop)
        return server

    def serve(self, endpoint, workers=None, **kwargs):
        return self.start(self.server(endpoint, **kwargs), workers)

    def client(self, topic='topic', transport=None, timeout=PATIENCE,
               call_monitor_timeout=None, transport_options=None, **target):
        return oslo_messaging.get_rpc_client(
            transport or self.rpc_transport(),
            oslo_messaging.Target(topic=topic, **target), timeout=timeout,
            call_monitor_timeout=call_monitor_timeout,
            transport_options=transport_options)
