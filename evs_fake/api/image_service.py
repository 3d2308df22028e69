# SPDX-License-Identifier: Apache-2.0
"""Whether there are images for volumes to be made from."""

from __future__ import annotations

from cinder import context as cinder_context
from cinder.image import glance

#: For users, of a request that needs one.
MISSING = 'this cloud has no image service'


def exists(context: cinder_context.RequestContext) -> bool:
    """Whether Cinder knows an image service.

    Where it knows none, in no option and no catalog, it fails with an
    unexpected error as soon as it needs one.
    """
    return next(iter(glance.get_api_servers(context)), None) is not None
