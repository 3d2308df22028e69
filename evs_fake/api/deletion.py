# SPDX-License-Identifier: Apache-2.0
"""Deleting volumes, those too whose last rollback failed."""

from __future__ import annotations

from cinder import context as cinder_context
from cinder import objects
from cinder import volume as volume_api
from cinder.policies import volumes as policy
from oslo_utils import excutils

from evs_fake import states


def delete(context: cinder_context.RequestContext, volume: objects.Volume,
           cascade: bool) -> None:
    """Delete a volume as Cinder does, from ``error_rollbacking`` as well.

    Cinder's list of statuses to delete from is fixed; ``error`` is on it.
    The two changes of status are atomic, each on its own.

    :param cascade: its snapshots too.
    :raises InvalidVolume: (400) it is in no status for it.
    :raises PolicyNotAuthorized: (403)
    """
    context.authorize(policy.DELETE_POLICY, target_obj=volume)
    swapped = volume.update_single_status_where(
        'error', states.VOLUME_ERROR_ROLLBACKING)
    if swapped:
        volume.refresh()
    try:
        volume_api.API().delete(context, volume, cascade=cascade)
    except Exception:
        with excutils.save_and_reraise_exception():
            if swapped:
                volume.update_single_status_where(
                    states.VOLUME_ERROR_ROLLBACKING, 'error')
