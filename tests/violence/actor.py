# SPDX-License-Identifier: Apache-2.0
"""A client that does something at random, again and again."""

from __future__ import annotations

import collections
import threading
import time
import traceback
from collections.abc import Callable

from tests.violence import clients
from tests.violence import operations
from tests.violence import world

#: Seconds between two looks at what is under way.
_PAUSE = 0.01

#: In which what was to go away is at rest.
_NOT_GONE = ('error_deleting', 'error_unmanaging')


class Actor:
    """One tenant's thread, for as long as the cloud answers.

    :ivar violations: what the cloud did that it must not do.
    :ivar answers: how often what was answered, by operation and answer.
    """

    def __init__(self, tenant: operations.Tenant, answered: Callable[[], None],
                 lenient: bool = False) -> None:
        """Prepare.

        :param answered: called after every answer.
        :param lenient: operations may fail: the pool is not well.
        """
        self.violations: list[str] = []
        self.answers: collections.Counter[tuple[str, str]] = (
            collections.Counter())
        self._tenant = tenant
        self._answered = answered
        self._lenient = lenient
        self._pending: list[world.Asked] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask for nothing more: the cloud is dead, or will be left alone."""
        self._ended.set()

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._ended.is_set() and not self.violations:
                self._look()
                asked = operations.choose(self._tenant)
                if asked is None or (self._pending
                                     and self._tenant.chance(0.3)):
                    time.sleep(_PAUSE)
                else:
                    self._ask(asked)
        except Exception:
            # Of a client's own, most likely.
            self.violations.append('%s: %s' % (
                self._tenant.name, traceback.format_exc()))

    def _ask(self, asked: world.Asked) -> None:
        resources = self._tenant.resources
        resources += [each for each in asked.ends if each not in resources]
        asked.begin(self._lenient)
        try:
            ids = asked.call()
        except clients.ERRORS as error:
            self._refused(asked, error)
        else:
            self._count(asked, 'accepted')
            if asked.refused:
                self.violations.append('not refused: %s' % asked)
            asked.accept(ids)
            self._pending.append(asked)
        self._answered()

    def _refused(self, asked: world.Asked, error: Exception) -> None:
        status = clients.answer_of(error)
        if status is None:
            # It may have been done, or not; unless all is over, see whether
            # the cloud is.
            self._count(asked, 'not answered')
            if not self._ended.wait(1):
                self.violations.append('%s: %s' % (asked, error))
            return
        self._count(asked, str(status))
        if status >= 500:
            self.violations.append('%s: %s' % (asked, error))
        elif not asked.refused and not self._lenient:
            self.violations.append('refused: %s: %s' % (asked, error))
        asked.refuse()
        self._forget()

    def _look(self) -> None:
        """See what has ended."""
        if not self._pending:
            return
        place = self._tenant.place
        with place.connected() as connection:
            rows = place.rows(connection)
        keyed = {row.key: row for row in rows.values()}
        for asked in [*self._pending]:
            found = {each: each.find(rows, keyed) for each in asked.ends}
            if any(row is not None and not row.resting
                   for row in found.values()):
                continue
            if any(found[each] is not None
                   and found[each].status not in _NOT_GONE
                   for each, end in asked.ends.items() if end is None):
                # It has not gone yet.
                continue
            self._pending.remove(asked)
            wrong = [
                '%s: %s is %s' % (asked, each, row and (
                    row.status, row.more.get('fail_reason')))
                for each, row in found.items()
                if (row and row.status) != (
                    asked.ends[each] and asked.ends[each].status)]
            if wrong and not self._lenient:
                self.violations += wrong
            elif wrong:
                for each in asked.ends:
                    each.busy = False
                    fates = {fate for fate in each.fates if (
                        fate and fate.status) == (
                            found[each] and found[each].status)}
                    # Of several that only differ in what is in it, nobody
                    # knows which.
                    each.fates = fates if len(fates) < 2 else {
                        fates.pop().but(content=None)}
            else:
                asked.end()
            self._forget()

    def _forget(self) -> None:
        self._tenant.resources[:] = [
            each for each in self._tenant.resources
            if each.busy or each.fates != {world.GONE}]

    def _count(self, asked: world.Asked, answer: str) -> None:
        self.answers[asked.what, answer] += 1
