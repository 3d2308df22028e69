# SPDX-License-Identifier: Apache-2.0
"""Cinder's API, once for all the paths below which it is served."""

import functools

from cinder.api.v3 import router


def app_factory(global_conf: dict[str, str], **local_conf: str
                ) -> router.APIRouter:
    """Paste application: Cinder's, the same one each time.

    Paste makes an application anew for each pipeline that ends in it, and
    EVS's /v2 ends where Cinder's /v3 does: both would hold, and spend the
    time to make, all of Cinder's controllers.
    """
    return _app()


@functools.cache
def _app() -> router.APIRouter:
    return router.APIRouter()
