# SPDX-License-Identifier: Apache-2.0
"""One thread that wakes held operations.

A query a held operation would saturate the process at a few hundred holds;
one query for all of them, while there are any, does not.
"""

import contextlib
import dataclasses
import threading
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Protocol

from cinder import context as cinder_context
from oslo_config import cfg
from oslo_log import log as logging

from evs_fake import exception
from evs_fake.conf import faults as conf
from evs_fake.db import rules
from evs_fake.faults import directive
from evs_fake.faults import metadata
from evs_fake.faults.operations import Operation

LOG = logging.getLogger(__name__)

#: Seconds between two looks at the database, while anything is held.
INTERVAL = 0.05


@dataclasses.dataclass(frozen=True)
class Look:
    """What the database says.

    :ivar values: of metadata, by kind and id of the resource, and key.
    :ivar rules: ids of those that may hold something.
    """

    values: Mapping[tuple[metadata.Kind, str, str], str]
    rules: set[str]

    @classmethod
    def now(cls) -> 'Look':
        return cls(metadata.all_values(),
                   rules.active(cinder_context.get_admin_context()))


class Hold(Protocol):
    """Why an operation waits."""

    def lasts(self, look: Look) -> bool:
        """Whether it is still so."""


@dataclasses.dataclass(frozen=True)
class MetadataHold:
    """The metadata of a resource says so."""

    operation: Operation
    subjects: Sequence[metadata.Subject]

    def lasts(self, look: Look) -> bool:
        key = directive.key(self.operation)
        for subject in self.subjects:
            value = look.values.get((subject.kind, subject.id, key))
            if value is not None:
                return value == directive.Action.HOLD
        return False


@dataclasses.dataclass(frozen=True)
class RuleHold:
    """A rule says so."""

    rule_id: str

    def lasts(self, look: Look) -> bool:
        return self.rule_id in look.rules


class TooMany(Exception):
    """As many operations wait as may."""


@dataclasses.dataclass(eq=False)
class _Waiting:
    hold: Hold | None
    released: threading.Event = dataclasses.field(
        default_factory=threading.Event)
    ended: bool = False


class Watcher:
    def __init__(self) -> None:
        cfg.CONF.register_opts(conf.OPTS, conf.GROUP)
        self._lock = threading.Lock()
        self._holds: set[_Waiting] = set()
        self._pauses: set[_Waiting] = set()
        self._running = False
        self._ended = False

    def wait(self, hold: Hold, timeout: float | None = None) -> None:
        """Block until a hold lasts no more.

        :param timeout: seconds after which it is over anyway.
        :raises OperationEnded: see :meth:`ended`.
        :raises TooMany: one more would be more than are allowed.
        """
        waiting = _Waiting(hold)
        with self._lock:
            self._check()
            self._holds.add(waiting)
            if not self._running:
                self._running = True
                threading.Thread(target=self._watch, daemon=True,
                                 name='evs-fake-holds').start()
        self._block(waiting, self._holds, timeout)

    def pause(self, seconds: float) -> None:
        """Block for a while.

        :raises OperationEnded: see :meth:`ended`.
        :raises TooMany: as :meth:`wait`.
        """
        waiting = _Waiting(None)
        with self._lock:
            self._check()
            self._pauses.add(waiting)
        self._block(waiting, self._pauses, seconds)

    def waiting(self) -> int:
        """How many threads are blocked in here."""
        return len(self._holds) + len(self._pauses)

    @contextlib.contextmanager
    def ended(self) -> Iterator[None]:
        """Let nobody wait meanwhile: who does, or begins to, is told so."""
        with self._lock:
            self._ended = True
            for each in self._holds | self._pauses:
                each.ended = True
                each.released.set()
        try:
            yield
        finally:
            self._ended = False

    def _block(self, waiting: _Waiting, among: set[_Waiting],
               timeout: float | None) -> None:
        waiting.released.wait(timeout)
        with self._lock:
            among.discard(waiting)
        if waiting.ended:
            raise exception.OperationEnded()

    def _check(self) -> None:
        if self._ended:
            raise exception.OperationEnded()
        if self.waiting() >= cfg.CONF[conf.GROUP].max_held_operations:
            raise TooMany()

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
                look = Look.now()
            except Exception:
                # The operations stay held while the database is away; they
                # must not be let go by its absence.
                LOG.exception('Cannot read which operations are held.')
                continue
            released = [each for each in waiting
                        if not each.hold.lasts(look)]
            with self._lock:
                self._holds.difference_update(released)
            for each in released:
                each.released.set()
