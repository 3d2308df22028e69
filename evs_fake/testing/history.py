# SPDX-License-Identifier: Apache-2.0
"""Which statuses resources had, and waiting for one."""

from __future__ import annotations

import dataclasses
import datetime
import math
import time
from typing import Any
from typing import Self

from evs_fake.testing import control
from evs_fake.testing import exception

#: Seconds that one request waits, at most.
_WAIT = 30


@dataclasses.dataclass(frozen=True)
class Change:
    """A change of a status, as the control API shows it.

    :ivar number: its place in the order of all.
    :ivar old_status: None is of what was not there before.
    """

    number: int
    resource_type: str
    resource_id: str
    project_id: str
    old_status: str | None
    new_status: str
    occurred_at: datetime.datetime

    def __str__(self) -> str:
        return '%d %s %s %s: %s -> %s' % (
            self.number, self.occurred_at, self.resource_type,
            self.resource_id, self.old_status or '(new)', self.new_status)

    @classmethod
    def read(cls, shown: dict[str, Any]) -> Self:
        return cls(**{
            field.name: shown[field.name]
            for field in dataclasses.fields(cls)
        } | {'occurred_at': datetime.datetime.fromisoformat(
            shown['occurred_at'])})


class History:
    """The history of a running cloud, of all its projects."""

    def __init__(self, asks: control.Control) -> None:
        self._asks = asks

    def find(self, **criteria: str) -> list[Change]:
        """All changes, the oldest first.

        :param criteria: ``resource_id``, ``resource_type``, ``project_id``,
            ``status``.
        """
        found, cursor = [], 0
        while True:
            page = self._page(after=cursor, **criteria)
            if page['cursor'] == cursor:
                return found
            found += map(Change.read, page['history'])
            cursor = page['cursor']

    def wait(self, resource_id: str, status: str, after: int,
             timeout: float) -> Change:
        """Wait until a resource has had a status.

        :param after: number of the change behind which to look.
        :raises InVain: if it does not, in that many seconds.
        """
        deadline = time.monotonic() + timeout
        cursor = after
        while True:
            left = max(0, math.ceil(deadline - time.monotonic()))
            page = self._page(after=cursor, wait=min(left, _WAIT),
                              resource_id=resource_id, status=status)
            if page['history']:
                return Change.read(page['history'][0])
            if not left:
                break
            cursor = page['cursor']
        raise exception.InVain(
            'In %g s, %s was not %r after change %d. All that it was:%s' % (
                timeout, resource_id, status, after, ''.join(
                    '\n%s' % change
                    for change in self.find(resource_id=resource_id))
                or ' nothing.'))

    def _page(self, **query: Any) -> dict[str, Any]:
        return self._asks.ask('GET', '/history/all-projects', query=query)
