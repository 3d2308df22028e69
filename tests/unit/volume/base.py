# SPDX-License-Identifier: Apache-2.0
"""The driver under Cinder's own manager."""

import os
import signal
from unittest import mock

import fixtures
import testtools
from cinder import context as cinder_context
from cinder import coordination
from cinder import objects
from cinder import rpc
from cinder.objects import base as objects_base
from cinder.volume import manager
from oslo_messaging import conffixture

from tests.unit import database

HOST = 'unit@evs'
POOL = HOST + '#evs'

OLD = b'old bytes ' * 1000
NEW = b'new bytes ' * 1000
SIZE = len(OLD)


class ManagerTestCase(testtools.TestCase):
    """Has a ``VolumeManager`` that was configured as an operator would.

    Its database is a real one, its transport is oslo.messaging's ``fake``,
    whose messages nobody takes, and its pool is a directory.
    """

    engine_name = 'file'
    manager_class = manager.VolumeManager

    def setUp(self):
        super().setUp()
        # Unlike a real handler, it raises what it cannot format.
        self.log = self.useFixture(fixtures.FakeLogger())
        self.database = self.useFixture(database.DatabaseFixture())
        conf = self.database.conf
        self.context = database.context()
        self.admin = cinder_context.get_admin_context()
        messaging = conffixture.ConfFixture(conf.conf)
        messaging.transport_url = 'fake:/'
        self.useFixture(messaging)
        self.useFixture(fixtures.MonkeyPatch('cinder.rpc.LAST_RPC_VERSIONS',
                                             {}))
        self.useFixture(fixtures.MonkeyPatch('cinder.rpc.LAST_OBJ_VERSIONS',
                                             {}))
        rpc.init(conf.conf)
        self.addCleanup(rpc.cleanup)
        coordination.COORDINATOR.start()
        self.addCleanup(coordination.COORDINATOR.stop)
        # Registers the options of the section that is configured next.
        manager.config.Configuration(
            manager.volume_backend_opts, config_group='evs')
        conf.load_raw_values(
            group='evs',
            volume_driver='evs_fake.volume.driver.EVSFakeDriver',
            volume_backend_name='evs', evs_fake_engine=self.engine_name,
            evs_fake_pool_dir=str(database_pool(self.database)))
        self.service = objects.Service(
            self.admin, host=HOST, binary='cinder-volume',
            topic='cinder-volume',
            rpc_current_version=manager.VolumeManager.RPC_API_VERSION,
            object_current_version=objects_base.OBJ_VERSIONS.get_current())
        self.service.create()
        self.manager = self.start()

    def start(self) -> manager.VolumeManager:
        """A cinder-volume that has just started."""
        started = self.manager_class(host=HOST, service_name='evs')
        # Rewrites volumes of another key manager, in a thread.
        with mock.patch.object(started, '_add_to_threadpool'):
            started.init_host(service_id=self.service.id)
        self.assertTrue(started.is_working())
        self.addCleanup(started.driver._pools.close)
        return started

    @property
    def driver(self):
        return self.manager.driver

    @property
    def engine(self):
        return self.manager.driver._pools.only

    # Resources

    def create_volume(self, **kwargs) -> objects.Volume:
        """A volume that the manager created."""
        volume = database.create_volume('creating', host=POOL, **kwargs)
        self.make(volume)
        return volume

    def make(self, volume: objects.Volume) -> None:
        """Have the manager create a volume that was asked for."""
        self.manager.create_volume(
            self.context, volume,
            request_spec=objects.RequestSpec(
                volume_id=volume.id, snapshot_id=volume.snapshot_id,
                source_volid=volume.source_volid),
            filter_properties={}, allow_reschedule=False)
        volume.refresh()

    def create_snapshot(self, volume, **kwargs) -> objects.Snapshot:
        """A snapshot that the manager created."""
        snapshot = database.create_snapshot(volume, 'creating', **kwargs)
        self.manager.create_snapshot(self.context, snapshot)
        snapshot.refresh()
        return snapshot

    def rollback(self, volume, snapshot):
        """Revert as the API hands it to the manager."""
        volume.status = 'reverting'
        volume.save()
        snapshot.status = 'restoring'
        snapshot.save()
        try:
            self.manager.revert_to_snapshot(self.context, volume, snapshot)
        finally:
            volume.refresh()
            snapshot.refresh()

    def die(self, target, work, *args):
        """Have a process do something, and be killed on the way.

        :param target: the function at whose call it is killed, by name.
        """
        pid = os.fork()
        if pid == 0:
            # Whatever happens, no second test runner comes of it.
            try:
                signal.alarm(60)
                with mock.patch(target, lambda *_args, **_kwargs: os.kill(
                        os.getpid(), signal.SIGKILL)):
                    work(*args)
            finally:
                os._exit(1)
        _pid, status = os.waitpid(pid, 0)
        self.assertEqual(signal.SIGKILL, os.WTERMSIG(status))

    # Bytes

    def write(self, volume, data):
        with open(self.driver.local_path(volume), 'r+b') as file:
            file.write(data)

    def read(self, volume, size=SIZE):
        with open(self.driver.local_path(volume), 'rb') as file:
            return file.read(size)


def database_pool(fixture: database.DatabaseFixture):
    return fixture.conf.state / 'pool'
