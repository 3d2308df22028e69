# SPDX-License-Identifier: Apache-2.0
"""Cinder's four services in one process.

Importing this module imports Cinder, after having chosen native threads for
it; see :mod:`evs_fake.cloud.runtime`.
"""

import logging as python_logging
import sqlite3
from collections.abc import Callable
from collections.abc import Sequence

import os_brick
from cinder import coordination
from cinder import objects
from cinder import rpc
from cinder import service as cinder_service
from cinder import version
from cinder.common import config
from cinder.common import constants
from cinder.db import api as db_api
from oslo_config import cfg
from oslo_db import exception as db_exception
from oslo_log import log as logging
from oslo_service import wsgi
from sqlalchemy import exc as sqlalchemy_exception

from evs_fake.api import periodic
from evs_fake.api.cbr import fault as cbr_fault
from evs_fake.cloud import address
from evs_fake.cloud import cors
from evs_fake.cloud import exception
from evs_fake.cloud import guard
from evs_fake.cloud import intake
from evs_fake.cloud import log_mask
from evs_fake.cloud import neighbours
from evs_fake.cloud import patches
from evs_fake.cloud import recovery
from evs_fake.cloud import refusal
from evs_fake.cloud import schema
from evs_fake.cloud import service
from evs_fake.cloud import settings
from evs_fake.cloud import sqlite
from evs_fake.cloud import state_dir
from evs_fake.cloud import visitors
from evs_fake.cloud import world

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

#: Told what the boot is doing, for a terminal.
Progress = Callable[[str], None]


class Cloud:
    """The services of one state directory; made once in a process."""

    def __init__(self, state: state_dir.StateDir,
                 config_files: Sequence[str] = (),
                 beside: neighbours.Neighbours | None = None,
                 where: address.Address | None = None) -> None:
        """Prepare; nothing runs yet.

        :param beside: the services that Cinder has beside it.
        :param where: that clients reach it; None is loopback.
        """
        self._state = state
        self._beside = beside
        self._where = where or address.Address()
        self._config_files = config_files
        self._services: list[service.Service] = []

    def boot(self, progress: Progress) -> tuple[Callable, Callable]:
        """Start every service.

        :returns: cinder-api and CBR, WSGI applications.
        :raises CloudError: if the state or the configuration is bad.
        """
        try:
            self._configure()
            progress('database')
            world.settle(self._state)
            schema.bring_up_to_date(self._state)
            progress('services')
            self._start_services()
            progress('API')
            loader = wsgi.Loader(CONF)
            app = self._serve(loader.load_app('osapi_volume'), guard.shape)
            cbr = self._serve(loader.load_app('cbr'),
                              lambda _path: cbr_fault.body)
            periodic.start()
        except cfg.Error as error:
            # A value is read, and found to be none, only when it is used.
            raise exception.CloudError(
                'the configuration is not valid: %s' % _line(error)
            ) from error
        except ImportError as error:
            raise exception.CloudError(
                'the configuration names code that is not there: %s'
                % _line(error)) from error
        except (db_exception.DBError, sqlalchemy_exception.DatabaseError,
                sqlite3.DatabaseError) as error:
            raise exception.CloudError(
                'the database %s cannot be used: %s. Restore it, or start '
                'with another --state-dir.' % (
                    self._state.database, _line(error))) from error
        return app, cbr

    def stop(self) -> None:
        for each in self._services:
            each.stop()
        coordination.COORDINATOR.stop()

    def _serve(self, app: Callable, shape: refusal.Shape) -> Callable:
        app = intake.Intake(guard.Guard(app, shape), shape)
        # What is configured counts, whatever the command line says.
        if CONF.auth_strategy == 'keystone':
            return app
        return visitors.Visitors(app, shape, self._where.called,
                                 cors.origins())

    def _configure(self) -> None:
        beside = self._beside.cinder_settings() if self._beside else {}
        self._state.write(self._state.settings,
                          settings.render(self._state, **beside))
        if not self._state.policies.exists():
            self._state.write(self._state.policies, settings.POLICIES)
        objects.register_all()
        logging.register_options(CONF)
        CONF([], project='cinder', version=version.version_string(),
             default_config_files=[str(self._state.settings),
                                   *self._config_files],
             default_config_dirs=[])
        if beside.get('auth', 'noauth') == 'keystone' != CONF.auth_strategy:
            raise exception.CloudError(
                'a --config-file has auth_strategy = %s, but the command '
                'line --auth keystone. Leave one out.' % CONF.auth_strategy)
        config.set_middleware_defaults()
        logging.setup(CONF, 'cinder')
        log_mask.set_up()
        python_logging.captureWarnings(True)
        os_brick.setup(CONF)
        patches.apply()
        sqlite.configure(db_api.main_context_manager)

    def _start_services(self) -> None:
        coordination.COORDINATOR.start()
        rpc.init(CONF)
        volumes = [
            service.Service.create(
                host='%s@%s' % (CONF.host, backend), service_name=backend,
                binary=constants.VOLUME_BINARY, coordination=True)
            for backend in CONF.enabled_backends]
        backup = service.Service.create(
            binary=constants.BACKUP_BINARY, service_name='backup',
            coordination=True, process_number=1)
        scheduler = service.Service.create(
            binary=constants.SCHEDULER_BINARY)
        recovery.settle(
            {each.host: each.origin_service_id for each in volumes},
            backup.host)
        self._services = [*volumes, scheduler, backup]
        # The scheduler waits for what the back ends report: for a minute, if
        # one could not start.
        self._start(volumes)
        self._start([scheduler, backup])
        # Cinder puts work down as that of the service that started last; it
        # must be a cinder-volume's. Which one's does not matter: after a
        # crash, all of it is put down anew.
        cinder_service.Service.service_id = volumes[0].origin_service_id
        world.set_up(self._state, volumes)

    @staticmethod
    def _start(services: Sequence[service.Service]) -> None:
        """Cinder serves on with a driver that could not start; we do not."""
        for each in services:
            each.start()
        for each in services:
            if not each.manager.is_working():
                raise exception.CloudError(
                    'service %s of %s could not start; see the log, %s' % (
                        each.binary, each.host, CONF.log_file))


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
