# SPDX-License-Identifier: Apache-2.0
"""The one image that the cloud has from the start."""

import io
from typing import Any

from keystoneauth1 import session as keystone_session

from evs_fake.cloud import exception
from evs_fake.cloud import state_dir

NAME = 'tiny'

_SECTOR = 512
_SECTORS = 2048


def content() -> bytes:
    """1 MiB, in which each sector tells its number: one can see who moved."""
    return b''.join(
        (b'evs-fake image, sector %d\n' % number).ljust(_SECTOR, b'\0')
        for number in range(_SECTORS))


def sow(state: state_dir.StateDir, url: str,
        session: keystone_session.Session | None) -> None:
    """Make the image, unless the cloud has ever had it.

    :param session: an administrator's, where there is Keystone.
    :raises CloudError: Glance refuses it.
    """
    if state.image_seeded.exists():
        return
    # Here, as only the first start needs it.
    import glanceclient
    from keystoneauth1 import exceptions
    glance = glanceclient.Client('2', endpoint=url, session=session)
    try:
        image_id = _make(glance)
    except (glanceclient.exc.BaseException, glanceclient.exc.ClientException,
            exceptions.ClientException) as error:
        raise exception.CloudError(
            'Glance does not take its first image: %s; see the log, %s' % (
                (str(error).splitlines() or [type(error).__name__])[0],
                state.image_log)) from error
    state.write(state.image_seeded, image_id + '\n')


def _make(glance: Any) -> str:
    # A start that was cut short may have left it.
    for left in glance.images.list(filters={'name': NAME}):
        glance.images.delete(left.id)
    image = glance.images.create(
        name=NAME, disk_format='raw', container_format='bare',
        visibility='public', min_disk=1)
    glance.images.upload(image.id, io.BytesIO(content()))
    return image.id
