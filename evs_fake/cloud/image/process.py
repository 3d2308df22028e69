# SPDX-License-Identifier: Apache-2.0
"""Glance's process."""

import os
import pathlib
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import IO

from evs_fake.api.control import fault
from evs_fake.cloud import sqlite
from evs_fake.cloud import state_dir
from evs_fake.cloud import visitors
from evs_fake.cloud.child import database
from evs_fake.cloud.child import process


def make(settings: dict[str, Any]) -> Callable:
    """Glance's WSGI application.

    :param settings: ``state_dir``, and ``names`` by which clients reach it;
        None with Keystone, where they do not matter.
    """
    state = state_dir.StateDir(pathlib.Path(settings['state_dir']))
    conf = state.image_settings
    database.bring_up_to_date(
        'glance', state.image_database,
        ['-m', 'glance.cmd.manage', '--config-file', str(conf), 'db', 'sync'],
        state.image_log)
    for name in ('store', 'staging', 'tasks', 'cache'):
        (state.image / name).mkdir(mode=0o700, exist_ok=True)
    os.environ['OS_GLANCE_CONFIG_DIR'] = str(conf.parent)
    from glance.common import wsgi_app
    from glance.db.sqlalchemy import api
    # As with Keystone, there is no other way to it.
    sqlite.configure(api._get_main_context_manager())
    app = _keep_bodies_open(wsgi_app.init_app())
    if settings['names'] is None:
        return app
    return visitors.Visitors(app, lambda _path: fault.body,
                             settings['names'])


class _Body:
    """The body of a request, for whom its end is not the connection's."""

    def __init__(self, body: IO[bytes]) -> None:
        self._body = body

    def close(self) -> None:
        pass

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)


def _keep_bodies_open(app: Callable) -> Callable:
    """Have what closes a request's body leave its connection open.

    Glance closes what it has uploaded. In cheroot, as the CGI of old had it,
    the next request is read from the same file.
    """
    def wrapped(environ: dict[str, Any], start_response: Callable):
        environ['wsgi.input'] = _Body(environ['wsgi.input'])
        return app(environ, start_response)

    return wrapped


if __name__ == '__main__':
    process.run(make)
