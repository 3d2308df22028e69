# SPDX-License-Identifier: Apache-2.0
"""EVS's routes in front of Cinder's, by paste."""

from collections.abc import Callable

from evs_fake.api import periodic
from evs_fake.api.evs import fault
from evs_fake.api.evs import routes
from evs_fake.api.evs import tasks
from evs_fake.api.routing import router


def app_factory(global_conf: dict[str, str], version: str) -> Callable:
    """Paste application: EVS's routes of a version, and nothing else."""
    return _serve(version)


def filter_factory(global_conf: dict[str, str], version: str
                   ) -> Callable[[Callable], Callable]:
    """Paste filter: EVS's routes of a version, the rest to what follows."""
    return lambda app: _serve(version, app)


def _serve(version: str, fallback: Callable | None = None) -> Callable:
    return periodic.serve(
        router.Router(routes.ROUTES, version, fault.body, fallback),
        tasks.TASKS.get(version, ()))
