# SPDX-License-Identifier: Apache-2.0
"""What a test put on operations of the cloud."""

from __future__ import annotations

import time
from http import HTTPStatus
from types import TracebackType
from typing import Any
from typing import Self

from evs_fake.testing import control
from evs_fake.testing import exception

#: Seconds between two looks at a rule.
_PAUSE = 0.02


class Rule:
    """A rule of a running cloud; as a context, it goes at the end of it.

    :ivar id: the rule's.
    """

    def __init__(self, asks: control.Control, rule: dict[str, Any]) -> None:
        self._asks = asks
        self._operation = rule['operation']
        self.id: str = rule['id']

    @property
    def _path(self) -> str:
        return '/rules/' + self.id

    def show(self) -> dict[str, Any]:
        """The rule, as the control API shows it.

        :raises Refused: if it is gone, by a reset for example.
        """
        return self._asks.ask('GET', self._path)['rule']

    def wait(self, times: int = 1, timeout: float = 60) -> str:
        """Wait until the rule has met an operation.

        :param times: that many of them.
        :returns: id of what the last one is on.
        :raises InVain: if it does not, in that many seconds.
        """
        deadline = time.monotonic() + timeout
        while (rule := self.show())['matched'] < times:
            if time.monotonic() > deadline:
                raise exception.InVain(
                    'In %g s, %d of %d %s met the rule %s.' % (
                        timeout, rule['matched'], times, self._operation,
                        rule))
            time.sleep(_PAUSE)
        return rule['last_resource_id']

    def delete(self) -> None:
        """Have it meet nothing any more; what it holds goes on.

        One that is gone already is as good.
        """
        self._asks.ask('DELETE', self._path, besides=[HTTPStatus.NOT_FOUND])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None,
                 error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self._end()

    def _end(self) -> None:
        self.delete()


class Hold(Rule):
    """A rule that holds what it meets until it is released.

    The end of a context releases it, unless that was done.
    """

    def release(self, fail: bool = False,
                message: str | None = None) -> None:
        """Let go what is held; nothing is held any more.

        :param fail: have it fail, instead of going on.
        :param message: what it fails with.
        :raises Refused: if it was released before.
        """
        asked: dict[str, Any] = {'fail': fail}
        if message is not None:
            asked['message'] = message
        self._release(asked)

    def _end(self) -> None:
        # Not deleted: what was told to fail would go on, where that comes
        # before it was heard.
        self._release({}, HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND)

    def _release(self, asked: dict[str, Any], *besides: int) -> None:
        self._asks.ask('POST', self._path + '/release', {'release': asked},
                       besides=besides)
