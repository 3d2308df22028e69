# SPDX-License-Identifier: Apache-2.0
"""Where the driver asks whether an operation may go on."""

import threading
import time
from collections.abc import Sequence

from oslo_log import log as logging

from evs_fake import exception
from evs_fake.faults import directive
from evs_fake.faults import metadata
from evs_fake.faults.operations import Operation
from evs_fake.faults.watcher import Watcher

LOG = logging.getLogger(__name__)


class Gate:
    """Holds, delays or fails operations as their resources' metadata says."""

    def __init__(self) -> None:
        self._watcher = Watcher()

    def enter(self, operation: Operation,
              subjects: Sequence[metadata.Subject]) -> None:
        """Return when the operation may go on.

        A fault is looked up again after a hold or a delay, so that a key
        changed from ``hold`` to ``fail`` fails the operation.

        :param subjects: resources whose metadata counts, the nearest first.
        :raises InjectedFailure: if the operation is to fail.
        :raises InvalidFault: if the stored fault is of no known form.
        """
        delayed = False
        while fault := metadata.find(operation, subjects):
            match fault.action:
                case directive.Action.FAIL:
                    raise exception.InjectedFailure(
                        operation=operation.value, reason=fault.message)
                case directive.Action.HOLD:
                    LOG.info('Holding %(operation)s of %(subjects)s.',
                             {'operation': operation.value,
                              'subjects': subjects})
                    self._watcher.wait(operation, subjects)
                case directive.Action.DELAY:
                    if delayed:
                        return
                    time.sleep(fault.seconds)
                    delayed = True


_GATE: Gate | None = None
_GATE_LOCK = threading.Lock()


def get() -> Gate:
    """The process's gate: back ends share it, and its one watcher."""
    global _GATE
    with _GATE_LOCK:
        if _GATE is None:
            _GATE = Gate()
        return _GATE
