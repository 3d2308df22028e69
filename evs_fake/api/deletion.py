# SPDX-License-Identifier: Apache-2.0
"""Deleting volumes, those too whose last rollback failed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from cinder import context as cinder_context
from cinder import objects
from cinder import volume as volume_api

from evs_fake import states

#: What Cinder makes of the status of a volume that is to be deleted.
_DELETING = 'deleting'


def delete(context: cinder_context.RequestContext, volume: objects.Volume,
           cascade: bool) -> None:
    """Delete a volume as Cinder does, from ``error_rollbacking`` as well.

    :param cascade: its snapshots too.
    :raises InvalidVolume: (400) it is in no status for it.
    :raises PolicyNotAuthorized: (403)
    """
    with _deletable_after_rollback(volume):
        volume_api.API().delete(context, volume, cascade=cascade)


@contextlib.contextmanager
def _deletable_after_rollback(volume: objects.Volume) -> Iterator[None]:
    """Has one status more from which Cinder deletes a volume.

    Cinder's list of them is fixed, in the one statement that changes the
    status. With another one before it, somebody could see the volume in
    between, or the process end there.
    """
    update = volume.conditional_update

    def conditional_update(values: Mapping[str, Any],
                           expected_values: Mapping[str, Any] | None = None,
                           *args: Any, **kwargs: Any) -> bool:
        expected = dict(expected_values or {})
        if (values.get('status') == _DELETING
                and isinstance(expected.get('status'), tuple)):
            expected['status'] += (states.VOLUME_ERROR_ROLLBACKING,)
        return update(values, expected, *args, **kwargs)

    volume.conditional_update = conditional_update
    try:
        yield
    finally:
        # A refresh has taken it already.
        vars(volume).pop('conditional_update', None)
