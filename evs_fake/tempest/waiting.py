# SPDX-License-Identifier: Apache-2.0
"""Waiting for what a cloud has accepted."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tempest import config
from tempest.lib import exceptions

CONF = config.CONF

#: Seconds between the first two looks; a fake is quicker than tempest's
#: ``build_interval``, which is the most that later ones are apart.
_FIRST_PAUSE = 0.1


def kind_of(client: Any) -> str:
    """What a client's methods and bodies call its resource.

    Tempest's snapshots are of the type ``volume-snapshot``.
    """
    return client.resource_type.rpartition('-')[2]


def until(look: Callable[[], Any], what: str) -> Any:
    """Wait for a condition, for ``[volume] build_timeout`` at most.

    :returns: what ``look`` returned, once it is true.
    :raises TimeoutException: if it does not become true.
    """
    deadline = time.monotonic() + CONF.volume.build_timeout
    pause = _FIRST_PAUSE
    while not (found := look()):
        if time.monotonic() > deadline:
            raise exceptions.TimeoutException(
                'in vain waited for %s for %d seconds' % (
                    what, CONF.volume.build_timeout))
        time.sleep(pause)
        pause = min(pause * 1.5, max(CONF.volume.build_interval, _FIRST_PAUSE))
    return found


def for_status(client: Any, resource_id: str, status: str) -> dict[str, Any]:
    """Wait for a status; the resource as it is then.

    :param client: of tempest's or ours; it knows the type of its resource.
    :raises AssertionError: at once, if it is an error's, which nothing
        follows.
    """
    kind = kind_of(client)
    show = getattr(client, 'show_' + kind)

    def look() -> dict[str, Any] | None:
        found = show(resource_id)[kind]
        if found['status'] == status:
            return found
        if found['status'].startswith('error'):
            raise AssertionError('%s %s is in "%s", not in "%s"' % (
                kind, resource_id, found['status'], status))
        return None

    return until(look, '%s of %s %s' % (status, kind, resource_id))


def for_end(client: Any, resource_id: str) -> None:
    """Wait until a resource is gone."""
    until(lambda: client.is_resource_deleted(resource_id),
          'the end of %s %s' % (kind_of(client), resource_id))
