# SPDX-License-Identifier: Apache-2.0
"""Every change of Cinder's and os-brick's internals that evs-fake makes.

Each says why there is no other way and for which versions it is; a test
fails when upstream no longer needs it.
"""

from collections.abc import Callable
from typing import Any

from cinder import privsep
from cinder.image import image_utils
from os_brick import privileged
from os_brick.privileged import nvmeof


class _InPlace:
    """``eventlet.tpool`` where there is no eventlet hub."""

    @staticmethod
    def execute(function: Callable, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    @staticmethod
    def Proxy(wrapped: Any, *_args: Any, **_kwargs: Any) -> Any:
        return wrapped


def run_image_transfers_in_place() -> None:
    """Run image transfers in their own thread.

    Cinder 29's ``image_utils`` calls ``eventlet.tpool`` directly, which on
    native threads never returns. Cinder's other modules go through
    ``cinder.utils.tpool_wrap``, which knows the difference.
    """
    image_utils.tpool = _InPlace


def run_unprivileged() -> None:
    """Have privsep run its functions in this process.

    It would start a root daemon through sudo. Nothing here needs root: the
    files are the user's own. ``set_client_mode`` is privsep's own switch,
    for its daemon's side; Cinder and os-brick offer none to their users.
    """
    for context in (privsep.sys_admin_pctxt, privileged.default,
                    privileged.brick_privsep_hide_output):
        context.set_client_mode(False)


def do_without_system_uuid() -> None:
    """Take no system UUID for an answer.

    os-brick asks ``dmidecode`` for it on every backup, and is prepared for
    there being none, but not for the user's PATH naming a directory that
    the user may not read: then the backup would stay in ``creating``.
    """
    ask = nvmeof.get_system_uuid

    def get_system_uuid() -> str:
        try:
            return ask()
        except PermissionError:
            return ''

    nvmeof.get_system_uuid = get_system_uuid


def apply() -> None:
    """Apply all of them; the versions are those of the embedded cloud."""
    run_image_transfers_in_place()
    run_unprivileged()
    do_without_system_uuid()
