# SPDX-License-Identifier: Apache-2.0
"""One thread that wakes held operations.

A query a held operation would saturate the process at a few hundred holds;
one query for all of them, while there are any, does not.
"""

import dataclasses
import threading
from collections.abc import Sequence

from oslo_log import log as logging

from evs_fake.faults import directive
from evs_fake.faults import metadata
from evs_fake.faults.operations import Operation

LOG = logging.getLogger(__name__)

#: Seconds between two looks at the database, while anything is held.
INTERVAL = 0.05


@dataclasses.dataclass(eq=False)
class _Hold:
    operation: Operation
    subjects: Sequence[metadata.Subject]
    released: threading.Event = dataclasses.field(
        default_factory=threading.Event)

    def lasts(self, values: dict[tuple[metadata.Kind, str, str], str]) -> bool:
        key = directive.key(self.operation)
        for subject in self.subjects:
            value = values.get((subject.kind, subject.id, key))
            if value is not None:
                return value == directive.Action.HOLD
        return False


class Watcher:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holds: set[_Hold] = set()
        self._running = False

    def wait(self, operation: Operation,
             subjects: Sequence[metadata.Subject]) -> None:
        """Block until the fault of the operation is no ``hold`` any more."""
        hold = _Hold(operation, subjects)
        with self._lock:
            self._holds.add(hold)
            if not self._running:
                self._running = True
                threading.Thread(target=self._watch, daemon=True,
                                 name='evs-fake-holds').start()
        hold.released.wait()

    def _watch(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(INTERVAL)
            with self._lock:
                if not self._holds:
                    self._running = False
                    return
                waiting = list(self._holds)
            try:
                values = metadata.all_values()
            except Exception:
                # The operations stay held while the database is away; they
                # must not be let go by its absence.
                LOG.exception('Cannot read which operations are held.')
                continue
            released = [hold for hold in waiting if not hold.lasts(values)]
            with self._lock:
                self._holds.difference_update(released)
            for hold in released:
                hold.released.set()
