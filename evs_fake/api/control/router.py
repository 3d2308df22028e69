# SPDX-License-Identifier: Apache-2.0
"""The control API, by paste."""

from collections.abc import Callable

from evs_fake.api import control
from evs_fake.api import periodic
from evs_fake.api.control import fault
from evs_fake.api.control import history
from evs_fake.api.control import provider
from evs_fake.api.control import routes
from evs_fake.api.routing import router


def app_factory(global_conf: dict[str, str], world: str | None = None
                ) -> Callable:
    """Paste application.

    :param world: ``module:function`` that gives what is to be reset; see
        :mod:`evs_fake.api.control.provider`.
    """
    provider.choose(world)
    return periodic.serve(
        router.Router(routes.ROUTES, control.VERSION, fault.body),
        history.TASKS)
