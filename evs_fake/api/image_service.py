# SPDX-License-Identifier: Apache-2.0
"""Whether there are images for volumes to be made from."""

from __future__ import annotations

from cinder import context as cinder_context
from cinder.image import glance
from oslo_config import cfg

CONF = cfg.CONF

#: For users, of a request that needs one.
MISSING = 'this cloud has no image service'
UNSUITABLE = ('the image service takes tokens of Keystone\'s only, and this '
              'request is signed with an access key')


def problem(context: cinder_context.RequestContext) -> str | None:
    """Why a request can have no image; None if it can.

    Where Cinder knows no image service, in no option and no catalog, or has
    no token for it, it fails with an unexpected error as soon as it needs
    one.
    """
    if next(iter(glance.get_api_servers(context)), None) is None:
        return MISSING
    if CONF.auth_strategy == 'keystone' and not context.auth_token:
        return UNSUITABLE
    return None
