# SPDX-License-Identifier: Apache-2.0
"""A Cinder service that shares its process with others."""

from cinder import context as cinder_context
from cinder import exception
from cinder import objects
from cinder import service
from oslo_db import exception as db_exception
from oslo_log import log as logging

from evs_fake.cloud import work

LOG = logging.getLogger(__name__)


class Service(service.Service):
    """Reports its own state, and has its threads' work counted.

    ``cinder.service.Service`` keeps its id on the class: in one process the
    service that started last would report for all, and the others would read
    as down after ``service_down_time``.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        add = getattr(self.manager, '_add_to_threadpool', None)
        if add is not None:
            def counted(function, *args, **kwargs) -> None:
                work.WORK.begin()
                try:
                    add(work.WORK.run, function, *args, **kwargs)
                except BaseException:
                    work.WORK.end()
                    raise

            # Cinder's managers have no hook for it.
            self.manager._add_to_threadpool = counted

    def report_state(self) -> None:
        if not self.manager.is_working():
            # Logs why it does not report.
            super().report_state()
            return
        context = cinder_context.get_admin_context()
        try:
            report = objects.Service.get_by_id(
                context, self.origin_service_id)
            report.report_count += 1
            # Another configuration may have another one.
            report.availability_zone = self.availability_zone
            report.save()
        except (exception.ServiceNotFound, db_exception.DBError):
            LOG.exception('Service %(binary)s cannot report its state.',
                          {'binary': self.binary})
