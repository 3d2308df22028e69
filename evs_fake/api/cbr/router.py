# SPDX-License-Identifier: Apache-2.0
"""CBR's routes as an application, by paste."""

from collections.abc import Callable

from evs_fake.api import periodic
from evs_fake.api.cbr import conductor
from evs_fake.api.cbr import fault
from evs_fake.api.cbr import routes
from evs_fake.api.cbr import versions
from evs_fake.api.routing import router


def app_factory(global_conf: dict[str, str]) -> Callable:
    """Paste application: all of CBR's routes below ``/v3``."""
    return periodic.serve(
        router.Router(routes.ROUTES, 'v3', fault.body, versions.Versions()),
        conductor.TASKS)
