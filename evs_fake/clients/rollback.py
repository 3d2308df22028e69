# SPDX-License-Identifier: Apache-2.0
"""EVS's rollback, which takes any snapshot of a volume."""

import threading

from evs_fake import states
from evs_fake.clients import arguments
from evs_fake.clients import connection
from evs_fake.clients import exception

#: Seconds between two looks at the volume.
_PAUSE = 1

ARGUMENTS = (
    arguments.argument('snapshot', metavar='snapshot',
                       help='snapshot to roll back to (name or ID)'),
    arguments.argument(
        '--volume', metavar='volume',
        help='volume to roll back (name or ID); only that of the snapshot '
             'is accepted, which is the default'),
    arguments.argument(
        '--wait', action='store_true',
        help='wait until the rollback ended; it is an error if it failed'),
)



def start(cloud: connection.Connection, snapshot_id: str,
          volume_id: str) -> None:
    """Ask for a rollback.

    :raises ClientError: if the cloud refuses, with the reason.
    """
    cloud.ask(
        'POST', '/v2/%s/cloudsnapshots/%s/rollback' % (
            cloud.project_id, connection.segment(snapshot_id)),
        {'rollback': {'volume_id': volume_id}})


def wait(cloud: connection.Connection, volume_id: str) -> None:
    """Wait until a volume is no more being rolled back.

    :raises ClientError: if the rollback failed.
    """
    path = '/v2/%s/cloudvolumes/%s' % (
        cloud.project_id, connection.segment(volume_id))
    never = threading.Event()
    while (status := cloud.ask('GET', path)['volume']['status']
           ) == states.VOLUME_ROLLBACKING:
        never.wait(_PAUSE)
    if status == states.VOLUME_ERROR_ROLLBACKING:
        raise exception.ClientError(
            'the rollback of volume %s failed: %s' % (
                volume_id, states.VOLUME_MEANINGS[status]))
