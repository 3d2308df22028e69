# SPDX-License-Identifier: Apache-2.0
"""Glance without Keystone: believes every request, as Cinder does then.

Glance's own filter for that makes an administrator without any role, whom
its policies know no more.
"""

from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from evs_fake.api.auth import identity


class NoAuth:
    """Says what keystonemiddleware would say of a token.

    A token is ``<user>:<project>``; everybody is an administrator.
    """

    def __init__(self, application: Callable) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable
                 ) -> Iterable[bytes]:
        user, _colon, project = environ.get(
            'HTTP_X_AUTH_TOKEN', '').partition(':')
        if not identity.is_id(user):
            user = identity.DEFAULT_USER
        if not identity.is_id(project):
            project = identity.DEFAULT_PROJECT
        environ.update({
            'HTTP_X_IDENTITY_STATUS': 'Confirmed',
            'HTTP_X_USER_ID': user, 'HTTP_X_PROJECT_ID': project,
            'HTTP_X_ROLES': 'admin,member,reader'})
        return self._application(environ, start_response)


def filter_factory(global_conf: dict[str, str]) -> Callable:
    """Paste filter."""
    return NoAuth
