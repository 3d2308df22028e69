# SPDX-License-Identifier: Apache-2.0
"""Watching a cloud from outside, as a client does: by asking."""

import dataclasses
import threading
import time
from typing import Any
from typing import TextIO

from evs_fake import states

_PAUSE_SECONDS = 0.01

GONE = 'gone'


@dataclasses.dataclass(frozen=True)
class Sighting:
    """A status that was seen.

    :ivar kind: ``snapshot`` or ``volume``.
    :ivar seconds: since the observer was made.
    """

    seconds: float
    kind: str
    name: str
    status: str


class Observer:
    """Polls lists of snapshots and volumes and prints what changed."""

    def __init__(self, cinder: Any, out: TextIO) -> None:
        """Prepare.

        :param cinder: a python-cinderclient of its own: it is used from
            another thread.
        """
        self._cinder = cinder
        self._out = out
        self._start = time.monotonic()
        self._known: dict[tuple[str, str], tuple[str, str]] = {}
        self._changed = threading.Condition()
        self._ended = False
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.sightings: list[Sighting] = []

    def __enter__(self) -> 'Observer':
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._ended = True
        self._thread.join()

    def wait(self, resource: Any, status: str, timeout: float = 60) -> None:
        """Wait until a resource is seen in a status.

        :param status: :data:`GONE` waits until it is in no list any more.
        :raises TimeoutError: if it is not, in time.
        """
        def reached() -> bool:
            if self._error is not None:
                raise self._error
            return any(seen == status for (_, known), (_, seen)
                       in self._known.items() if known == resource.id)

        with self._changed:
            if not self._changed.wait_for(reached, timeout):
                raise TimeoutError('%s was not seen in "%s" within %d s' % (
                    resource.name, status, timeout))

    def seen(self, kind: str, status: str) -> list[Sighting]:
        return [sighting for sighting in self.sightings
                if (sighting.kind, sighting.status) == (kind, status)]

    def say(self, text: str) -> None:
        """Print what is about to happen, between the sightings."""
        with self._changed:
            print('\n%s' % text, file=self._out, flush=True)

    def _watch(self) -> None:
        pause = threading.Event()
        try:
            while not self._ended:
                self._look()
                pause.wait(_PAUSE_SECONDS)
        except Exception as error:
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _look(self) -> None:
        found = {}
        for kind, manager in (('snapshot', self._cinder.volume_snapshots),
                              ('volume', self._cinder.volumes)):
            for resource in manager.list():
                found[kind, resource.id] = (resource.name, resource.status)
        with self._changed:
            for key, (name, status) in found.items():
                if self._known.get(key, ('', ''))[1] != status:
                    self._record(key[0], name, status)
            for key in self._known.keys() - found.keys():
                name, status = self._known[key]
                if status != GONE:
                    self._record(key[0], name, GONE)
                    found[key] = (name, GONE)
                else:
                    found[key] = self._known[key]
            self._known = found
            self._changed.notify_all()

    def _record(self, kind: str, name: str, status: str) -> None:
        sighting = Sighting(
            time.monotonic() - self._start, kind, name, status)
        self.sightings.append(sighting)
        mark = '*' if (kind == 'snapshot' and
                       status in states.SNAPSHOT_STATUSES) else ' '
        print('%8.3f s %s %-8s  %-30s  %s' % (
            sighting.seconds, mark, kind, name, status),
            file=self._out, flush=True)
