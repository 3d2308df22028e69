# SPDX-License-Identifier: Apache-2.0
"""One change of a vault at a time, in all processes.

Cinder looks at a status and changes it in two steps, and a vault's capacity
is looked at before it is taken.
"""

from __future__ import annotations

import contextlib

from cinder import coordination


def vault(vault_id: str) -> contextlib.AbstractContextManager:
    """The lock of a vault."""
    return coordination.COORDINATOR.get_lock('evs-fake-cbr-' + vault_id)


def remove(vault_id: str) -> None:
    """Remove what a deleted vault's lock left on disk."""
    coordination.synchronized_remove('evs-fake-cbr-' + vault_id)
