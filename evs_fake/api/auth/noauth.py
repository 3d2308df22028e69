# SPDX-License-Identifier: Apache-2.0
"""Authentication that believes every request, for a cloud on a laptop."""

import functools
from collections.abc import Callable

import webob
import webob.dec
from cinder import context as cinder_context
from oslo_utils import strutils
from webob import exc

from evs_fake.api.auth import identity

#: First segments of Cinder's paths that have no project in front of them
#: (Cinder accepts its paths with and without). Others begin with "os-".
_COLLECTIONS = frozenset({
    'attachments', 'backups', 'capabilities', 'cgsnapshots', 'clusters',
    'consistencygroups', 'default-types', 'extensions', 'group_snapshots',
    'group_types', 'groups', 'limits', 'manageable_snapshots',
    'manageable_volumes', 'messages', 'qos-specs', 'resource_filters',
    'scheduler-stats', 'snapshots', 'types', 'volume-transfers', 'volumes',
    'workers'})


class NoAuth:
    """Takes user and project from the token, or else from the URL.

    A token is ``<user>:<project>``, as Cinder's own noauth has it. Cinder's
    answers a request without a token with a token, which clients whose
    authentication is "none" do not understand; here, such a request (and one
    whose token names no project: keystoneauth sends "notused") is served for
    the project in its path.
    """

    def __init__(self, application: Callable,
                 project_in_path: bool = True) -> None:
        """Set up.

        :param project_in_path: whether the application's paths may begin
            with a project.
        """
        self._application = application
        self._project_in_path = project_in_path

    @webob.dec.wsgify
    def __call__(self, request: webob.Request):
        token = request.headers.get('X-Auth-Token', '')
        user, _colon, project = token.partition(':')
        user = user or identity.DEFAULT_USER
        if not project:
            project = self._project(request) or identity.DEFAULT_PROJECT
        for name, value in (('user', user), ('project', project)):
            if not identity.is_id(value):
                raise exc.HTTPBadRequest(explanation=
                    'The %s id must be 1 to 64 letters, digits, "_" or "-".'
                    % name)
        former = request.environ.get('cinder.context')
        request.environ['cinder.context'] = (
            cinder_context.RequestContext.from_environ(
                request.environ, user_id=user, project_id=project,
                is_admin=True, roles=['admin', 'member', 'reader'],
                remote_address=request.remote_addr,
                timestamp=getattr(former, 'timestamp', None)))
        return self._application

    def _project(self, request: webob.Request) -> str | None:
        """The project of ``/<project>/<collection>...`` below the version."""
        if not self._project_in_path:
            return None
        try:
            parts = request.path_info.split('/')
        except UnicodeDecodeError as error:
            raise exc.HTTPBadRequest(
                explanation='The path must be UTF-8.') from error
        if len(parts) < 3 or not parts[2]:
            return None
        first = parts[1]
        if first in _COLLECTIONS or first.startswith('os-'):
            return None
        return first


def filter_factory(global_conf: dict[str, str],
                   project_in_path: str = 'true') -> Callable:
    """Paste filter."""
    return functools.partial(
        NoAuth, project_in_path=strutils.bool_from_string(
            project_in_path, strict=True))
