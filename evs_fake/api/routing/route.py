# SPDX-License-Identifier: Apache-2.0
"""One operation of an HTTP API, and one request for it."""

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from cinder import context as cinder_context


@dataclasses.dataclass(frozen=True)
class Request:
    """A request that found its route and passed its checks.

    :ivar context: of the project in the URL; never an administrator's, so
        that Cinder's database shows it nothing of other projects.
    :ivar ids: the path's variables but the project.
    :ivar query: the query's parameters that the route knows, converted.
    :ivar body: as the route's schema has it; None where it has none.
    :ivar headers: of HTTP; names in any case.
    :ivar url: of the cloud's root, without a slash at the end; for links.
    :ivar path: of the request, below that root.
    """

    context: cinder_context.RequestContext
    ids: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any
    headers: Mapping[str, str]
    url: str
    path: str


@dataclasses.dataclass(frozen=True)
class Route:
    """One operation.

    :ivar version: first segment of its path, as ``v2``.
    :ivar path: below the version, as ``/{project_id}/cloudsnapshots``.
    :ivar rule: name of the oslo.policy rule that must allow it.
    :ivar handler: makes the body of the answer; None for an empty one.
    :ivar status: of the answer.
    :ivar body: JSON schema of the request's body; None takes any, unread.
    :ivar query: JSON schema of each parameter of the query, by name.
        Parameters that are not in it are ignored, as the real API does.
    """

    method: str
    version: str
    path: str
    rule: str
    handler: Callable[[Request], Any]
    status: HTTPStatus = HTTPStatus.OK
    body: Mapping[str, Any] | None = None
    query: Mapping[str, Mapping[str, Any]] = dataclasses.field(
        default_factory=dict)

    @property
    def operation(self) -> tuple[str, str]:
        """Method and whole path, as a policy rule's documentation has it."""
        return self.method, '/%s%s' % (self.version, self.path)
