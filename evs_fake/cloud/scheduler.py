# SPDX-License-Identifier: Apache-2.0
"""Cinder's scheduler, woken by the first report of a back end."""

import threading
import time

from cinder import context as cinder_context
from cinder.scheduler import manager
from oslo_config import cfg

CONF = cfg.CONF


class SchedulerManager(manager.SchedulerManager):
    """Does not sleep a second where the report is there in milliseconds."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._reported = threading.Event()

    def init_host_with_rpc(self):
        """Wait until every back end that is up has reported.

        Cinder waits for a second report of the same content besides, which
        depends on nothing having changed in between.
        """
        self.request_service_capabilities(cinder_context.get_admin_context())
        deadline = time.monotonic() + CONF.scheduler_driver_init_wait_time
        while not self.driver.is_ready():
            # Reports that come after the check above are kept: the event is
            # cleared only once it has been seen.
            if not self._reported.wait(deadline - time.monotonic()):
                break
            self._reported.clear()
        self._startup_delay = False

    def update_service_capabilities(self, *args, **kwargs):
        super().update_service_capabilities(*args, **kwargs)
        self._reported.set()
