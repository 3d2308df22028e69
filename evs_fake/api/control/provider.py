# SPDX-License-Identifier: Apache-2.0
"""Who resets a cloud and keeps its states: what runs it, if anything does.

A Cinder of somebody's own has nobody who could: its database and pools are
not ours to exchange, and its services are not ours to stop.
"""

import pkgutil
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from typing import Protocol

from evs_fake.api.routing import exception


class World(Protocol):
    """All that a cloud has, as something to exchange.

    Every method may raise Refused.
    """

    def reset(self, name: str | None) -> None:
        """Bring a saved state back, or with None that of a new cloud."""

    def save(self, name: str) -> dict[str, Any]:
        """Keep the present state under a name; what is shown of it."""

    def list_states(self) -> list[dict[str, Any]]:
        """What is shown of all that were saved, by name."""

    def show(self, name: str) -> dict[str, Any]:
        """What is shown of one."""

    def delete(self, name: str) -> None:
        """Forget one."""


_find: Callable[[], World] | None = None


def choose(name: str | None) -> None:
    """Take what api-paste.ini names.

    :param name: ``module:function`` that gives the world.
    """
    global _find
    _find = None if name is None else pkgutil.resolve_name(name)


def get() -> World:
    """The world that this API controls.

    :raises Refused: (409) nobody said which.
    """
    if _find is None:
        raise exception.Refused(
            'This cloud cannot be reset, nor its state be saved: only "evs-'
            'fake serve" runs all of a cloud, and can stop it for that.',
            status=HTTPStatus.CONFLICT)
    return _find()
