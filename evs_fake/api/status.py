# SPDX-License-Identifier: Apache-2.0
"""Statuses that a request takes by compare-and-swap, and gives back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

from cinder.i18n import _

#: Makes an exception of a reason.
Refusal = Callable[..., Exception]


@contextlib.contextmanager
def taken(found: Any, status: str, refusal: Refusal, **more: Any
          ) -> Iterator[None]:
    """Have a resource be in a status; back in the former if the body fails.

    :param more: other fields that it has meanwhile.
    :raises Exception: the refusal, if it is in another status by now.
    """
    former = found.status
    before = {name: getattr(found, name) for name in more}
    if not found.conditional_update(
            {'status': status, **more}, {'status': former},
            reflect_changes=False):
        raise refusal(reason=_(
            '%(id)s is no longer "%(status)s".') % {
                'id': found.id, 'status': former})
    try:
        yield
    except BaseException:
        found.conditional_update(
            {'status': former, **before}, {'status': status},
            reflect_changes=False)
        raise
